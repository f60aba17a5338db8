"""Fargate by its documented rules: sizes, profiles and what may not run there."""

from collections.abc import Mapping

import pytest

from kubestow.compute.case import Case
from kubestow.compute.fargate import option, profile_of, prohibitions, size
from kubestow.model import labels as names
from kubestow.model.fargate_profile import Profile
from kubestow.model.instance_type import Catalog, ServicePrice
from kubestow.model.pod import HostPort
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import PersistentVolumeClaim, StorageClass
from kubestow.testing import GENERAL, catalog, daemonset, pod, quantities, replicas, snapshot

GIB = 2**30


def priced(**changes: float) -> Catalog:
    """Return a catalog with Seoul's Fargate prices."""
    prices = {"fargate_x86_vcpu_hour": 0.04656, "fargate_x86_gb_hour": 0.00511} | changes
    found = catalog(*GENERAL)
    return Catalog(
        found.region,
        found.zones,
        found.instance_types,
        found.offerings,
        tuple(ServicePrice(item, usd, "USD/h", "quoted") for item, usd in prices.items()),
    )


@pytest.mark.parametrize(
    ("why", "requests", "billed"),
    [
        ("no request is the smallest size", {}, (250, 512)),
        ("256 MiB more: 256 MiB are 512", {"cpu": "250m", "memory": "256Mi"}, (250, 512)),
        ("and 257 MiB are no longer", {"cpu": "250m", "memory": "257Mi"}, (250, 1024)),
        ("cpu is rounded up to a size", {"cpu": "300m", "memory": "256Mi"}, (500, 1024)),
        ("1 vCPU and 7.75 GiB are 1 vCPU and 8", {"cpu": "1", "memory": "7936Mi"}, (1000, 8192)),
        ("1 vCPU and 8 GiB are 2 vCPU and 9", {"cpu": "1", "memory": "8Gi"}, (2000, 9216)),
        ("memory alone decides the vCPUs too", {"memory": "20Gi"}, (4000, 21504)),
        ("steps of 4 GiB from 8 vCPU on", {"cpu": "8", "memory": "16Gi"}, (8000, 20480)),
        ("steps of 8 GiB at 16 vCPU", {"cpu": "16", "memory": "32Gi"}, (16000, 40960)),
        ("more than 16 vCPU is too much", {"cpu": "16001m"}, None),
        ("more than 120 GB with the 256 MiB", {"memory": "120Gi"}, None),
    ],
)
def test_a_pod_is_billed_by_the_next_size(
    why: str, requests: Mapping[str, str], billed: tuple[int, int] | None
) -> None:
    assert size(dict(quantities(**requests))) == billed, why


def test_of_the_profiles_that_match_the_first_by_name_wins() -> None:
    everything = Profile("zz", (("*", ()),))
    web = Profile("aa", (("shop-?", (("app", "web*"),)),))
    hit = pod("a", namespace="shop-1", labels={"app": "web-2"})
    assert profile_of(hit, [everything, web]) == web
    assert profile_of(pod("b", namespace="shop-10", labels={"app": "web"}), [web]) is None
    assert profile_of(pod("c", namespace="shop-1"), [everything, web]) == everything


@pytest.mark.parametrize(
    ("options", "field", "reason"),
    [
        ({"host_ports": (HostPort("0.0.0.0", "TCP", 80),)}, "hostPort", "80"),
        ({"requests": quantities(**{"nvidia.com/gpu": "1"})}, "resources", "nvidia.com/gpu"),
        ({"requests": quantities(ephemeral_storage="176Gi")}, "resources", "175 GiB"),
        ({"requests": quantities(cpu="17")}, "resources", "16 vCPU"),
        ({"node_selector": ((names.ARCH, "arm64"),)}, names.ARCH, "amd64 only"),
        ({"node_selector": ((names.OS, "windows"),)}, names.OS, "Linux only"),
        ({"node_selector": ((names.CAPACITY_TYPE, "spot"),)}, names.CAPACITY_TYPE, "Spot"),
        ({"inline_ebs_volumes": ("vol-1",)}, "spec.volumes", "ebs"),
        ({"claims": ("data",)}, "persistentVolumeClaim", "only static EFS"),
    ],
)
def test_what_may_not_run_there_is_named_by_its_field(
    options: Mapping[str, object], field: str, reason: str
) -> None:
    ((found, why),) = prohibitions(pod("a", **options), Cluster())  # type: ignore[arg-type] # builder
    assert field in found
    assert reason in why


def test_a_claim_of_efs_may_run_there() -> None:
    cluster = Cluster(
        claims={("default", "data"): PersistentVolumeClaim("default", "data", "shared")},
        storage_classes={"shared": StorageClass("shared", "efs.csi.aws.com")},
    )
    assert not list(prohibitions(pod("a", claims=("data",)), cluster))


def test_its_price_is_that_of_the_sizes_by_hand() -> None:
    pods = (*replicas(3, "web", "250m", "256Mi"), pod("big", "1", "8Gi"))
    found = option(Case(snapshot(pods, catalog_of=priced())))
    small = 0.25 * 0.04656 + 0.5 * 0.00511  # 0.014195
    big = 2 * 0.04656 + 9 * 0.00511  # 0.13911
    own = sum(part.nano_usd_per_hour for part in found.costs if part.part == "instances")
    assert own == round((3 * small + big) * 1e9)
    assert found.nodes == found.pods == 4
    assert [(line.unit, line.count) for line in found.fleet] == [
        ("0.25 vCPU, 0.5 GB", 3),
        ("2 vCPU, 9 GB", 1),
    ]


def test_daemonsets_are_lost_and_said() -> None:
    state = snapshot([pod("web")], catalog_of=priced(), daemonsets=(daemonset("agent"),))
    assert any("kube-system/agent" in note for note in option(Case(state)).notes)


def test_a_pod_that_no_profile_selects_stays_pending() -> None:
    found = option(Case(snapshot([pod("web")], catalog_of=priced())), [Profile("x", (("y", ()),))])
    assert found.pods == 0
    assert found.cannot_run[0].reason == "no Fargate profile selects it: it stays Pending"


def test_without_a_price_nothing_is_priced_and_that_is_said() -> None:
    found = option(Case(snapshot([pod("web")])))
    assert [part.part for part in found.costs] == ["control plane"]
    assert any("no Fargate price" in note for note in found.notes)
