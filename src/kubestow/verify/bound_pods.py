"""The pods of a certificate: their requests, and which exclude each other.

What the certificate says about a pod is checked, never trusted. Equal pods are checked once.
"""

from collections import Counter
from dataclasses import dataclass, field

from kubestow.catalog.burstable import used_milli
from kubestow.model import labels as names
from kubestow.model.certificate import EBS_VOLUMES_AXIS, Certificate
from kubestow.model.pod import Pod
from kubestow.model.resources import CPU_USE, EBS_VOLUMES, PODS, Amounts, amounts
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.model.violation import Violation
from kubestow.verify.bound_load import Ware
from kubestow.verify.constraints import covers, namespace_labels, ports_collide
from kubestow.verify.final_state import AlikePods, KindBuilder, selector_keys
from kubestow.verify.storage import disks_collide
from kubestow.verify.volumes import class_of, is_ebs

Signature = tuple[object, ...]
"""Everything that decides where a pod's volumes allow it."""


@dataclass(frozen=True, slots=True)
class Alike:
    """What places distinguish about a pod: its kind, and where its volumes are."""

    kind: int
    claims: Signature


@dataclass(frozen=True, slots=True)
class Roll:
    """The certificate's pods with a value: the wares, their kinds and one pod of each.

    ``shares_claims`` tells that two Pending pods of the input name one claim.
    """

    kinds: list[AlikePods]
    builder: KindBuilder
    wares: tuple[Ware, ...]
    alike: tuple[Alike, ...]
    pods: tuple[Pod, ...]
    shares_claims: bool
    failures: tuple[Violation, ...]


def call_roll(snapshot: Snapshot, certificate: Certificate) -> Roll:
    """Find the certificate's pods in the input, and what is wrong with its lists."""
    caller = _Caller(snapshot, KindBuilder(selector_keys(snapshot)))
    caller.enrol()
    caller.exclusive(certificate.exclusive)
    caller.values(certificate)
    return Roll(
        caller.builder.kinds,
        caller.builder,
        tuple(Ware(value, n, asks, lists) for (_, value, asks, lists), n in caller.counts.items()),
        tuple(alike for alike, *_ in caller.counts),
        tuple(caller.examples),
        any(times > 1 for times in caller.users.values()),
        tuple(caller.failures),
    )


