"""What the catalog command's options mean: tables over a small catalog."""

from dataclasses import replace

import pytest

from kubestow.cli.catalog_options import (
    Filters,
    MoneyOptions,
    NodeOptions,
    settings_of,
    sort_key,
    wanted_types,
    zone_named,
)
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import Catalog
from kubestow.testing import catalog, instance_type
from kubestow.views.catalog_view import Listing, instance_type_list_view, offers_by_type
from kubestow.views.settings import Settings

SMALL: Catalog = catalog(
    (instance_type("m5.large", 2, 8), 0.096),
    (instance_type("c5.xlarge", 4, 8), 0.17),
    (instance_type("m6g.large", 2, 8, architecture="arm64"), 0.077),
    (instance_type("r4.large", 2, 16, current_generation=False), 0.133),
    (instance_type("mac2.metal", 8, 16, macos=True), 0.65),
)
ON_SPOT = catalog((instance_type("m5.large", 2, 8), 0.096), zones=("zone-b",), spot=0.3)
BOTH = replace(SMALL, offerings=(*SMALL.offerings, *ON_SPOT.offerings[1:]))
LINUX = {"m5.large", "c5.xlarge", "m6g.large", "r4.large"}


def wanted(filters: Filters, zone: str | None = None) -> set[str]:
    found = wanted_types(BOTH, offers_by_type(BOTH), filters, zone)
    assert found == sorted(found)
    return set(found)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (Filters(), LINUX),
        (Filters(arch="arm64"), {"m6g.large"}),
        (Filters(family=["m5", "c5"]), {"m5.large", "c5.xlarge"}),
        (Filters(min_vcpu=3), {"c5.xlarge"}),
        (Filters(max_vcpu=2, min_memory="9Gi"), {"r4.large"}),
        (Filters(max_memory="8Gi"), LINUX - {"r4.large"}),
        (Filters(min_memory="8Gi", max_memory="8Gi"), LINUX - {"r4.large"}),
        (Filters(current_generation=True), LINUX - {"r4.large"}),
        (Filters(gpu=True), set()),
        (Filters(capacity_type="spot"), {"m5.large"}),
    ],
)
def test_the_types_that_pass_every_filter_are_listed_but_never_a_mac(
    filters: Filters, names: set[str]
) -> None:
    assert wanted(filters) == names


@pytest.mark.parametrize(("zone", "names"), [("zone-b", {"m5.large"}), ("zone-a", set())])
def test_a_type_is_listed_where_it_is_sold_as_asked_for(zone: str, names: set[str]) -> None:
    assert wanted(Filters(capacity_type="spot"), zone) == names


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        (Filters(family=["m55"]), "'m55'"),
        (Filters(min_vcpu=-1), "--min-vcpu"),
        (Filters(min_vcpu=3, max_vcpu=2), "--min-vcpu is above --max-vcpu"),
        (Filters(min_memory="a lot"), "--min-memory"),
        (Filters(max_memory="16"), "16 bytes"),
    ],
)
def test_a_filter_that_nothing_could_pass_is_a_mistake(filters: Filters, message: str) -> None:
    with pytest.raises(InputError) as error:
        wanted(filters)
    assert message in error.value.message
    assert error.value.hint


@pytest.mark.parametrize(
    ("text", "name"), [(None, None), ("zone-a", "zone-a"), ("id-zone-a", "zone-a")]
)
def test_a_zone_is_given_by_name_or_id(text: str | None, name: str | None) -> None:
    assert zone_named(SMALL, text) == name


def test_an_unknown_zone_is_a_mistake_with_the_closest_one() -> None:
    with pytest.raises(InputError) as error:
        zone_named(SMALL, "zone-aa")
    assert "test-1" in error.value.message
    assert "'zone-a'" in error.value.hint


@pytest.mark.parametrize(
    ("family", "block_devices"), [("AL2023", 1), ("AL2", 1), ("Bottlerocket", 2)]
)
def test_bottlerocket_has_a_second_volume(family: str, block_devices: int) -> None:
    options = NodeOptions(ami_family=family, max_pods=30)  # type: ignore[arg-type] # one of three
    node_class = settings_of(options, MoneyOptions()).node_class
    assert (node_class.ami_family, node_class.block_devices) == (family, block_devices)
    assert node_class.max_pods == 30


@pytest.mark.parametrize(
    ("node", "money", "message"),
    [
        (NodeOptions(max_pods=0), MoneyOptions(), "--max-pods 0"),
        (NodeOptions(), MoneyOptions(hours_per_month=0), "--hours-per-month 0"),
        (NodeOptions(), MoneyOptions(hours_per_month=8785), "--hours-per-month 8785"),
        (NodeOptions(), MoneyOptions(currency="KRW"), "KRW"),
    ],
)
def test_a_setting_out_of_range_is_a_mistake(
    node: NodeOptions, money: MoneyOptions, message: str
) -> None:
    with pytest.raises(InputError) as error:
        settings_of(node, money)
    assert message in error.value.message
    assert error.value.hint


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("price", ["m6g.large", "m5.large", "r4.large", "c5.xlarge"]),
        ("vcpu", ["m6g.large", "m5.large", "r4.large", "c5.xlarge"]),
        ("memory", ["m6g.large", "m5.large", "c5.xlarge", "r4.large"]),
        ("name", ["c5.xlarge", "m5.large", "m6g.large", "r4.large"]),
        ("price-per-vcpu", ["m6g.large", "c5.xlarge", "m5.large", "r4.large"]),
    ],
)
def test_a_list_is_sorted_smallest_first_and_ties_by_price(sort: str, names: list[str]) -> None:
    listing = Listing(tuple(sorted(LINUX)))
    items = instance_type_list_view(SMALL, listing, Settings()).items
    assert [item.name for item in sorted(items, key=sort_key(sort))] == names


def test_a_type_without_a_price_comes_last() -> None:
    unpriced = tuple(
        replace(offering, price=None) if offering.instance_type == "m6g.large" else offering
        for offering in SMALL.offerings
    )
    listing = Listing(tuple(sorted(LINUX)))
    items = instance_type_list_view(replace(SMALL, offerings=unpriced), listing, Settings()).items
    assert [item.name for item in sorted(items, key=sort_key("price"))][-1] == "m6g.large"
