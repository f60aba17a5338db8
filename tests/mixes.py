"""Generated mixes as manifests, and compared once for all tests.

Law: a mix is written as files and read back: what is compared here is what the command reads.
"""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import service_mix
from tests.by_hand import REGION, Row

from kubestow.adapters.catalog_files import load_catalog
from kubestow.adapters.compute_files import read_machines, read_profiles
from kubestow.adapters.files import read_files
from kubestow.cli.catalog_options import MoneyOptions, NodeOptions, settings_of
from kubestow.compute.case import ComparisonCase
from kubestow.compute.comparison import OptionChoices, compare
from kubestow.model.option import Comparison
from kubestow.model.plan import Plan
from kubestow.model.pod import DaemonSet, Pod, PodTemplate
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.views.comparison_view import comparison_view
from kubestow.views.view import encode

WON = "1391.5"
DNS: tuple[Row, ...] = ({}, {"cpu": "1", "memory": "8Gi"})
"""What two further pods ask for: nothing, and what Fargate has no size of a vCPU for."""
PROFILES = {
    "kind": "ClusterConfig",
    "fargateProfiles": [
        {"name": "some", "selectors": [{"namespace": "shop", "labels": {"app": "w000"}},
                                       {"namespace": "kube-system"}]}
    ],
}  # fmt: skip
COUNTS = {1: 2, 2: 30, 3: 1}
"""Machines of the user's own by seed: 64, 960 and 32 vCPU, the second beyond the fee's first tier.
"""
UNSELECTIVE = 3
"""The seed of the mix that is compared without a Fargate profile."""


@dataclass(frozen=True)
class Mix:
    """A mix, what it was compared with, and the comparison as a value and as JSON."""

    seed: int
    cluster: Cluster
    found: Comparison
    document: Row

    @property
    def options(self) -> dict[str, Row]:
        """The options of the JSON by their ids."""
        return {option["id"]: option for option in self.document["options"]}

    def plans(self, identity: str) -> list[Plan]:
        """Return the plans that an option's nodes are from."""
        own = "managed-node-groups" if identity == "self-managed" else identity
        (option,) = (item for item in self.found.options if item.id == own)
        return [planned.plan for planned in option.plans]

    def requests(self) -> dict[str, dict[str, int]]:
        """Return what each pod, and each DaemonSet's, asks for."""
        whole = [*self.cluster.pods, *self.cluster.daemonsets]
        return {item.key: dict(item.template.requests) for item in whole}


@functools.cache
def compared(seed: int) -> Mix:
    """Compare a mix, as 'kubestow compare --no-rehearsal --no-settle -o json' does."""
    with TemporaryDirectory() as directory:
        files = written(Path(directory), seed)
        reading = read_files([str(files["-f"])])
        profiles = files.get("--fargate-profiles")
        wishes = OptionChoices(
            fargate_profiles=() if profiles is None else read_profiles(str(profiles)),
            machines=read_machines(str(files["--machines"])),
        )
    assert not reading.problems
    catalog = load_catalog(REGION, embedded_only=True)
    found = compare(ComparisonCase(Snapshot(reading.cluster, catalog), rehearses=False), wishes)
    settings = settings_of(NodeOptions(), MoneyOptions(currency="KRW", rate=float(WON)))
    view = comparison_view(found, REGION, catalog.sources, settings)
    return Mix(seed, reading.cluster, found, json.loads(encode(view)))


def written(directory: Path, seed: int) -> dict[str, Path]:
    """Write a mix and what it is compared with; return the files by the options that take them."""
    made = service_mix.cluster(170, seed)
    whole = [*map(pod_object, made.pods), *map(daemonset_object, made.daemonsets)]
    whole += [
        {"apiVersion": "v1", "kind": "Service", "spec": {"selector": dict(service.selector)},
         "metadata": {"name": f"s{number}", "namespace": service.namespace}}
        for number, service in enumerate(made.services)
    ]  # fmt: skip
    whole += [
        {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container(asked)]},
         "metadata": {"name": f"dns-{number}", "namespace": "kube-system"}}
        for number, asked in enumerate(DNS)
    ]  # fmt: skip
    rack = {"name": "rack", "vcpu": 32, "memory": "120Gi", "count": COUNTS[seed], "pods": 60,
            "usdPerHour": 0.35, "source": "finance"}  # fmt: skip
    head = {"apiVersion": "kubestow.dev/v1alpha1", "kind": "Machines"}
    content: dict[str, Row] = {
        "-f": {"apiVersion": "v1", "kind": "List", "items": whole},
        "--machines": head | {"machines": [rack]},
    }
    if seed != UNSELECTIVE:
        content["--fargate-profiles"] = PROFILES
    files = {option: directory / f"{option.strip('-')}.json" for option in content}
    for option, value in content.items():
        files[option].write_text(json.dumps(value))
    return files


def pod_object(pod: Pod) -> Row:
    """Return a pod of the mixes as its manifest."""
    template, labels = pod.template, dict(pod.labels)
    spec: Row = {"containers": [container(asked_by(template))]}
    selector = {"matchLabels": {"app": labels["app"]}}
    if template.spread:
        spec["topologySpreadConstraints"] = [
            {"topologyKey": item.topology_key, "maxSkew": item.max_skew,
             "whenUnsatisfiable": "DoNotSchedule", "labelSelector": selector}
            for item in template.spread
        ]  # fmt: skip
    if template.anti_affinity:
        terms = [
            {"topologyKey": term.topology_key, "labelSelector": selector}
            for term in template.anti_affinity
        ]
        rule = {"requiredDuringSchedulingIgnoredDuringExecution": terms}
        spec["affinity"] = {"podAntiAffinity": rule}
    metadata = {"name": pod.name, "namespace": pod.namespace, "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def daemonset_object(daemonset: DaemonSet) -> Row:
    """Return a DaemonSet of the mixes as its manifest."""
    labels = dict(daemonset.labels)
    template = {"metadata": {"labels": labels},
                "spec": {"containers": [container(asked_by(daemonset.template))]}}  # fmt: skip
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": daemonset.name, "namespace": daemonset.namespace},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }


def asked_by(template: PodTemplate) -> Row:
    """Return the requests of cpu and memory as a manifest has them."""
    requests = dict(template.requests)
    return {"cpu": f"{requests['cpu']}m", "memory": str(requests["memory"])}


def container(asked: Row) -> Row:
    """Return a container that asks for so much."""
    return {"name": "main", "image": "registry.example.com/main:1",
            "resources": {"requests": asked}}  # fmt: skip
