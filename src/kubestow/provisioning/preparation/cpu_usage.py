"""What pods use of the cpu they request, and what of it burstable candidates sustain.

It is counted only where burstable types may be launched: nothing else depends on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kubestow.catalog.burstable import credits_of, used_milli
from kubestow.model.arrays import UNLIMITED, Booleans, Integers
from kubestow.model.snapshot import Snapshot
from kubestow.scheduling.candidate_node import CandidateNode
from kubestow.scheduling.classes import PodClass


@dataclass(frozen=True, slots=True)
class CpuUsage:
    """Millicpu used by one pod of each class, and what candidates sustain beside DaemonSets.

    ``left`` may be negative; it is UNLIMITED where a node is not burstable, or exists. ``rate`` is
    what a millicpu above it costs, in nano-USD an hour; 0 where the node would be throttled.
    """

    used: Integers  # by class
    left: Integers  # by candidate
    rate: Integers  # by candidate

    def surplus(self, candidate: int, load: Sequence[tuple[int, int]]) -> int:
        """Return what a load, pods by class, costs an hour on a candidate beside its price."""
        rate = int(self.rate[candidate])
        if not rate:
            return 0
        used = sum(int(self.used[index]) * pods for index, pods in load)
        return rate * max(0, used - int(self.left[candidate]))


def cpu_usage(
    snapshot: Snapshot,
    classes: Sequence[PodClass],
    candidates: Sequence[CandidateNode],
    daemonsets_on: Booleans,
) -> CpuUsage | None:
    """Return what is used and sustained; None where no candidate to be launched is burstable.

    ``classes`` are the pods' classes, then one for each DaemonSet; ``daemonsets_on`` tells on which
    candidates those run (DaemonSets x candidates).
    """
    types = snapshot.catalog.instance_types
    credits = {name: credits_of(item, snapshot.cpu_use) for name, item in types.items()}
    launched = [None if c.exists else credits.get(c.instance_type) for c in candidates]
    if not any(launched):
        return None
    used = np.array([used_milli(c.template, snapshot.cpu_use) for c in classes], dtype=np.int64)
    daemons = used[len(classes) - len(daemonsets_on) :] @ daemonsets_on.astype(np.int64)
    baseline = np.array([UNLIMITED if c is None else c.baseline for c in launched], dtype=np.int64)
    rate = np.array([0 if c is None else c.rate or 0 for c in launched], dtype=np.int64)
    return CpuUsage(used, np.where(baseline < UNLIMITED, baseline - daemons, baseline), rate)
