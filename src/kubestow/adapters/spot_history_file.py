"""A history of spot prices: what 'aws ec2 describe-spot-price-history --output json' prints.

Only Linux/UNIX entries are used; others are counted and skipped. An invalid entry is an InputError
that names it and its field. Source: EC2 API reference, SpotPrice.
"""

from datetime import UTC, datetime

import msgspec

from kubestow.adapters.aws.pricing import nano_usd
from kubestow.adapters.input_file import TABLE_BYTES_MAX, decoded_json, read_file, unzipped
from kubestow.model.counted import agreeing, counted
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import SPOT, Catalog
from kubestow.model.spot_prices import HISTORY, Place, SpotPrices

_LINUX = "Linux/UNIX"
_HINT = (
    "create it with: aws ec2 describe-spot-price-history --product-descriptions Linux/UNIX "
    "--start-time 2026-01-05 --output json > FILE.json"
)
_USD_MOST = 10_000


class _Entry(msgspec.Struct, rename="pascal"):
    availability_zone: str
    instance_type: str
    product_description: str
    spot_price: str
    timestamp: str


class _Answer(msgspec.Struct, rename="pascal"):
    spot_price_history: list[_Entry]


def read_spot_history(path: str, catalog: Catalog) -> SpotPrices:
    """Read a history, plain or gzipped; its instants are not shifted."""
    entries = _entries(path)
    prices: dict[Place, dict[int, int]] = {}
    others = 0
    for number, entry in enumerate(entries):
        if entry.product_description != _LINUX:
            others += 1
            continue
        at, nano = _instant(path, number, entry.timestamp), _price(path, number, entry.spot_price)
        own = prices.setdefault((entry.instance_type, entry.availability_zone), {})
        own[at] = max(nano, own.get(at, 0))
    if not prices:
        left = (
            f"; its {counted(others, 'entry')} {agreeing(others, 'is', 'are')} for other products"
            if others
            else ""
        )
        raise InputError(f"{path}: contains no {_LINUX} prices{left}", hint=_HINT)
    sold = {(o.instance_type, o.zone) for o in catalog.offerings if o.capacity_type == SPOT}
    if not sold & prices.keys():
        zones = sorted({zone for _, zone in prices})
        elsewhere = not {zone for _, zone in sold} & set(zones)
        raise InputError(
            f"{path}: no spot offering in {catalog.region} matches its prices",
            hint=f"its zones are {', '.join(zones[:3])}: select their region with --region"
            if elsewhere
            else f"'kubestow catalog list --region {catalog.region} --capacity-type spot' shows "
            "the types that do",
        )
    moves = tuple((place, tuple(sorted(prices[place].items()))) for place in sorted(prices))
    return SpotPrices(HISTORY, file=path, moves=moves, others=others)


def _entries(path: str) -> list[_Entry]:
    raw = read_file(path, limit=TABLE_BYTES_MAX, hint=_HINT)
    content = unzipped(path, raw, limit=TABLE_BYTES_MAX, hint=_HINT)
    answer: _Answer = decoded_json(path, content, _Answer, hint=_HINT)
    return answer.spot_price_history


def _instant(path: str, number: int, text: str) -> int:
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=UTC)
        return int(instant.timestamp())
    except (ValueError, OverflowError):
        raise _mistake(path, number, "Timestamp", f"{text!r} is not a timestamp") from None


def _price(path: str, number: int, text: str) -> int:
    try:
        nano = nano_usd(text)
    except ValueError:
        nano = 0
    if not 0 < nano <= _USD_MOST * 10**9:
        raise _mistake(path, number, "SpotPrice", f"{text!r} is not a price in USD per hour")
    return nano


def _mistake(path: str, number: int, field: str, what: str) -> InputError:
    return InputError(f"{path}: SpotPriceHistory[{number}].{field}: {what}", hint=_HINT)
