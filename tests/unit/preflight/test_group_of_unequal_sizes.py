"""Node groups of several sizes."""

from kubestow.preflight import group_of_unequal_sizes as check

from .builders import config, found, group, one, setup


def test_a_group_of_two_sizes_is_found_with_what_is_launched_first() -> None:
    finding = one(check, setup(config_of=config(group("workers", "t2.medium", "m5.large"))))
    assert (finding.severity, finding.field) == ("warning", "managedNodeGroups[0].instanceTypes")
    assert finding.reason.startswith(
        "t2.medium has 2 vCPU and 4 GiB, but m5.large has 2 vCPU and 8 GiB: on demand, EKS launches"
    )
    assert "for one of type t2.medium" in finding.reason
    assert "2 vCPU and 4 GiB" in finding.fix


def test_on_spot_any_of_them_may_be_launched() -> None:
    mixed = group("workers", "t2.medium", "m5.large", spot=True)
    assert "any of them may be launched" in one(check, setup(config_of=config(mixed))).reason


def test_types_of_one_size_pass_whatever_else_differs() -> None:
    alike = config(group("workers", "m5.large", "m6g.large", "t3.large"), group())
    assert found(check, setup(config_of=alike)) == []


def test_types_that_are_not_sold_are_left_to_another_check() -> None:
    unknown = config(group("workers", "m5.lagre", "m5.large", "t2.medium"), group("b", "none"))
    assert found(check, setup(config_of=unknown)) == []
