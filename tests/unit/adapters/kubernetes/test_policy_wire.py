"""Wire shapes of pod policies: which fields are required, and how they are spelt."""

from typing import Any

import msgspec
import pytest

from kubestow.adapters.kubernetes import policy_wire


def decode(text: str, shape: type[Any]) -> Any:
    return msgspec.json.decode(text.encode(), type=shape)


@pytest.mark.parametrize(
    ("text", "shape", "missing"),
    [
        ('{"limits": [{"max": {"cpu": 1}}]}', policy_wire.LimitRangeSpec, "type"),
        ('{"scaleTargetRef": {"kind": "Deployment", "name": "web"}}', policy_wire.AutoscalerSpec,
         "maxReplicas"),
        ('{"maxReplicas": 3}', policy_wire.AutoscalerSpec, "scaleTargetRef"),
        ('{"kind": "Deployment"}', policy_wire.ScaleTarget, "name"),
    ],
)  # fmt: skip
def test_a_policy_without_a_required_field_is_refused(
    text: str, shape: type[Any], missing: str
) -> None:
    with pytest.raises(msgspec.ValidationError, match=f"missing required field `{missing}`"):
        decode(text, shape)


def test_a_priority_class_without_a_value_has_priority_zero() -> None:
    item = decode('{"metadata": {"name": "p"}}', policy_wire.PriorityClassWire)
    assert (item.value, item.global_default) == (0, None)


def test_a_limit_range_keeps_the_order_of_its_limits() -> None:
    spec = decode(
        '{"limits": [{"type": "Pod", "max": {"cpu": 2}},'
        ' {"type": "Container", "defaultRequest": {"cpu": "100m"}}]}',
        policy_wire.LimitRangeSpec,
    )
    assert [(item.type, item.max, item.default_request) for item in spec.limits] == [
        ("Pod", {"cpu": 2}, None),
        ("Container", None, {"cpu": "100m"}),
    ]


def test_a_scope_selector_is_kept_since_a_scoped_quota_is_not_enforced() -> None:
    spec = decode('{"scopeSelector": {"matchExpressions": []}}', policy_wire.QuotaSpec)
    assert spec.scope_selector == {"matchExpressions": []}
