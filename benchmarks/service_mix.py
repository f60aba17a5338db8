"""Random service mixes: kubestow's own generator, and three kinds of others' mixes, by seed.

The others' workloads have replicas drawn from a Pareto distribution (1.1), twice, up to 60, and ask
for 50m to 2 cpu and 64Mi to 8Gi, drawn apart. Shares of them are spread over zones, keep their
replicas on different nodes, or do both.
"""

from dataclasses import dataclass

import numpy as np

from kubestow.model import labels as names
from kubestow.model.pod import Pod, PodAffinityTerm, PodTemplate, SpreadConstraint
from kubestow.model.resources import amounts
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.snapshot import Cluster, Service
from kubestow.simulation.generated import cluster

__all__ = ["KINDS", "cluster", "kind_of_mix"]

_REPLICAS_MAX = 60
_CPU_MILLI = (50, 100, 150, 200, 250, 300, 400, 500, 750, 1000, 1500, 2000)
_MIB = (64, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192)
_SMALL_CPU, _SMALL_MIB = 6, 9  # how many of these sizes a small service chooses from


@dataclass(frozen=True, slots=True)
class MixKind:
    """Shares of workloads: spread over zones, one replica a node, both; caches and batch workers.

    ``small`` are services that ask for at most 300m and 1,536 MiB.
    """

    zone: float
    apart: float
    both: float
    caches: float = 0.0
    workers: float = 0.0
    small: bool = False


KINDS = {
    "small": MixKind(0.3, 0.15, 0.0, small=True),
    "caches": MixKind(0.25, 0.1, 0.1, caches=0.15, workers=0.2),
    "spread": MixKind(0.5, 0.15, 0.25),
}
"""Many small services; services with memory caches and batch workers; spread heavy."""


def kind_of_mix(kind: str, pods: int, seed: int) -> Cluster:
    """Return a cluster of one kind with at least so many pods, and kubestow's own DaemonSets."""
    random = np.random.default_rng((seed, sorted(KINDS).index(kind)))
    shares = KINDS[kind]
    mix: list[Pod] = []
    services: list[Service] = []
    number = 0
    while len(mix) < pods:
        name = f"{kind}-{number:03d}"
        number += 1
        replicas = min(_REPLICAS_MAX, int((random.pareto(1.1) + 1) * 2))
        sizes = (_SMALL_CPU, _SMALL_MIB) if shares.small else (len(_CPU_MILLI), len(_MIB))
        cpu = _CPU_MILLI[int(random.integers(sizes[0]))]
        memory = _MIB[int(random.integers(sizes[1]))]
        role, rule = random.random(), random.random()
        if role < shares.caches:
            cpu, memory = min(cpu, 500), max(memory, 4096)
        elif role < shares.caches + shares.workers:
            cpu, rule = max(cpu, 1000), 1.0
        template = PodTemplate(
            requests=amounts({"cpu": cpu, "memory": memory * 2**20}),
            **_rules(shares, rule, name),  # type: ignore[arg-type] # spread or anti_affinity
        )
        label = (("app", name),)
        mix += [Pod("shop", f"{name}-{i}", template, label) for i in range(replicas)]
        services.append(Service("shop", label))
    return Cluster(pods=tuple(mix), daemonsets=cluster(1, 0).daemonsets, services=tuple(services))


def _rules(shares: MixKind, drawn: float, name: str) -> dict[str, object]:
    """Return the constraints between the pods of a workload."""
    selector = LabelSelector((SelectorRequirement("app", "In", (name,)),))
    zone = (SpreadConstraint(names.ZONE, 1, selector),)
    apart = (PodAffinityTerm(names.HOSTNAME, selector),)
    if drawn < shares.zone:
        return {"spread": zone}
    if drawn < shares.zone + shares.apart:
        return {"anti_affinity": apart}
    if drawn < shares.zone + shares.apart + shares.both:
        return {"spread": zone, "anti_affinity": apart}
    return {}
