"""Fargate by its documented rules: sizes, profiles and what may not run there."""

from collections.abc import Mapping, Sequence

import pytest

from kubestow.compute.case import ComparisonCase
from kubestow.compute.fargate import option, prohibitions, unpriced
from kubestow.model import labels as names
from kubestow.model.fargate_profile import FargateProfile, FargateSelector
from kubestow.model.instance_type import Catalog, ServicePrice
from kubestow.model.option import ComputeOption
from kubestow.model.pod import HostPort, Pod
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
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


def wants(key: str, *values: str) -> NodeSelectorTerm:
    """Return a term of a required node affinity."""
    return NodeSelectorTerm((SelectorRequirement(key, "In", values),))


def priced_option(
    pods: Sequence[Pod], profiles: Sequence[FargateProfile] = (), **cluster: object
) -> ComputeOption:
    """Return the option at Seoul's prices."""
    found = option(ComparisonCase(snapshot(pods, catalog_of=priced(), **cluster)), profiles)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("options", "field", "reason"),
    [
        ({"host_ports": (HostPort("0.0.0.0", "TCP", 80),)}, "hostPort", "80"),
        ({"requests": quantities(**{"nvidia.com/gpu": "1"})}, "resources", "nvidia.com/gpu"),
        ({"requests": quantities(ephemeral_storage="176Gi")}, "resources", "175 GiB"),
        ({"requests": quantities(cpu="17")}, "resources", "16 vCPU"),
        ({"node_selector": ((names.ARCH, "arm64"),)}, "spec.nodeSelector", "amd64"),
        ({"node_selector": ((names.OS, "windows"),)}, "spec.nodeSelector", "Linux"),
        ({"node_selector": ((names.CAPACITY_TYPE, "spot"),)}, "spec.nodeSelector", "on demand"),
        ({"node_affinity": (wants(names.ARCH, "arm64"),)}, "nodeAffinity", "amd64"),
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


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"node_selector": ((names.ZONE, "zone-b"),)}, "zones are whatever the subnets are"),
        ({"node_affinity": (wants(names.ARCH, "arm64", "amd64"),)}, "amd64 is one of both"),
        ({"node_affinity": (wants("team", "a"), wants(names.OS, "linux"))}, "one term is enough"),
    ],
)
def test_what_a_fargate_node_has_may_be_asked_for(options: Mapping[str, object], why: str) -> None:
    assert not list(prohibitions(pod("a", **options), Cluster())), why  # type: ignore[arg-type] # builder


def test_a_claim_bound_to_a_volume_of_efs_may_run_there_and_one_still_to_be_made_may_not() -> None:
    static = PersistentVolumeClaim("default", "data", "", volume_name="share")
    cluster = Cluster(
        claims={("default", "data"): static},
        volumes={"share": PersistentVolume("share", driver="efs.csi.aws.com")},
    )
    assert not list(prohibitions(pod("a", claims=("data",)), cluster))
    dynamic = Cluster(
        claims={("default", "data"): PersistentVolumeClaim("default", "data", "shared")},
        storage_classes={"shared": StorageClass("shared", "efs.csi.aws.com")},
    )
    assert list(prohibitions(pod("a", claims=("data",)), dynamic))


def test_its_price_is_that_of_the_sizes_by_hand() -> None:
    pods = (*replicas(3, "web", "250m", "256Mi"), pod("big", "1", "8Gi"))
    found = priced_option(pods)
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
    found = priced_option([pod("web")], daemonsets=(daemonset("agent"),))
    assert any("kube-system/agent" in note for note in found.description.notes)


def test_a_pod_that_no_profile_selects_stays_pending() -> None:
    found = priced_option([pod("web")], [FargateProfile("x", "", (FargateSelector("y"),))])
    assert found.pods == 0
    assert found.cannot_run[0].reason == "no Fargate profile selects it"


def test_without_a_price_it_is_left_out_and_that_is_said() -> None:
    case = ComparisonCase(snapshot([pod("web")]))
    assert option(case) is None
    assert "no price for it in test-1" in unpriced(case)[0]


def test_ephemeral_storage_above_what_is_free_is_named() -> None:
    requests = quantities(cpu="250m", ephemeral_storage="150Gi")
    found = priced_option([pod("a", requests=requests), pod("b")])
    assert any("130 GiB" in note for note in found.description.notes)
