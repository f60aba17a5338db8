"""Controllers: the Deployments and Jobs of a simulation, which recreate their pods.

An evicted pod takes its time to stop, while its successor is pending at once; an evicted Job pod
starts over. The successor of a StatefulSet's pod comes when the pod is gone. Surplus replicas are
deleted in the order of the ReplicaSet controller (pkg/controller/controller_utils.go
ActivePodsWithRanks with LogarithmicScaleDown, Kubernetes 1.34).
"""

import functools
from collections.abc import Callable

from kubestow.simulation.chance import share
from kubestow.simulation.disks import Disks
from kubestow.simulation.pods import Owner, is_named
from kubestow.simulation.stage import COMING, FREEING, Stage

_SLOW = 6
_NANOSECONDS = 1_000_000_000


class Controllers:
    """The workloads of a scenario."""

    def __init__(self, stage: Stage) -> None:
        self.stage, scenario = stage, stage.scenario
        self.wanted = [0] * len(scenario.services)
        self.members: list[dict[int, None]] = [{} for _ in scenario.services]
        self.on_left: Callable[[str], None] = lambda node: None  # called when a pod has left a node
        self.deletion_order: dict[str, int] = {}  # nodes in the order in which they are to empty
        self.disks = Disks(scenario.durations)
        self._seconds: dict[int, int | None] = {}  # that a Job pod runs, by incarnation
        for number, load in enumerate(scenario.services):
            for at, count in load.replicas:
                stage.later(at, COMING, functools.partial(self._scale, number, count))
        for number, batch in enumerate(scenario.batches):
            for at, seconds in batch.arrivals:
                stage.later(at, COMING, functools.partial(self._come, number, seconds))

    def adopt(self, owner: Owner, node: str) -> None:
        """Take over a pod that runs on a node at the start."""
        (kind, position), pods = owner, self.stage.pods
        number = pods.create(owner, self.stage.at)
        if kind == "service":
            self.members[position][number] = None
            self.wanted[position] += 1
        pods.bind(number, node, self.stage.at)
        pods.become_ready(number, self.stage.at)
        self.disks.attach(pods.volumes_of(pods.alive[number].pod), node, self.stage.at)

    def _come(self, batch: int, seconds: int | None) -> None:
        self.stage.disturbances += 1
        self._arrive(batch, seconds)

    def _arrive(self, batch: int, seconds: int | None) -> None:
        pods = self.stage.pods
        number = pods.create(("batch", batch), self.stage.at)
        self._seconds[pods.alive[number].incarnation] = seconds
        self.stage.changed()

    def _scale(self, service: int, count: int) -> None:
        self.stage.disturbances += self.wanted[service] != count
        self.wanted[service] = count
        self._reconcile(service)

    def _reconcile(self, service: int) -> None:
        """Create or delete pods until a Deployment has as many as it wants."""
        members, stage = self.members[service], self.stage
        owner = ("service", service)
        while len(members) < self.wanted[service] and not self.is_awaited(owner):
            members[stage.pods.create(owner, stage.at)] = None
            stage.changed()
        surplus = len(members) - self.wanted[service]
        if surplus > 0:
            for number in sorted(members, key=self._deletion_rank)[:surplus]:
                self.end(number)

    def is_awaited(self, owner: Owner) -> bool:
        """Return whether the next pod of a StatefulSet has to wait until the last one is gone."""
        pods = self.stage.pods
        return pods.count[owner] > 0 and is_named(pods.samples[owner])

    def _deletion_rank(self, number: int) -> tuple[bool, bool, int, int, int, float]:
        """Return what a surplus pod is deleted by: the smallest goes first.

        Ages count by their order of magnitude, and of equals the one with the smaller uid goes:
        which of a Deployment's pods that came together remain is chance.
        """
        pods = self.stage.pods
        life = pods.alive[number]
        node = life.pod.node_name
        on = [pods.alive[other] for other in pods.by_node.get(node, ())] if node else []
        same = sum(other.owner == life.owner and not other.pod.terminating for other in on)
        costs = self.deletion_order.get(node, -1)
        since = life.ready_at if life.is_ready else life.created_at
        magnitude = ((self.stage.at - since) * _NANOSECONDS).bit_length()
        uid = share(self.stage.scenario.seed, "uid", life.incarnation)
        return bool(node), life.is_ready, costs, -same, magnitude, uid

    def started(self, number: int) -> None:
        """Handle a bound pod: it becomes Ready, and a Job pod completes some time."""
        life = self.stage.pods.alive[number]
        stage, token = self.stage, life.incarnation
        start = stage.scenario.durations.pod_start
        if life.pod.volume_claims:
            volumes = stage.pods.volumes_of(life.pod)
            start += self.disks.attach(volumes, life.pod.node_name, stage.at)
        self.stage.after(start, COMING, functools.partial(self._ready, number, token))
        seconds = self._seconds.get(token)
        if seconds is not None:
            done = functools.partial(self._done, number, token)
            self.stage.after(start + seconds, FREEING, done)

    def _ready(self, number: int, token: int) -> None:
        life = self.stage.pods.alive.get(number)
        if life is not None and life.incarnation == token and not life.pod.terminating:
            self.stage.pods.become_ready(number, self.stage.at)
            # Its budget may allow an eviction now, which an autoscaler has to see.
            self.stage.happened |= bool(self.stage.scenario.base.cluster.disruption_budgets)

    def _done(self, number: int, token: int) -> None:
        life = self.stage.pods.alive.get(number)
        if life is not None and life.incarnation == token:
            self._seconds.pop(token, None)
            self.stage.disturbances += 1
            node = life.pod.node_name
            self._remove(number)
            self.stage.changed()
            self.on_left(node)

    def end(self, number: int) -> None:
        """Delete a pod: at once if it has no node, else after its time to stop."""
        stage = self.stage
        life = stage.pods.alive[number]
        kind, position = life.owner
        if kind == "service":
            self.members[position].pop(number, None)
        stage.happened = True
        if not life.pod.node_name:
            stage.pods.remove(number)
            return
        if life.pod.terminating:
            return
        stage.pods.terminate(number)
        scenario, token = stage.scenario, life.incarnation
        seconds = scenario.durations.pod_stop
        if share(scenario.seed, "slow", token) < scenario.faults.slow_stop:
            seconds *= _SLOW
        stage.after(seconds, FREEING, functools.partial(self._gone, number, token))

    def _gone(self, number: int, token: int) -> None:
        life = self.stage.pods.alive.get(number)
        if life is None or life.incarnation != token:
            return
        node = life.pod.node_name
        self._remove(number)
        if is_named(life.pod):
            self._reconcile(life.owner[1])
        self.stage.changed()
        self.on_left(node)

    def _remove(self, number: int, *, lost: bool = False) -> None:
        """Remove a pod that had a node, and detach its volumes."""
        pods = self.stage.pods
        pod = pods.alive[number].pod
        if pod.volume_claims and pod.node_name:
            self.disks.release(pods.volumes_of(pod), pod.node_name, self.stage.at, lost=lost)
        pods.remove(number)

    def evict(self, number: int) -> None:
        """Evict a pod; its controller recreates it."""
        owner = self.stage.pods.alive[number].owner
        self._again(number)
        self.end(number)
        if owner[0] == "service":
            self._reconcile(owner[1])

    def lose(self, number: int, *, with_node: bool = False) -> None:
        """Remove a pod at once, with its node or preempted; its controller recreates it."""
        life = self.stage.pods.alive[number]
        kind, position = life.owner
        self._again(number)
        if kind == "service":
            self.members[position].pop(number, None)
        self._remove(number, lost=with_node)
        if kind == "service":
            self._reconcile(position)

    def _again(self, number: int) -> None:
        """Start a Job pod over, unless it is stopping already."""
        life = self.stage.pods.alive[number]
        if life.owner[0] == "batch" and not life.pod.terminating:
            self._arrive(life.owner[1], self._seconds.pop(life.incarnation, None))
