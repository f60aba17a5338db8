"""Histories of spot prices as the AWS CLI prints them, mistakes in them, and journals of them."""

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kubestow.adapters.journal_file import Head, JournalWriter, read_journal
from kubestow.adapters.spot_history_file import read_spot_history
from kubestow.model.decision import Decision
from kubestow.model.input_error import InputError
from kubestow.model.memory import Memory
from kubestow.model.spot_prices import repriced
from kubestow.testing import GENERAL, ZONES, catalog, nodepool, snapshot

BASE = catalog(*GENERAL, spot=0.5)


def entry(**fields: Any) -> dict[str, Any]:
    """Return an entry; None leaves a field out."""
    own = {
        "AvailabilityZone": ZONES[0],
        "InstanceType": "m5.large",
        "ProductDescription": "Linux/UNIX",
        "SpotPrice": "0.034500",
        "Timestamp": "2026-01-05T10:00:00+00:00",
    }
    return {name: value for name, value in (own | fields).items() if value is not None}


def written(path: Path, *entries: dict[str, Any]) -> str:
    path.write_text(json.dumps({"SpotPriceHistory": entries, "NextToken": ""}))
    return str(path)


def test_a_history_is_read_in_order_whatever_its_own_and_other_systems_are_counted(
    tmp_path: Path,
) -> None:
    path = written(
        tmp_path / "h.json",
        entry(
            Timestamp="2026-01-05T11:00:00.000Z", SpotPrice="0.04", AvailabilityZoneId="use1-az1"
        ),
        entry(),
        entry(InstanceType="c5.xlarge", Timestamp="2026-01-05T12:00:00+02:00"),
        entry(ProductDescription="Windows"),
    )
    found = read_spot_history(path, BASE)
    ten = 1_767_607_200
    assert found.moves == (
        (("c5.xlarge", ZONES[0]), ((ten, 34_500_000),)),
        (("m5.large", ZONES[0]), ((ten, 34_500_000), (ten + 3_600, 40_000_000))),
    )
    assert (found.kind, found.file, found.others) == ("history", path, 1)


def test_a_gzipped_history_is_the_same(tmp_path: Path) -> None:
    path = written(tmp_path / "h.json", entry())
    packed = tmp_path / "h.json.gz"
    packed.write_bytes(gzip.compress(Path(path).read_bytes()))
    assert read_spot_history(str(packed), BASE).moves == read_spot_history(path, BASE).moves


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (
            [entry(), entry(SpotPrice="cheap")],
            "SpotPriceHistory[1].SpotPrice: 'cheap' is not a price",
        ),
        ([entry(SpotPrice="0")], "SpotPriceHistory[0].SpotPrice: '0' is not a price"),
        ([entry(SpotPrice="NaN")], "SpotPriceHistory[0].SpotPrice: 'NaN' is not a price"),
        ([entry(SpotPrice="Infinity")], "SpotPriceHistory[0].SpotPrice: 'Infinity' is not a price"),
        ([entry(Timestamp="noon")], "SpotPriceHistory[0].Timestamp: 'noon' is not a timestamp"),
        ([entry(), entry(SpotPrice=None)], "SpotPriceHistory[1]: Object missing required field"),
        ([entry(SpotPrice=0.03)], "SpotPriceHistory[0].SpotPrice: Expected `str`, got `float`"),
        ([entry(ProductDescription="Windows")], "contains no Linux/UNIX prices; its 1 entry is"),
        ([], "contains no Linux/UNIX prices"),
        ([entry(AvailabilityZone="mars-1a")], "no spot offering in test-1 matches its prices"),
    ],
)
def test_a_mistake_is_named_with_its_entry_and_field(
    entries: list[dict[str, Any]], message: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "h.json", *entries)
    with pytest.raises(InputError) as caught:
        read_spot_history(path, BASE)
    assert caught.value.message.startswith(f"{path}: ")
    assert message in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[]", "Expected `object`, got `array`"),
        (b"{}", "missing required field `SpotPriceHistory`"),
        (b"x", "malformed"),
        (b"", "truncated"),
        (gzip.compress(b"{}", mtime=0)[:-6], "is corrupt or truncated"),
        (b"\x1f\x8bxx", "is corrupt or truncated"),
    ],
)
def test_a_file_that_is_no_history_is_named(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "h.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_spot_history(str(path), BASE)
    assert f"{path}: " in caught.value.message
    assert message in caught.value.message


def test_a_journal_holds_only_what_changed_of_the_prices(tmp_path: Path) -> None:
    first = snapshot(catalog_of=BASE)
    moved = repriced(BASE, {("m5.large", ZONES[1]): 30_000_000})
    back = repriced(moved, {("m5.large", ZONES[1]): 48_000_000, ("c5.xlarge", ZONES[0]): 7})
    states = [first, *(replace(first, catalog=found) for found in (moved, moved, back))]
    writer = JournalWriter(tmp_path / "j.gz", Head("optimal", (nodepool(),), first, {}))
    for state in states:
        writer.record(state, Memory(), Decision())
    writer.close()
    found = [entry.snapshot.catalog for entry in read_journal(tmp_path / "j.gz")[1]]
    assert found == [state.catalog for state in states]
    assert found[2] is found[1]
    lines = gzip.decompress((tmp_path / "j.gz").read_bytes()).splitlines()
    assert [b'"prices"' in line for line in lines[1:]] == [False, True, False, True]


@pytest.mark.parametrize(
    "price",
    [
        "1e999999",
        "-1e999999",
        "1e-999999",
        "NaN",
        "sNaN",
        "Infinity",
        "1" * 200_000,
        "",
        "0x1",
        "1,5",
    ],
)
def test_a_price_that_is_no_price_is_refused_at_once(tmp_path: Path, price: str) -> None:
    entry = {
        "AvailabilityZone": "x", "InstanceType": "m7i.large", "ProductDescription": "Linux/UNIX",
        "SpotPrice": price, "Timestamp": "2026-01-05T00:00:00Z",
    }  # fmt: skip
    (tmp_path / "h.json").write_text(json.dumps({"SpotPriceHistory": [entry]}))
    with pytest.raises(InputError, match=r"SpotPrice: .* is not a price|more than 100 digits"):
        read_spot_history(str(tmp_path / "h.json"), BASE)


def test_an_instant_before_all_calendars_is_no_timestamp(tmp_path: Path) -> None:
    entry = {
        "AvailabilityZone": "x", "InstanceType": "m7i.large", "ProductDescription": "Linux/UNIX",
        "SpotPrice": "0.1", "Timestamp": "0001-13-01",
    }  # fmt: skip
    (tmp_path / "h.json").write_text(json.dumps({"SpotPriceHistory": [entry]}))
    with pytest.raises(InputError, match="Timestamp: '0001-13-01' is not a timestamp"):
        read_spot_history(str(tmp_path / "h.json"), BASE)
