"""Set-ups in a line: workload(), group(), config(), setup(), and what a check says of them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from kubestow.model.finding import Finding, NotJudged, Subject
from kubestow.model.instance_type import Catalog
from kubestow.model.nodepool import NodePool
from kubestow.model.setup import (
    CheckedContainer,
    CheckedWorkload,
    ClusterConfig,
    NodeGroup,
    Setup,
)
from kubestow.model.snapshot import Cluster
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.run import Check
from kubestow.testing import catalog, instance_type, pod, quantities

TODAY = date(2026, 11, 23)
FIELD = "spec.template.spec"
TYPES = (
    (instance_type("m5.large", 2, 8), 0.1),
    (instance_type("m6g.large", 2, 8, architecture="arm64"), 0.08),
    (instance_type("t3.large", 2, 8, burstable=True), 0.08),
    (
        instance_type(
            "t2.medium", 2, 4, burstable=True, nitro=False, hypervisor="xen",
            network_interfaces=3, ipv4_per_interface=6,
        ),
        0.05,
    ),
)  # fmt: skip
CATALOG = catalog(*TYPES)


def subject(kind: str, name: str, namespace: str = "shop") -> Subject:
    """Return an object's name."""
    return Subject(kind, name, namespace, "a.yaml")


def workload(
    name: str = "web",
    kind: str = "Deployment",
    replicas: int = 2,
    cpu: str = "500m",
    memory: str = "1Gi",
    **options: Any,
) -> CheckedWorkload:
    """Return a workload with one container; further options are its fields or its template's."""
    own = {
        key: options.pop(key)
        for key in list(options)
        if key in CheckedWorkload.__dataclass_fields__
    }
    labels = dict(own.pop("labels", {"app": name}))
    template = pod(name, cpu, memory, **options).template
    asked = quantities(cpu=cpu, memory=memory)
    made = CheckedContainer(name, f"{FIELD}.containers[0]", f"shop/{name}:1", asked, asked)
    own.setdefault("containers", (made,))
    return CheckedWorkload(
        subject(kind, name), replicas, template, tuple(sorted(labels.items())), **own
    )


def container(item: CheckedWorkload, **change: Any) -> CheckedWorkload:
    """Return a workload whose container is changed."""
    return replace(item, containers=(replace(item.containers[0], **change),))


def group(name: str = "workers", *types: str, **options: Any) -> NodeGroup:
    """Return a managed node group of three to ten nodes in zone-a and zone-b."""
    facts: dict[str, Any] = {"zones": ("zone-a", "zone-b"), "desired": 3, "maximum": 10}
    field = "managedNodeGroups[0]"
    return NodeGroup(name, field, True, types or ("m5.large",), **(facts | options))


def config(*groups: NodeGroup, **options: Any) -> ClusterConfig:
    """Return a ClusterConfig."""
    return ClusterConfig(
        Subject("ClusterConfig", "demo", "", "eksctl.yaml"), groups=groups, **options
    )


def setup(
    *workloads: CheckedWorkload,
    config_of: ClusterConfig | None = None,
    pools: Iterable[NodePool] = (),
    cluster: Mapping[str, Any] | None = None,
    catalog_of: Catalog = CATALOG,
    **options: Any,
) -> Setup:
    """Return a set-up; further options are Setup's fields."""
    made = Cluster(nodepools=tuple(pools), **(cluster or {}))
    return Setup(made, catalog_of, TODAY, workloads, config=config_of, **options)


def found(check: Check, of: Setup) -> list[Finding]:
    """Return what a check finds; every finding is of its rule and has all it must have."""
    findings = [item for item in check.judge(CheckContext(of)) if isinstance(item, Finding)]
    for item in findings:
        assert item.rule == check.RULE.id
        assert item.subject.name
        assert item.reason
        assert item.fix
    return findings


def one(check: Check, of: Setup) -> Finding:
    """Return the only thing a check finds."""
    (finding,) = found(check, of)
    return finding


def unjudged(check: Check, of: Setup) -> list[str]:
    """Return why a check could not be judged."""
    return [item.reason for item in check.judge(CheckContext(of)) if isinstance(item, NotJudged)]
