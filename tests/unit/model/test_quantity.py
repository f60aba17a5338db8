import contextlib
import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubestow.model.quantity import (
    NANO_PER_UNIT,
    QuantityError,
    format_bytes,
    format_milli,
    milli_value,
    parse_quantity,
    value,
)

CAP = (2**63 - 1) * NANO_PER_UNIT
SCALES = {
    "n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 10**3), "": Fraction(1),
    "k": Fraction(10**3), "M": Fraction(10**6), "G": Fraction(10**9), "T": Fraction(10**12),
    "P": Fraction(10**15), "E": Fraction(10**18), "Ki": Fraction(2**10), "Mi": Fraction(2**20),
    "Gi": Fraction(2**30), "Ti": Fraction(2**40), "Pi": Fraction(2**50), "Ei": Fraction(2**60),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("0", 0),
        ("1", 1),
        ("+1", 1),
        ("-1", -1),
        ("007", 7),
        (".5", Fraction(1, 2)),
        ("5.", 5),
        ("0.100", Fraction(1, 10)),
        ("100m", Fraction(1, 10)),
        ("1.5m", Fraction(3, 2000)),
        ("1n", Fraction(1, 10**9)),
        ("1u", Fraction(1, 10**6)),
        ("1k", 1000),
        ("1Ki", 1024),
        ("1.5Gi", 3 * 2**29),
        ("0.5Ki", 512),
        ("12E", 12 * 10**18 if 12 * 10**18 < 2**63 else 2**63 - 1),
        ("9E", 9 * 10**18),
        ("12E2", 1200),
        ("12e2", 1200),
        ("12e+2", 1200),
        ("12e-2", Fraction(12, 100)),
        ("1E0", 1),
        ("-1.5Mi", -3 * 2**19),
    ],
)
def test_every_form_kubernetes_accepts_is_read_exactly(text: str, units: Fraction | int) -> None:
    assert parse_quantity(text) == units * NANO_PER_UNIT


@pytest.mark.parametrize("text", [".", "+", "-", "m", "Ki", "+m", ".Mi", "e3", "-."])
def test_a_quantity_without_a_number_is_zero_as_kubernetes_reads_it(text: str) -> None:
    # Seen of kube-apiserver 1.34: such requests are stored as 0.
    assert parse_quantity(text) == 0


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "1 ", " 1", "1 Gi", "1i", ".5i", "0.1mi", "0.1am",
        "12Q", "1K", "1ki", "1MI", "1mi", "1g", "1.1.M", "1+1.0M", "--1", "+-1", "-3.01i",
        "-3.01e-", "1e", "1e+", "1e1.5", "1e5Ki", "1_000", "1,000", "0x10", "inf", "nan", "NaN",
        "٣", "½", "1\n", "1Gib", "100mm", "five",
    ],
)  # fmt: skip
def test_every_form_kubernetes_refuses_is_refused(text: str) -> None:
    with pytest.raises(QuantityError):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("text", "nano"),
    [("0.1n", 1), ("1.0000000001", NANO_PER_UNIT + 1), ("-0.1n", -1), ("1e-30", 1), ("0e-30", 0)],
)
def test_what_is_finer_than_a_nano_unit_rounds_away_from_zero(text: str, nano: int) -> None:
    assert parse_quantity(text) == nano


@pytest.mark.parametrize("text", ["8Ei", "9223372036854775808", "1e19", "1e999999999", "10E"])
def test_magnitudes_stop_at_the_largest_int64(text: str) -> None:
    assert parse_quantity(text) == CAP
    assert parse_quantity(f"-{text}") == -CAP


def test_a_huge_exponent_takes_no_time() -> None:
    start = time.process_time()
    assert parse_quantity("1e999999998") == CAP
    assert parse_quantity("1e-999999998") == 1
    assert time.process_time() - start < 0.1


def test_many_digits_and_an_exponent_cancel_out() -> None:
    assert parse_quantity("1" + "0" * 600 + "e-600") == NANO_PER_UNIT
    assert parse_quantity("0." + "0" * 599 + "1e600") == NANO_PER_UNIT


def test_a_number_of_endless_digits_is_refused_and_not_computed() -> None:
    with pytest.raises(QuantityError, match="at most 1000 characters"):
        parse_quantity("1" * 100_000)


@pytest.mark.parametrize(
    ("text", "milli", "whole"),
    [("1n", 1, 1), ("1m", 1, 1), ("1.0001", 1001, 2), ("2", 2000, 2), ("0", 0, 0)],
)
def test_milli_and_whole_units_round_up(text: str, milli: int, whole: int) -> None:
    nano = parse_quantity(text)
    assert (milli_value(nano), value(nano)) == (milli, whole)


@settings(deadline=None)
@given(
    whole=st.integers(0, 10**12),
    digits=st.text("0123456789", max_size=14),
    suffix=st.sampled_from(sorted(SCALES)),
    sign=st.sampled_from(["", "+", "-"]),
)
def test_parsing_agrees_with_exact_fractions(
    whole: int, digits: str, suffix: str, sign: str
) -> None:
    exact = Fraction(f"{whole}.{digits or '0'}") * SCALES[suffix] * NANO_PER_UNIT
    expected = min(-((-exact.numerator) // exact.denominator), CAP)
    number = f"{whole}.{digits}" if digits else str(whole)
    parsed = parse_quantity(f"{sign}{number}{suffix}")
    assert parsed == (-expected if sign == "-" else expected)


@settings(deadline=None)
@given(st.text(max_size=12))
def test_any_text_is_a_quantity_or_refused(text: str) -> None:
    with contextlib.suppress(QuantityError):
        assert isinstance(parse_quantity(text), int)


@settings(deadline=None)
@given(st.integers(0, 2**62))
def test_a_written_amount_reads_back_as_itself(amount: int) -> None:
    assert milli_value(parse_quantity(format_milli(amount))) == amount
    assert value(parse_quantity(format_bytes(amount))) == amount


@pytest.mark.parametrize(
    "text", ["hunter2", "hunter2-is-it 5", "p4ssw0rd!", "x" * 900, "5 hunter2 2"]
)
def test_a_value_that_may_be_a_password_is_not_repeated(text: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(text)
    assert text not in str(caught.value)
    assert "is not a quantity" in str(caught.value)


@pytest.mark.parametrize("text", ["5 Gi", "1,5", "1GB", "5gi", "100.0.0", "1_000"])
def test_a_quantity_with_a_slip_is_repeated(text: str) -> None:
    with pytest.raises(QuantityError, match=f"^{text!r} is not a quantity"):
        parse_quantity(text)
