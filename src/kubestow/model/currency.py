"""Currencies: the ISO 4217 codes, exchange rates, and formatted amounts.

Prices are USD internally; currencies are only for output. The user gives the rate; it is never
looked up. Source: ISO 4217 list one (active codes) of January 2026;
codes without a minor unit (metals, the SDR, test codes) are left out.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from kubestow.model.suggestion import closest

USD = "USD"
_RATE_MAX = 1e12
_TWO_DIGITS = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD
    CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
    GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD
    LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB
    PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP
    SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW
    ZWG
"""
_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DIGITS = "CLF UYW"
MINOR_UNIT_DIGITS: dict[str, int] = {
    code: digits
    for digits, codes in (
        (0, _NO_DIGITS),
        (2, _TWO_DIGITS),
        (3, _THREE_DIGITS),
        (4, _FOUR_DIGITS),
    )
    for code in codes.split()
}
"""Digits after the decimal point of every active currency."""

_ROUNDING = Context(prec=400, rounding=ROUND_HALF_UP)  # enough for every finite float
_RATE_HINT = "give the value of one USD in {code}, such as --currency {code} --rate 1300"


class CurrencyError(ValueError):
    """An invalid currency or rate, with a hint."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency and its rate: the value of one USD in it."""

    code: str
    rate: float

    def from_usd(self, usd: float) -> float:
        """Return an amount of USD in this currency, without rounding."""
        return usd * self.rate


def currency(code: str, rate: float | None = None) -> Currency:
    """Return the currency of a code; raise CurrencyError for an invalid code or rate."""
    name = code.strip().upper()
    if name not in MINOR_UNIT_DIGITS:
        raise CurrencyError(f"{code!r} is not an ISO 4217 currency", hint=_code_hint(name))
    if rate is None:
        if name != USD:
            raise CurrencyError(f"{name} needs a rate", hint=_RATE_HINT.format(code=name))
        return Currency(USD, 1.0)
    if not 0 < rate <= _RATE_MAX:
        raise CurrencyError(
            f"{rate!r} is not a valid rate: it must be greater than zero and at most {_RATE_MAX:g}",
            hint=_RATE_HINT.format(code="KRW" if name == USD else name),
        )
    if name == USD and rate != 1:
        raise CurrencyError(
            f"the rate of USD is 1, not {rate!r}",
            hint="name the currency of the rate, such as --currency KRW",
        )
    return Currency(name, float(rate))


def _code_hint(code: str) -> str:
    close = closest(code, MINOR_UNIT_DIGITS, cutoff=0.5)
    if close is not None:
        return f"did you mean {close!r}?"
    return "use a three-letter code, such as USD, EUR, JPY or KRW"


def rounded_to_minor_unit(amount: float, code: str) -> Decimal:
    """Return an amount rounded to the currency's minor unit, halves away from zero."""
    unit = Decimal(1).scaleb(-MINOR_UNIT_DIGITS[code])
    rounded = Decimal(repr(float(amount))).quantize(unit, context=_ROUNDING)
    return abs(rounded) if rounded == 0 else rounded


def format_money(amount: float, code: str) -> str:
    """Return an amount with its code and minor digits: USD 1,234.50, KRW 1,717,834."""
    return f"{code} {rounded_to_minor_unit(amount, code):,f}"
