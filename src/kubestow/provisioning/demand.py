"""How many pods of each class are still to be planned for, and which are refused for what.

A pod leaves the demand only with a constraint's name.
"""

from collections import Counter

from kubestow.model.labels import HOSTNAME
from kubestow.provisioning.packing.packer import LeftOut
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot
from kubestow.scheduling.classes import PodClass
from kubestow.scheduling.domains import Dealt

DAEMONSET_TOPOLOGY = "DaemonSetTopology"
NOWHERE = ""
"""Refuses pods that no candidate carries beside what is on it now: its reasons say why."""


class Demand:
    """The pods of a prepared snapshot that are still to be planned for.

    ``pods`` are counts by class, ``refused`` counts by (class, constraint); ``room`` is what a
    (class, cell) has been seen to take at most.
    """

    def __init__(self, prepared: PreparedSnapshot) -> None:
        """Refuse at once the pods that no node could ever take, whatever it is."""
        self.pods = [pod_class.demand for pod_class in prepared.classes]
        self.refused: Counter[tuple[int, str]] = Counter()
        self.room: dict[tuple[int, int], int] = {}
        self._refuse_outright(prepared)

    def refuse(self, index: int, constraint: str, pods: int) -> None:
        """Take pods of a class out of the demand."""
        self.pods[index] -= pods
        self.refused[index, constraint] += pods

    def learn(self, left: LeftOut, dealt: Dealt, *, patient: bool) -> None:
        """Learn from what found no place: a cell is full, or the pods cannot run.

        Without patience a class with pods left is refused whole.
        """
        shares = {(index, cell): count for index, cell, count in dealt.shares}
        for (index, cell, reason), count in sorted(left.items(), key=lambda item: item[0][0]):
            if (
                patient
                and cell is not None
                and (index, cell) in shares
                and (index, cell) not in self.room
            ):
                self.room[index, cell] = shares[index, cell] - count
                continue
            wanted = self.pods[index]
            self.refuse(index, reason, min(count, wanted) if patient else wanted)

    def _refuse_outright(self, prepared: PreparedSnapshot) -> None:
        claimed: set[str] = {
            claim for c in prepared.pod_classes if c.bound for claim in c.key.volumes.exclusive
        }
        wanted = (pod_class for pod_class in prepared.pod_classes if pod_class.demand)
        for pod_class in sorted(wanted, key=lambda c: -c.template.priority):
            index, exclusive = pod_class.index, set(pod_class.key.volumes.exclusive)
            reason = _reason(prepared, pod_class)
            if reason or not prepared.has_place(index):
                self.refuse(index, reason or NOWHERE, self.pods[index])
            elif exclusive:
                most = 0 if claimed & exclusive else 1
                claimed |= exclusive
                if self.pods[index] > most:
                    self.refuse(index, "VolumeRestrictions", self.pods[index] - most)


def _reason(prepared: PreparedSnapshot, pod_class: PodClass) -> str:
    """Return the constraint that refuses a class on any node; empty where there is none."""
    template = pod_class.template
    if pod_class.key.rejected:
        return "Admission"
    if template.scheduling_gates:
        return "SchedulingGates"
    if template.unsupported:
        return "NotSupported"
    if pod_class.key.volumes.problem:
        return "VolumeBinding"
    return DAEMONSET_TOPOLOGY if _looks_at_daemonsets(prepared, pod_class) else ""


def _looks_at_daemonsets(prepared: PreparedSnapshot, pod_class: PodClass) -> bool:
    """Return whether a constraint wider than a node selects the pods of a DaemonSet.

    How many of those a zone holds depends on the nodes the plan opens there; not supported yet.
    """
    first, template = len(prepared.pod_classes), pod_class.template
    namespace, selection = pod_class.key.namespace, prepared.selection
    if not prepared.daemonsets:
        return False
    selected = [
        selection.same_namespace(constraint.selector, namespace)
        for constraint in template.spread
        if constraint.topology_key != HOSTNAME
    ]
    selected += [
        selection.by_term(term, namespace)
        for term in (*template.affinity, *template.anti_affinity)
        if term.topology_key != HOSTNAME
    ]
    return any(max(classes, default=-1) >= first for classes in selected)