@dataclass(slots=True)
class _Caller:
    """Looks up the pods of a certificate, by name."""

    snapshot: Snapshot
    builder: KindBuilder
    pending: dict[str, tuple[Pod, Alike]] = field(default_factory=dict)
    bound: dict[str, str] = field(default_factory=dict)
    users: Counter[tuple[str, str]] = field(default_factory=Counter)
    lists_of: dict[str, tuple[int, ...]] = field(default_factory=dict)
    counts: dict[tuple[Alike, int, Amounts, tuple[int, ...]], int] = field(default_factory=dict)
    examples: list[Pod] = field(default_factory=list)
    failures: list[Violation] = field(default_factory=list)

    def enrol(self) -> None:
        """Record every pod of the input."""
        cluster = self.snapshot.cluster
        for pod in cluster.pods:
            if pod.node_name:
                self.bound.setdefault(pod.key, pod.node_name)
                continue
            kind = self.builder.kind(pod.template, pod.namespace, pod.labels, pod.terminating)
            self.pending.setdefault(pod.key, (pod, Alike(kind, _signature(pod, cluster))))
            for name in dict.fromkeys(pod.volume_claims):
                self.users[pod.namespace, name] += 1

    def values(self, certificate: Certificate) -> None:
        """Count the pods of each ware."""
        listed: set[str] = set()
        for index, item in enumerate(certificate.values):
            where, value = f"values[{index}]", item.nano_usd_per_hour
            for key in item.pods:
                pod_and_alike = self._find(key, where, listed)
                if pod_and_alike is None or not value:
                    continue
                pod, alike = pod_and_alike
                ware = (alike, value, self._asks(pod), self.lists_of.get(key, ()))
                if ware not in self.counts:
                    self.examples.append(pod)
                self.counts[ware] = self.counts.get(ware, 0) + 1

    def exclusive(self, lists: tuple[tuple[str, ...], ...]) -> None:
        """Check that all pairs of pods of a list exclude each other."""
        verdicts: dict[tuple[int, int], bool] = {}
        for index, keys in enumerate(lists):
            where = f"exclusive[{index}]"
            listed: set[str] = set()
            members: dict[int, list[str]] = {}
            for key in keys:
                pod_and_alike = self._find(key, where, listed)
                if pod_and_alike is not None:
                    members.setdefault(pod_and_alike[1].kind, []).append(key)
                    self.lists_of[key] = (*self.lists_of.get(key, ()), index)
            pair = self._strangers(members, verdicts)
            if pair is not None:
                detail = f"it and {pair[1]} may share a node"
                self.failures.append(Violation("Exclusive", pair[0], f"{where}: {detail}"))

    def _strangers(
        self, members: dict[int, list[str]], verdicts: dict[tuple[int, int], bool]
    ) -> tuple[str, str] | None:
        """Return two pods of a list that may share a node, if there are any."""
        kinds, cluster = self.builder.kinds, self.snapshot.cluster
        order = list(members)
        for position, one in enumerate(order):
            for other in order[position:]:
                keys = (members[one][0], members[other][-1])
                if keys[0] == keys[1]:
                    continue
                if (one, other) not in verdicts:
                    verdicts[one, other] = exclude_each_other(kinds[one], kinds[other], cluster)
                if not verdicts[one, other]:
                    return keys
        return None

    def _find(self, key: str, where: str, listed: set[str]) -> tuple[Pod, Alike] | None:
        """Return a Pending pod that may run; record what is wrong with any other."""
        pod_and_alike, detail = self.pending.get(key), ""
        if key in listed:
            detail = "it is listed twice"
        elif pod_and_alike is None:
            node = self.bound.get(key)
            detail = f"it is bound to {node}" if node else "no such pod is in the input"
        else:
            template = pod_and_alike[0].template
            refusals = (
                pod_and_alike[0].rejected,
                *template.scheduling_gates,
                *template.unsupported,
            )
            if any(refusals):
                detail = f"it cannot run: {', '.join(filter(None, refusals))}"
        listed.add(key)
        if detail:
            self.failures.append(Violation("Pod", key, f"{where}: {detail}"))
            return None
        return pod_and_alike

    def _asks(self, pod: Pod) -> Amounts:
        """Return the pod's requests, with its slot, its EBS volumes and its use of cpu."""
        asks = {name: amount for name, amount in pod.template.requests if amount > 0}
        asks[PODS] = 1
        asks[CPU_USE] = used_milli(pod.template, self.snapshot.cpu_use)
        asks.pop(EBS_VOLUMES, None)
        own = {(pod.namespace, name) for name in pod.volume_claims}
        asks[EBS_VOLUMES_AXIS] = len(set(pod.template.inline_ebs_volumes)) + sum(
            self.users[key] == 1 and is_ebs(key, self.snapshot.cluster) for key in sorted(own)
        )
        return amounts(asks)


def _signature(pod: Pod, cluster: Cluster) -> Signature:
    parts: list[object] = []
    for name in pod.volume_claims:
        claim = cluster.claims.get((pod.namespace, name))
        if claim is None:
            parts.append(None)
        elif claim.volume_name:
            volume = cluster.volumes.get(claim.volume_name)
            facts = volume and (volume.node_affinity, volume.labels, volume.plugin)
            parts.append(("volume", facts))
        else:
            parts.append(("class", class_of(claim, cluster)))
    return tuple(dict.fromkeys(parts))


def exclude_each_other(one: AlikePods, other: AlikePods, cluster: Cluster) -> bool:
    """Return whether pods of both kinds can never share a node that has its hostname label."""
    return (
        _keeps_off(one, other, cluster)
        or _keeps_off(other, one, cluster)
        or any(
            ports_collide(port, taken)
            for port in one.template.host_ports
            for taken in other.template.host_ports
        )
        or any(
            disks_collide(disk, taken)
            for disk in one.template.inline_volumes
            for taken in other.template.inline_volumes
        )
    )


def _keeps_off(owner: AlikePods, other: AlikePods, cluster: Cluster) -> bool:
    return any(
        term.topology_key == names.HOSTNAME
        and term.selector is not None
        and term.selector.matches(other.labels)
        and covers(
            term, owner.namespace, other.namespace, namespace_labels(cluster, other.namespace)
        )
        for term in owner.template.anti_affinity
    )
