import gzip
from pathlib import Path

import pytest

from kubestow.adapters.catalog_files import (
    cache_folder,
    embedded_regions,
    encode,
    load_catalog,
    load_instance_types,
    refreshed_path,
    refreshed_regions,
    save_refreshed,
)
from kubestow.adapters.catalog_offers import SCHEMA_VERSION, CatalogOffer, RegionFile
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import (
    ON_DEMAND,
    SPOT,
    Catalog,
    Device,
    InstanceType,
    Offering,
    Price,
    ServicePrice,
    Zone,
)

EMBEDDED_BYTES_MAX = 3 * 2**20


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KUBESTOW_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def on_demand_usd(catalog: Catalog, instance_type: str) -> set[float | None]:
    return {
        offering.price.usd_per_hour if offering.price else None
        for offering in catalog.offerings
        if (offering.instance_type, offering.capacity_type) == (instance_type, ON_DEMAND)
    }


@pytest.mark.parametrize("region", embedded_regions())
def test_an_embedded_region_loads_whole(region: str) -> None:
    catalog = load_catalog(region, embedded_only=True)
    zones = {zone.name for zone in catalog.zones}
    assert catalog.region == region
    assert len(zones) >= 2
    assert len(catalog.instance_types) > 200
    assert {offering.zone for offering in catalog.offerings} <= zones
    assert {offering.instance_type for offering in catalog.offerings} == set(catalog.instance_types)
    assert all(name == found.name for name, found in catalog.instance_types.items())
    assert all(
        offering.price.nano_usd_per_hour > 0 and offering.price.source
        for offering in catalog.offerings
        if offering.price is not None
    )


@pytest.mark.parametrize("region", embedded_regions())
def test_a_zone_name_means_one_zone_id_and_back(region: str) -> None:
    zones = load_catalog(region, embedded_only=True).zones
    assert len({zone.name for zone in zones}) == len(zones)
    assert len({zone.zone_id for zone in zones}) == len(zones)


def test_there_are_thirty_embedded_regions() -> None:
    assert len(embedded_regions()) == 30


def test_the_embedded_data_stays_small() -> None:
    import kubestow.data

    directory = Path(kubestow.data.__file__).parent
    assert sum(file.stat().st_size for file in directory.rglob("*.gz")) < EMBEDDED_BYTES_MAX


@pytest.mark.parametrize(
    ("region", "instance_type", "usd_per_hour"),
    [
        ("ap-northeast-2", "t3.xlarge", 0.208),
        ("ap-northeast-2", "t3.2xlarge", 0.416),
        ("ap-northeast-2", "t3a.2xlarge", 0.3744),
        ("ap-northeast-2", "t4g.2xlarge", 0.3328),
        ("us-east-1", "t2.medium", 0.0464),
        ("us-east-1", "t2.xlarge", 0.1856),
    ],
)
def test_an_on_demand_price_is_what_aws_asks(
    region: str, instance_type: str, usd_per_hour: float
) -> None:
    assert on_demand_usd(load_catalog(region), instance_type) == {usd_per_hour}


def test_t3a_2xlarge_is_sold_in_two_zones_of_seoul_only() -> None:
    zones = {
        offering.zone
        for offering in load_catalog("ap-northeast-2").offerings
        if offering.instance_type == "t3a.2xlarge"
    }
    assert zones == {"ap-northeast-2a", "ap-northeast-2c"}


def test_an_estimated_price_says_so() -> None:
    (price,) = {
        offering.price
        for offering in load_catalog("ap-northeast-2").offerings
        if (offering.instance_type, offering.capacity_type) == ("c7gd.12xlarge", ON_DEMAND)
    }
    assert price is not None
    assert price.is_estimate
    assert price.source.startswith("estimate: ")


def a_region_file() -> RegionFile:
    return RegionFile(
        schema_version=SCHEMA_VERSION,
        region="eu-test-1",
        sources=["AWS Pricing GetProducts 2026-11-22"],
        zones=[("eu-test-1a", "eut1-az2"), ("eu-test-1b", "eut1-az1")],
        offers=[
            CatalogOffer(
                "g9.large",
                [0, 1],
                on_demand=500_000_001,
                on_demand_source="quoted",
                spot=[100_000_000, None],
                spot_source="history",
                interruption="<5%",
            ),
            CatalogOffer("m9.large", [1], spot=[90_000_000], spot_source="history"),
        ],
        service_prices=[ServicePrice("eks_control_plane_hour", 0.1, "USD/h", "a bill")],
        instance_types=[
            InstanceType("g9.large", 4, 16384, "amd64", gpu=Device("l4", "nvidia", 1, 22888)),
            InstanceType("m9.large", 2, 8192, "arm64"),
        ],
    )


