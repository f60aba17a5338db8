"""How many pods a workload should have, by what scales it."""

import msgspec
import pytest

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import policy_wire
from kubestow.adapters.kubernetes.replicas import (
    AutoscalerChoice,
    Scaler,
    horizontal,
    scaled_object,
)


def keda(spec: str, notes: str = "{}") -> policy_wire.ScaledObject:
    text = f'{{"metadata": {{"name": "s", "annotations": {notes}}}, "spec": '
    text += f'{{"scaleTargetRef": {{"name": "web"}}{spec}}}}}'
    return msgspec.json.decode(text, type=policy_wire.ScaledObject)


@pytest.mark.parametrize(
    ("spec", "wanted", "choice", "pods"),
    [
        ("", 3, "max", 100),
        ("", 3, "min", 0),
        ("", 3, "current", 3),
        ("", 0, "current", 0),
        ("", 0, "max", 100),
        (', "minReplicaCount": 5, "maxReplicaCount": 50', 1, "current", 5),
        (', "minReplicaCount": 5, "maxReplicaCount": 50', 0, "current", 5),
        (', "minReplicaCount": 5, "maxReplicaCount": 50', 90, "current", 50),
        (', "minReplicaCount": 5, "maxReplicaCount": 50', 1, "min", 5),
        (', "minReplicaCount": 5, "maxReplicaCount": 50', 1, "max", 50),
        (', "minReplicaCount": 5, "idleReplicaCount": 0', 0, "current", 0),
        (', "minReplicaCount": 5, "idleReplicaCount": 0', 2, "current", 5),
        (', "minReplicaCount": 5, "idleReplicaCount": 0', 2, "min", 0),
        (', "minReplicaCount": 0, "idleReplicaCount": 0', 2, "min", 0),
    ],
)
def test_a_scaled_object_has_the_bounds_of_keda(
    spec: str, wanted: int, choice: AutoscalerChoice, pods: int
) -> None:
    assert scaled_object(keda(spec), None).replicas(wanted, choice) == pods


@pytest.mark.parametrize("choice", ["min", "current", "max"])
def test_a_paused_scaled_object_holds_or_leaves_the_replicas(choice: AutoscalerChoice) -> None:
    held = scaled_object(keda("", '{"autoscaling.keda.sh/paused-replicas": "7"}'), None)
    assert held.replicas(3, choice) == 7
    left = scaled_object(keda("", '{"autoscaling.keda.sh/paused": "true"}'), None)
    assert left.replicas(3, choice) == 3


def test_a_pause_that_is_false_is_none() -> None:
    scaler = scaled_object(keda("", '{"autoscaling.keda.sh/paused": "false"}'), None)
    assert scaler.replicas(3, "max") == 100


def test_the_autoscaler_that_keda_made_says_the_current_count() -> None:
    beside = Scaler("HorizontalPodAutoscaler", "keda-hpa-s", 1, 100, current=12)
    assert scaled_object(keda(""), beside).replicas(1, "current") == 12


@pytest.mark.parametrize(
    ("spec", "notes", "field"),
    [
        (', "minReplicaCount": -1', "{}", "spec.minReplicaCount"),
        (', "maxReplicaCount": -1', "{}", "spec.maxReplicaCount"),
        (', "minReplicaCount": 9, "maxReplicaCount": 2', "{}", "spec.minReplicaCount"),
        (', "minReplicaCount": 2, "idleReplicaCount": 2', "{}", "spec.idleReplicaCount"),
        (', "idleReplicaCount": 0', "{}", "spec.idleReplicaCount"),
        ("", '{"autoscaling.keda.sh/paused-replicas": "few"}',
         "metadata.annotations.autoscaling.keda.sh/paused-replicas"),
    ],
)  # fmt: skip
def test_what_kedas_webhook_refuses_is_a_mistake(spec: str, notes: str, field: str) -> None:
    with pytest.raises(FieldError) as raised:
        scaled_object(keda(spec, notes), None)
    assert raised.value.field == field
    assert raised.value.hint


def test_a_horizontal_autoscaler_does_not_scale_from_zero() -> None:
    item = policy_wire.Autoscaler(
        policy_wire.Metadata("h"),
        policy_wire.AutoscalerSpec(policy_wire.ScaleTarget("Deployment", "web"), 9),
        policy_wire.AutoscalerStatus(0),
    )
    scaler = horizontal(item)
    assert (scaler.lowest, scaler.highest) == (1, 9)
    assert [scaler.replicas(0, choice) for choice in ("min", "current", "max")] == [0, 0, 0]
    assert scaler.replicas(4, "current") == 4
