"""Bindings: whether each pod was allowed on its node at the time it was bound.

The rules of kubestow.verify.arrival apply to a state that is updated as pods and nodes come and go:
the caller gives the current state, then each new binding in order. The cordon does not apply to
DaemonSet pods.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from kubestow.model.node import Node
from kubestow.model.pod import Pod, PodAffinityTerm
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim
from kubestow.verify.arrival import Arrivals
from kubestow.verify.arrival_state import (
    LabelledPods,
    NodeAtArrival,
    Pair,
    build_state,
    claims_proper,
    site_of,
)

Claims = Mapping[tuple[str, str], PersistentVolumeClaim]
Volumes = Mapping[str, PersistentVolume]
Storage = tuple[Claims, Volumes]
_NOWHERE = Node("", (), ())
_BY_OTHERS = frozenset({"PodTopologySpread", "InterPodAffinity"})
_CORDON = frozenset({"NodeUnschedulable"})


class Bindings:
    """The pods bound to a cluster's nodes. The caller numbers the pods."""

    def __init__(self, base: Cluster) -> None:
        """``base`` gives everything except the pods and the nodes."""
        self._base = base
        self._sites: list[NodeAtArrival] = []
        self._crowds: list[LabelledPods] = []
        self._state = build_state(base).kept(self._sites, self._crowds)
        self._arrivals = Arrivals(self._state)
        self._places: dict[str, int] = {}
        self._free: list[int] = []
        self._pods: dict[int, Pod] = {}
        self._on: list[dict[int, Pod]] = []
        self._stale: set[int] = set()  # sites whose pods have changed
        self._crowd_of: dict[tuple[str, tuple[tuple[str, str], ...]], int] = {}
        self._there: Counter[tuple[int, int]] = Counter()  # pods by crowd and site
        self._repelled: dict[tuple[PodAffinityTerm, str], Counter[Pair]] = {}

    def follow(
        self,
        nodes: Mapping[str, Node],
        bound: Mapping[int, Pod],
        storage: Storage | None = None,
    ) -> Iterator[str]:
        """Update the state; yield violations by DaemonSet pods.

        ``storage`` are the claims and volumes as they are now, if there are others than at first.
        """
        if storage is not None and self._base.claims:
            self._store(*storage, bound)
        for number in [number for number in self._pods if number not in bound]:
            self._remove(number)
        moved = []
        for number, pod in bound.items():
            previous = self._pods.get(number)
            if previous is pod:
                continue
            if previous is not None and _alike(previous, pod):
                self._pods[number] = pod
                continue
            if previous is not None:
                self._remove(number)
            moved.append((number, pod))
        self._nodes(nodes)
        for number, pod in moved:
            if pod.daemonset and not pod.terminating:
                yield from self._refused(pod, _CORDON)
            self._add(number, pod)

    def bind(
        self, number: int, pod: Pod, *, alone: bool = False, held: bool = False
    ) -> Iterator[str]:
        """Add a binding; yield the rules that it breaks.

        ``alone`` leaves out the rules about other pods, for when some of them have left meanwhile;
        ``held`` the cordon of a node that is held for the pod.
        """
        without = (_BY_OTHERS if alone else frozenset()) | (_CORDON if held else frozenset())
        yield from self._refused(pod, without)
        self._add(number, pod)

    def _store(self, claims: Claims, volumes: Volumes, bound: Mapping[int, Pod]) -> None:
        """Update claims, volumes, and which claims pods on nodes use."""
        used = frozenset(
            (pod.namespace, name) for pod in bound.values() for name in claims_proper(pod)
        )
        before = self._state.cluster
        is_same = before.claims is claims and before.volumes is volumes
        if is_same and used == self._state.used_claims:
            return
        now = build_state(replace(self._base, claims=claims, volumes=volumes))
        self._state = replace(
            self._state,
            cluster=now.cluster,
            volumes_of_class=now.volumes_of_class,
            used_claims=used,
        )
        self._arrivals = Arrivals(self._state)

    def _refused(self, pod: Pod, without: frozenset[str]) -> Iterator[str]:
        place = self._places.get(pod.node_name)
        if place is None:
            yield f"pod {pod.key} was bound to {pod.node_name}, which does not exist"
            return
        plugins = [n for n in self._arrivals.refusing(pod, self._site(place)) if n not in without]
        if plugins:
            yield f"pod {pod.key} may not be on {pod.node_name}: {', '.join(plugins)}"

    def _nodes(self, nodes: Mapping[str, Node]) -> None:
        gone = [name for name in self._places if name not in nodes]
        for name in gone:
            place = self._places[name]
            for number in list(self._on[place]):
                self._remove(number)
            del self._places[name]
            self._sites[place] = site_of(place, _NOWHERE, ())
            self._free.append(place)
        changed = bool(gone)
        for name, node in nodes.items():
            index = self._places.get(name)
            if index is not None and self._sites[index].node is node:
                continue
            changed = True
            if index is None:
                index = self._places[name] = self._free.pop() if self._free else len(self._sites)
                if index == len(self._sites):
                    self._sites.append(site_of(index, node, ()))
                    self._on.append({})
            self._sites[index] = site_of(index, node, tuple(self._on[index].values()))
        if changed:
            self._state.forget_nodes()

    def _site(self, place: int) -> NodeAtArrival:
        """Return the current state of a site."""
        if place in self._stale:
            self._stale.discard(place)
            node = self._sites[place].node
            self._sites[place] = site_of(place, node, tuple(self._on[place].values()))
        return self._sites[place]

    def _add(self, number: int, pod: Pod) -> None:
        self._pods[number] = pod
        place = self._places.get(pod.node_name)
        if place is None:
            return
        self._on[place][number] = pod
        self._count(pod, place, 1)

    def _remove(self, number: int) -> None:
        pod = self._pods.pop(number)
        place = self._places.get(pod.node_name)
        if place is not None:
            del self._on[place][number]
            self._count(pod, place, -1)

    def _count(self, pod: Pod, place: int, sign: int) -> None:
        """Count a pod at its place, or stop counting it."""
        self._stale.add(place)
        key = (pod.namespace, pod.labels)
        which = self._crowd_of.get(key)
        if which is None:
            which = self._crowd_of[key] = len(self._crowds)
            self._crowds.append(LabelledPods(pod.namespace, dict(pod.labels)))
            self._state.forget_crowds()
        crowd = self._crowds[which]
        self._there[which, place] += sign
        if self._there[which, place]:
            crowd.sites[place] = None
        else:
            del crowd.sites[place]
        if not pod.terminating:
            crowd.living[place] = crowd.living.get(place, 0) + sign
        self._keep_off(pod, place, sign)
        self._state.forget_pods()

    def _keep_off(self, pod: Pod, place: int, sign: int) -> None:
        labels = self._sites[place].labels
        for term in pod.template.anti_affinity:
            value = labels.get(term.topology_key)
            if value is None:
                continue
            pairs = self._repelled.setdefault((term, pod.namespace), Counter())
            pairs[term.topology_key, value] += sign
            closed = frozenset(pair for pair, count in pairs.items() if count)
            self._state.repel(term, pod.namespace, closed)


def _alike(one: Pod, other: Pod) -> bool:
    """Return whether two states of a pod are equal for the scheduler."""
    return (
        one.key == other.key
        and one.node_name == other.node_name
        and one.terminating == other.terminating
    )