def test_a_refreshed_catalog_comes_back_as_it_was_saved(cache: Path) -> None:
    content = a_region_file()
    path = save_refreshed(content)
    assert path == cache / "catalog" / "eu-test-1.json.gz" == refreshed_path("eu-test-1")
    on_demand, spot = Price(500_000_001, "quoted"), Price(100_000_000, "history")
    assert load_catalog("eu-test-1") == Catalog(
        region="eu-test-1",
        zones=(Zone("eu-test-1a", "eut1-az2"), Zone("eu-test-1b", "eut1-az1")),
        instance_types={found.name: found for found in content.instance_types},
        offerings=(
            Offering("g9.large", "eu-test-1a", ON_DEMAND, on_demand),
            Offering("g9.large", "eu-test-1a", SPOT, spot),
            Offering("g9.large", "eu-test-1b", ON_DEMAND, on_demand),
            Offering("g9.large", "eu-test-1b", SPOT, None),
            Offering("m9.large", "eu-test-1b", ON_DEMAND, None),
            Offering("m9.large", "eu-test-1b", SPOT, Price(90_000_000, "history")),
        ),
        service_prices=tuple(content.service_prices),
        sources=("AWS Pricing GetProducts 2026-11-22",),
        interruption={"g9.large": "<5%"},
    )


def test_a_refreshed_region_comes_before_the_embedded_one_unless_told_not_to() -> None:
    content = a_region_file()
    content.region = "ap-northeast-2"
    content.zones = [("ap-northeast-2a", "apne2-az1"), ("ap-northeast-2b", "apne2-az2")]
    save_refreshed(content)
    assert set(load_catalog("ap-northeast-2").instance_types) == {"g9.large", "m9.large"}
    assert len(load_catalog("ap-northeast-2", embedded_only=True).instance_types) > 200


def test_the_same_content_gives_the_same_bytes(cache: Path) -> None:
    first = save_refreshed(a_region_file()).read_bytes()
    assert save_refreshed(a_region_file()).read_bytes() == first


def test_a_failed_write_leaves_the_old_file_and_no_other(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_refreshed(a_region_file())
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(InputError, match="no space"):
        save_refreshed(a_region_file())
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


CORRUPT = {
    "not gzip": b"{}",
    "cut short": encode(a_region_file())[:-20],
    "not JSON": gzip.compress(b"nonsense"),
    "of another shape": encode({"region": 7}),
    "of a newer schema": encode({"schema_version": 99, "region": "eu-test-1", "sources": [],
                                 "zones": [], "offers": [], "service_prices": []}),
    "empty": b"",
}  # fmt: skip


@pytest.mark.parametrize("sentence", CORRUPT)
def test_a_corrupt_file_is_named_with_a_hint(sentence: str) -> None:
    path = refreshed_path("eu-test-1")
    path.parent.mkdir(parents=True)
    path.write_bytes(CORRUPT[sentence])
    with pytest.raises(InputError) as refusal:
        load_catalog("eu-test-1")
    assert str(path) in refusal.value.message, sentence
    assert "kubestow catalog refresh" in refusal.value.hint


@pytest.mark.parametrize(
    ("region", "hint"),
    [
        ("ap-northest-2", "did you mean 'ap-northeast-2'?"),
        ("mars-north-1", "kubestow catalog refresh --region mars-north-1"),
        ("", "known regions: "),
        ("../../etc/passwd", "known regions: "),
    ],
)
def test_an_unknown_region_is_refused_with_a_hint(region: str, hint: str) -> None:
    with pytest.raises(InputError) as refusal:
        load_catalog(region)
    assert repr(region) in refusal.value.message
    assert hint in refusal.value.hint


def test_the_cache_folder_follows_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBESTOW_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
    monkeypatch.delenv("KUBESTOW_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "kubestow"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "kubestow"


def test_instance_types_are_known_by_name() -> None:
    types = load_instance_types()
    assert types["t3.xlarge"].vcpu == 4
    assert types["t3.xlarge"].memory_mib == 16384


def test_a_user_without_a_home_has_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("KUBESTOW_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", nobody)
    assert cache_folder() is refreshed_path("eu-test-1") is None
    assert refreshed_regions() == []
    assert len(load_catalog("ap-northeast-2").instance_types) > 200
    with pytest.raises(InputError, match="no home directory") as caught:
        save_refreshed(a_region_file())
    assert "KUBESTOW_CACHE" in caught.value.hint
