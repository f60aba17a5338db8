"""Generated: random mixes of services, as a company's cluster might run them, by seed.

Workloads have 1 to 40 replicas of 50m to 2 cpu and 64Mi to 8Gi; some are caches with much memory.
30 % are spread over zones, 15 % run one replica a node, 5 % spread over nodes. Most have a Service.
There are five DaemonSets.
"""

import numpy as np

from kubestow.model import labels as names
from kubestow.model.pod import DaemonSet, Pod, PodAffinityTerm, PodTemplate, SpreadConstraint
from kubestow.model.resources import amounts
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.snapshot import Cluster, Service

_CPU_MILLI = (50, 100, 100, 250, 250, 500, 500, 1000, 2000)
_MIB_A_CORE = (512, 1024, 2048, 2048, 4096)
_DAEMONS = (("aws-node", 50, 64), ("kube-proxy", 100, 64), ("ebs-csi-node", 30, 120),
            ("node-agent", 100, 256), ("log-collector", 60, 192))  # fmt: skip


def cluster(pods: int, seed: int) -> Cluster:
    """Return a cluster of at least so many pods, the last workload whole."""
    random = np.random.default_rng(seed)
    mix: list[Pod] = []
    services: list[Service] = []
    number = 0
    while len(mix) < pods:
        name = f"w{number:03d}"
        number += 1
        cpu = int(random.choice(_CPU_MILLI))
        memory = int(np.clip(cpu * int(random.choice(_MIB_A_CORE)) // 1000, 64, 8192))
        draw = random.random()
        if draw < 0.1:  # a cache
            cpu, memory = max(cpu // 4, 50), int(random.choice((2048, 4096, 8192)))
        selector = LabelSelector((SelectorRequirement("app", "In", (name,)),))
        constraints: dict[str, object] = {}
        replicas = int(random.integers(1, 41))
        kind = random.random()
        if kind < 0.3:
            constraints["spread"] = (SpreadConstraint(names.ZONE, 1, selector),)
        elif kind < 0.45:
            constraints["anti_affinity"] = (PodAffinityTerm(names.HOSTNAME, selector),)
            replicas = min(replicas, 12)
        elif kind < 0.5:
            constraints["spread"] = (SpreadConstraint(names.HOSTNAME, 2, selector),)
            replicas = min(replicas, 16)
        template = PodTemplate(
            requests=amounts({"cpu": cpu, "memory": memory * 2**20}),
            **constraints,  # type: ignore[arg-type] # spread or anti_affinity
        )
        label = (("app", name),)
        mix += [Pod("shop", f"{name}-{i}", template, label) for i in range(replicas)]
        if draw < 0.7:
            services.append(Service("shop", label))
    return Cluster(pods=tuple(mix), daemonsets=_daemonsets(), services=tuple(services))


def _daemonsets() -> tuple[DaemonSet, ...]:
    return tuple(
        DaemonSet(
            "kube-system",
            name,
            PodTemplate(requests=amounts({"cpu": cpu, "memory": memory * 2**20})),
            (("app", name),),
        )
        for name, cpu, memory in _DAEMONS
    )
