"""Volumes in zones without nodes."""

from kubestow.model.setup import PodVolume, Setup
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim
from kubestow.preflight import zonal_volume as check

from .builders import config, found, group, one, setup, unjudged, workload


def of(zone: str) -> Setup:
    volume = PersistentVolume("pv-1", labels=(("topology.kubernetes.io/zone", zone),))
    claim = PersistentVolumeClaim("shop", "data", volume_name="pv-1")
    item = workload(volumes=(PodVolume("v", "persistentVolumeClaim", "data"),))
    cluster = {"volumes": {"pv-1": volume}, "claims": {("shop", "data"): claim}}
    return setup(item, config_of=config(group()), cluster=cluster)


def test_a_volume_in_a_zone_the_group_is_not_in() -> None:
    finding = one(check, of("zone-c"))
    assert finding.severity == "error"
    assert finding.reason == (
        "volume pv-1 (claim data) is in zone-c, but the nodes its pod may use are only in zone-a, "
        "zone-b"
    )


def test_a_volume_in_one_of_its_zones_passes() -> None:
    assert found(check, of("zone-b")) == []
    assert unjudged(check, setup(workload())) != []
