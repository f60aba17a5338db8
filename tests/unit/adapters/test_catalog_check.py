"""A refreshed catalog that no refresh can have written is told from one that it can."""

from collections.abc import Callable

import pytest

from kubestow.adapters.catalog_check import catalog_faults
from kubestow.adapters.catalog_files import embedded_regions, load_instance_types
from kubestow.adapters.catalog_offers import SCHEMA_VERSION, CatalogOffer, RegionFile
from kubestow.model.instance_type import Device, InstanceType, ServicePrice

REGION = "eu-test-1"


def content() -> RegionFile:
    return RegionFile(
        SCHEMA_VERSION,
        REGION,
        ["a source"],
        [(f"{REGION}a", "az1"), (f"{REGION}b", "az2")],
        [CatalogOffer("m9.large", [0, 1], on_demand=10**8, spot=[10**7, None])],
        [ServicePrice("eks_control_plane_hour", 0.1, "USD/h", "a bill")],
        [InstanceType("m9.large", 2, 8192, "arm64", gpu=Device("l4", "nvidia", 1))],
    )


def test_what_a_refresh_writes_is_sound() -> None:
    assert list(catalog_faults(content(), REGION, ())) == []


def test_types_that_are_not_described_are_those_of_the_package() -> None:
    item = content()
    item.instance_types = []
    item.offers[0].type = "m7i.large"
    assert list(catalog_faults(item, REGION, load_instance_types())) == []
    assert "m7i.large" in next(iter(catalog_faults(item, REGION, ())))


def test_embedded_regions_are_named_as_zones_are() -> None:
    assert all(region == region.lower() for region in embedded_regions())


def with_type(**changes: int | str) -> Callable[[RegionFile], None]:
    plain: dict[str, int | str] = {
        "name": "m9.large", "vcpu": 2, "memory_mib": 8192, "architecture": "arm64",
    }  # fmt: skip

    def change(item: RegionFile) -> None:
        item.instance_types = [InstanceType(**plain | changes)]  # type: ignore[arg-type] # a table

    return change


def with_offer(**changes: object) -> Callable[[RegionFile], None]:
    def change(item: RegionFile) -> None:
        for name, value in changes.items():
            setattr(item.offers[0], name, value)

    return change


def with_file(**changes: object) -> Callable[[RegionFile], None]:
    def change(item: RegionFile) -> None:
        for name, value in changes.items():
            setattr(item, name, value)

    return change


FAULTS: dict[str, tuple[Callable[[RegionFile], None], str]] = {
    "another region": (with_file(region="eu-test-2"), "it is of region 'eu-test-2'"),
    "no zones": (with_file(zones=[]), "it has no zones"),
    "a zone twice": (with_file(zones=[(f"{REGION}a", "")] * 2), "or one twice"),
    "a zone of elsewhere": (with_file(zones=[("us-a", "a"), ("us-b", "b")]), "'us-a' is not in"),
    "no offers": (with_file(offers=[]), "it offers no instance types"),
    "an offer twice": (with_file(offers=content().offers * 2), "or one twice"),
    "a zone that does not exist": (with_offer(zones=[0, 2]), "in a zone that does not exist"),
    "a zone before the first": (with_offer(zones=[-1, 0]), "in a zone that does not exist"),
    "a type that is not described": (with_offer(type="m9.huge"), "'m9.huge' is offered and not"),
    "spot prices of some zones": (with_offer(zones=[0], spot=[1, 2]), "for some of its zones only"),
    "a price below zero": (with_offer(on_demand=-1), "price of instance type 'm9.large' is out"),
    "a spot price of nothing": (with_offer(spot=[0]), "price of instance type 'm9.large' is out"),
    "a price of millions": (with_offer(on_demand=10**15), "is out of range"),
    "a name that is none": (with_type(name="m9"), "'m9' is not the name of an instance type"),
    "no vCPUs": (with_type(vcpu=0), "has no architecture, vCPUs or memory"),
    "another architecture": (with_type(architecture="riscv"), "has no architecture"),
    "less than nothing": (with_type(nvme_gb=-1), "nvme_gb is out of range"),
    "a service that pays you": (
        with_file(service_prices=[ServicePrice("eks", -1.0, "USD/h", "")]), "price of 'eks' is out"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "fault"), FAULTS.values(), ids=list(FAULTS))
def test_what_is_wrong_is_said(change: Callable[[RegionFile], None], fault: str) -> None:
    item = content()
    change(item)
    assert any(fault in found for found in catalog_faults(item, REGION, ()))
