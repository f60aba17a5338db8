import pytest

from kubestow.model.resources import (
    USD_PER_HOUR,
    amounts,
    format_amount,
    is_compared,
    is_scalar,
    rounded,
)


@pytest.mark.parametrize(
    ("name", "nano", "amount"),
    [
        ("cpu", 1, 1),
        ("cpu", 10**6, 1),
        ("cpu", 10**6 + 1, 2),
        ("memory", 1, 1),
        ("memory", 10**9 + 1, 2),
        ("nvidia.com/gpu", 10**9, 1),
    ],
)
def test_cpu_rounds_up_to_millicpu_and_the_rest_to_whole_units(
    name: str, nano: int, amount: int
) -> None:
    assert rounded(name, nano) == amount


@pytest.mark.parametrize(
    ("name", "scalar", "compared"),
    [
        ("cpu", False, True),
        ("memory", False, True),
        ("ephemeral-storage", False, True),
        ("pods", False, False),
        ("storage", False, False),
        ("nvidia.com/gpu", True, True),
        ("hugepages-2Mi", True, True),
        ("attachable-volumes-csi-ebs.csi.aws.com", True, True),
        ("requests.nvidia.com/gpu", False, False),
        ("widgets", False, False),
    ],
)
def test_only_resources_the_scheduler_compares_count(
    name: str, scalar: bool, compared: bool
) -> None:
    assert (is_scalar(name), is_compared(name)) == (scalar, compared)


def test_amounts_are_sorted_and_without_zeros() -> None:
    assert amounts({"memory": 2, "cpu": 1, "gpu": 0}) == (("cpu", 1), ("memory", 2))


@pytest.mark.parametrize(
    ("name", "amount", "text"),
    [
        ("cpu", 1500, "1500m"),
        ("cpu", 2000, "2"),
        ("memory", 3 * 2**20, "3Mi"),
        ("memory", 1500, "1500"),
        ("hugepages-2Mi", 2**21, "2Mi"),
        ("pods", 110, "110"),
    ],
)
def test_an_amount_is_written_as_a_quantity(name: str, amount: int, text: str) -> None:
    assert format_amount(name, amount) == text


@pytest.mark.parametrize(
    ("nano", "text"),
    [
        (12_500_000_000, "12.5"),
        (96_000_000, "0.096"),
        (10 * 10**9, "10"),
        (1, "0.000000001"),
        (0, "0"),
    ],
)
def test_money_is_kept_exact_and_written_as_a_decimal_number(nano: int, text: str) -> None:
    assert rounded(USD_PER_HOUR, nano) == nano
    assert format_amount(USD_PER_HOUR, nano) == text
