from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.known_fields import Findings
from kubestow.adapters.kubernetes.remarks import Remarks


def refused(field: str, message: str = "is missing") -> Findings:
    return Findings(refused=[FieldError(field, message, "set it")])


def test_equal_remarks_are_one_line_that_names_the_first_object() -> None:
    remarks = Remarks()
    for name in ("a", "b", "c"):
        remarks.add(f"Pod {name}", refused("spec.containers[0].image"))
    assert list(remarks.lines()) == [
        "the API server would refuse Pod a and 2 more objects: spec.containers[].image: "
        "is missing; set it"
    ]


def test_a_field_that_is_not_modelled_is_named_with_what_is_planned_instead() -> None:
    remarks = Remarks()
    remarks.add("Pod a", Findings(not_modelled=[("spec.schedulingGroup", "one by one")]))
    assert list(remarks.lines()) == ["Pod a: spec.schedulingGroup is not modelled: one by one"]


def test_very_many_remarks_are_cut_short() -> None:
    remarks = Remarks()
    for number in range(25):
        remarks.add("Pod a", refused(f"spec.field{number}"))
    lines = list(remarks.lines())
    assert (len(lines), lines[-1]) == (21, "5 more remarks on fields of the input")
