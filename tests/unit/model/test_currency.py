import math

import pytest

from kubestow.model.currency import (
    MINOR_UNIT_DIGITS,
    Currency,
    CurrencyError,
    currency,
    format_money,
)


@pytest.mark.parametrize(
    ("code", "digits"),
    [
        ("KRW", 0),
        ("JPY", 0),
        ("VND", 0),
        ("USD", 2),
        ("EUR", 2),
        ("KWD", 3),
        ("TND", 3),
        ("CLF", 4),
    ],
)
def test_a_currency_has_the_minor_unit_digits_of_iso_4217(code: str, digits: int) -> None:
    assert MINOR_UNIT_DIGITS[code] == digits


def test_every_code_is_three_capital_letters_and_withdrawn_codes_are_gone() -> None:
    assert all(
        len(c) == 3 and c.isascii() and c.isalpha() and c.isupper() for c in MINOR_UNIT_DIGITS
    )
    assert len(MINOR_UNIT_DIGITS) == 165
    assert MINOR_UNIT_DIGITS.keys().isdisjoint({"HRK", "ANG", "SLL", "ZWL", "BGN", "DEM"})


@pytest.mark.parametrize(
    ("amount", "code", "text"),
    [
        (1234.5, "USD", "USD 1,234.50"),
        (1717834, "KRW", "KRW 1,717,834"),
        (1717833.5, "KRW", "KRW 1,717,834"),
        (0.125, "USD", "USD 0.13"),
        (3.1, "KWD", "KWD 3.100"),
        (-1234.567, "EUR", "EUR -1,234.57"),
        (-0.001, "USD", "USD 0.00"),
        (0, "JPY", "JPY 0"),
        (1e15, "USD", "USD 1,000,000,000,000,000.00"),
    ],
)
def test_money_is_written_with_its_code_grouped_and_rounded_to_the_minor_unit(
    amount: float, code: str, text: str
) -> None:
    assert format_money(amount, code) == text


def test_a_currency_converts_from_usd_by_its_rate() -> None:
    assert currency("KRW", 1390.5) == Currency("KRW", 1390.5)
    assert currency("KRW", 1390.5).from_usd(2) == 2781.0


def test_usd_needs_no_rate_and_its_rate_is_one() -> None:
    assert currency("USD") == currency("USD", 1) == Currency("USD", 1.0)


def test_a_code_may_be_in_lower_case() -> None:
    assert currency(" krw ", 1300).code == "KRW"


@pytest.mark.parametrize(
    ("code", "rate", "message", "hint"),
    [
        ("KWR", 1300.0, "'KWR' is not an ISO 4217 currency", "did you mean 'KRW'?"),
        ("12345", 1.0, "'12345' is not an ISO 4217 currency", "three-letter code"),
        ("", 1.0, "'' is not an ISO 4217 currency", "three-letter code"),
        ("KRW", None, "KRW needs a rate", "--rate"),
        ("KRW", 0.0, "0.0 is not a valid rate", "--rate"),
        ("KRW", -1.0, "-1.0 is not a valid rate", "--rate"),
        ("KRW", math.inf, "inf is not a valid rate", "--rate"),
        ("KRW", math.nan, "nan is not a valid rate", "--rate"),
        ("USD", 1300.0, "the rate of USD is 1", "--currency KRW"),
    ],
)
def test_a_currency_that_cannot_be_used_is_refused_with_a_hint(
    code: str, rate: float | None, message: str, hint: str
) -> None:
    with pytest.raises(CurrencyError) as refusal:
        currency(code, rate)
    assert isinstance(refusal.value, ValueError)
    assert message in refusal.value.message
    assert hint in refusal.value.hint
