"""CheckContext: a Setup, its capacity, and the nodes that each workload may run on.

Everything that several checks need is computed once, here.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from kubestow.model.fargate_profile import FargateProfile, selecting
from kubestow.model.finding import Subject
from kubestow.model.nodepool import Networking
from kubestow.model.pod import PodTemplate
from kubestow.model.resources import PODS
from kubestow.model.setup import CheckedWorkload, ClusterVersion, NodeGroup, Setup
from kubestow.model.taints import DAEMONSET_TOLERATIONS, first_untolerated
from kubestow.preflight.capacity import Capacity, capacities_of, group_subject, matches_labels
from kubestow.scheduling.candidate_node import CandidateNode

_NO_CAPACITY = "no --cluster-config, NodePools or nodes given: the nodes pods may use are unknown"
_VERSION = re.compile(r"1\.(\d+)", re.ASCII)
Place = tuple[Capacity, CandidateNode]


@dataclass(frozen=True, slots=True)
class Reach:
    """Nodes a pod may use: by labels; of those, by taints; of those, by requests too."""

    matching: tuple[Place, ...]
    tolerated: tuple[Place, ...]
    fitting: tuple[Place, ...]


class CheckContext:
    """A Setup, with what its checks need more than once."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self._reach: dict[PodTemplate, Reach] = {}
        self._overhead: dict[str, dict[str, int]] = {}

    @cached_property
    def networking(self) -> Networking:
        """How pods get addresses: as the options say, or the ClusterConfig or aws-node."""
        config = self.setup.config
        of_config = config.networking if config else Networking()
        running = self.setup.cluster.vpc_cni.networking
        return self.setup.networking.over(
            Networking(
                of_config.prefix_delegation or running.prefix_delegation,
                of_config.custom_networking or running.custom_networking,
            )
        )

    @cached_property
    def capacities(self) -> tuple[Capacity, ...]:
        """All known capacity."""
        return capacities_of(self.setup, self.networking)

    @cached_property
    def unknown_capacity(self) -> str:
        """Say why pods may use unknown nodes; empty if all nodes are known."""
        config = self.setup.config
        if config is not None and config.auto_mode:
            return "EKS Auto Mode chooses its nodes itself"
        unknown = next((item.unknown for item in self.capacities if item.unknown), "")
        if unknown:
            return unknown
        if self.capacities or (config is not None and config.profiles):
            return ""
        return _NO_CAPACITY

    @cached_property
    def groups(self) -> tuple[tuple[Subject, NodeGroup], ...]:
        """The node groups of the ClusterConfig."""
        config = self.setup.config
        return tuple((group_subject(config, g), g) for g in config.groups) if config else ()

    @cached_property
    def version_told(self) -> ClusterVersion | None:
        """The version of Kubernetes that the ClusterConfig gives, or that the cluster runs."""
        config = self.setup.config
        match = _VERSION.fullmatch(config.version.strip()) if config else None
        if config is None or match is None:
            return self.setup.version
        return ClusterVersion(int(match[1]), config.subject, "metadata.version")

    @cached_property
    def version(self) -> int | None:
        """The minor version of Kubernetes, if it is known."""
        return None if self.version_told is None else self.version_told.minor

    @cached_property
    def zones(self) -> tuple[str, ...]:
        """The zones that nodes may be in; empty if unknown."""
        return tuple(sorted({zone for item in self.capacities for zone in item.zones}))

    def profiles(self, workload: CheckedWorkload) -> tuple[FargateProfile, ...]:
        """Return the Fargate profiles that select a workload's pods, the effective one first."""
        config = self.setup.config
        if config is None:
            return ()
        return selecting(config.profiles, workload.subject.namespace, dict(workload.labels))

    @cached_property
    def running(self) -> tuple[CheckedWorkload, ...]:
        """Workloads with pods, except DaemonSets."""
        return tuple(w for w in self.setup.workloads
                     if w.is_valid and w.replicas > 0 and not w.is_daemonset)  # fmt: skip

    @cached_property
    def on_nodes(self) -> tuple[CheckedWorkload, ...]:
        """Running workloads that no Fargate profile selects."""
        return tuple(w for w in self.running if not self.profiles(w))

    @cached_property
    def daemonsets(self) -> tuple[CheckedWorkload, ...]:
        """The DaemonSets, with the tolerations their controller adds."""
        return tuple(w for w in self.setup.workloads if w.is_valid and w.is_daemonset)

    @cached_property
    def bound_pods(self) -> int:
        """How many pods run on nodes of the input, and so have an address already."""
        return sum(bool(pod.node_name) for pod in self.setup.cluster.pods)

    def reach(self, workload: CheckedWorkload) -> Reach:
        """Return the nodes that a workload's pods may use."""
        template = workload.template
        if template not in self._reach:
            places = [(c, item) for c in self.capacities for item in c.candidates]
            matching = tuple(p for p in places if matches_labels(template, p[1]))
            tolerated = tuple(
                p for p in matching
                if first_untolerated(p[1].taints, template.tolerations) is None
            )  # fmt: skip
            fitting = tuple(p for p in tolerated if self.fits(template, p[1]))
            self._reach[template] = Reach(matching, tolerated, fitting)
        return self._reach[template]

    def fits(self, template: PodTemplate, candidate: CandidateNode) -> bool:
        """Return whether a pod fits on an otherwise empty node, beside its DaemonSet pods."""
        free = self.free(candidate)
        return free.get(PODS, 0) >= 1 and all(
            free.get(name, 0) >= asked for name, asked in template.requests
        )

    def free(self, candidate: CandidateNode) -> dict[str, int]:
        """Return what DaemonSet pods leave free on a node."""
        key = candidate.name
        if key not in self._overhead:
            left = dict(candidate.allocatable)
            for daemonset in self.daemonsets:
                if not runs_on(daemonset, candidate):
                    continue
                left[PODS] = left.get(PODS, 0) - 1
                for name, asked in daemonset.template.requests:
                    left[name] = left.get(name, 0) - asked
            self._overhead[key] = left
        return self._overhead[key]


def runs_on(daemonset: CheckedWorkload, candidate: CandidateNode) -> bool:
    """Return whether a DaemonSet runs on a node, regardless of requests."""
    held = (*daemonset.template.tolerations, *DAEMONSET_TOLERATIONS)
    return (
        matches_labels(daemonset.template, candidate)
        and first_untolerated(candidate.taints, held) is None
    )
