"""Custom objects that have the fields of a pod in their own spec."""

from kubestow.adapters.kubernetes.operators.flat import claim, pod_fields
from kubestow.adapters.kubernetes.operators.part import Part


def test_fields_of_a_pod_are_taken_as_they_are() -> None:
    part = Part({"nodeSelector": {"a": "b"}, "replicas": 3, "tolerations": None})
    assert pod_fields(part) == {"nodeSelector": {"a": "b"}}


def test_a_claim_has_a_size_and_maybe_a_class() -> None:
    spec = claim("data", "10Gi", None)["spec"]
    assert spec == {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "10Gi"}},
    }
    assert claim("data", "10Gi", "gp3")["spec"]["storageClassName"] == "gp3"


def test_a_field_of_the_operators_own_is_no_field_of_a_pod() -> None:
    spread = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
    own = Part({"topologySpreadConstraints": [spread | {"additionalLabelSelectors": "OnShard"}]})
    assert pod_fields(own) == {"topologySpreadConstraints": [spread]}
