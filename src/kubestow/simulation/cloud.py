"""Cloud: EC2 and its instances, from the request to the end of the bill.

Every change of a claim is an event of its lifecycle (kubestow.model.nodeclaim). Two requests under
one name are one request, as with EC2's client token. Evictions that a budget refuses are retried;
EC2 does not wait for them when it takes a spot instance back.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import replace

from kubestow.disruption.interruption import NOTICE_SECONDS
from kubestow.disruption.protection import KUBESTOW
from kubestow.model.decision import Drain, Outcome
from kubestow.model.instance_type import SPOT
from kubestow.model.node import Node
from kubestow.model.nodeclaim import Event, NodeClaim, Phase
from kubestow.model.spot_prices import Place
from kubestow.simulation.budgets import PodBudgets
from kubestow.simulation.chance import share
from kubestow.simulation.controllers import Controllers
from kubestow.simulation.market import Market
from kubestow.simulation.stage import COMING, FREEING, Stage

NOT_HELD, REFUSED = "the node is not held", "a filter refuses the pod now"
CONFLICT, NOT_FOUND = "409: the pod is bound", "404: the pod is gone"
_HALF_HOUR = 1_800
_HOUR = 3_600
_THROTTLED_SECONDS = 30
_RECOMMENDED_SECONDS = (600, 1_200)
"""How long before its notice a rebalance recommendation comes: ten to twenty minutes.

Source: Karpenter's designs/interruption-handling.md; EC2's own guide promises no time.
"""


class Cloud:
    """The NodeClaims of a run."""

    def __init__(self, stage: Stage, controllers: Controllers) -> None:
        self.stage, self.controllers = stage, controllers
        self.budgets = PodBudgets(stage.scenario, stage.pods, controllers.wanted)
        self.claims: dict[str, NodeClaim] = {}  # without those that are gone
        self._gone: dict[str, NodeClaim] = {}
        self.outcomes: list[Outcome] = []
        self.market = Market(stage)
        self.market.on_moved = self._repriced
        daemonsets = stage.scenario.base.cluster.daemonsets
        self._daemonsets = {d.key: i for i, d in enumerate(daemonsets)}
        controllers.on_left = self._left
        self.on_eviction: Callable[[int], None] = lambda number: None  # called before it happens
        self.heeds = KUBESTOW  # the annotations of pods that drains heed

    def _chance(self, *names: object) -> float:
        return share(self.stage.scenario.seed, *names)

    def _claim(self, name: str) -> NodeClaim:
        claim = self.claims.get(name)
        return self._gone[name] if claim is None else claim

    def _update(self, claim: NodeClaim) -> None:
        """Store a claim after an event."""
        if claim.phase is Phase.GONE:
            del self.claims[claim.name]
            self._gone[claim.name] = claim
        else:
            self.claims[claim.name] = claim

    def adopt(self, claim: NodeClaim) -> None:
        """Take over a node that is there at the start: it is billed from now on."""
        self._update(replace(claim, created_at=self.stage.at))
        self.stage.ledger.launch(claim.name, claim.nano_usd_per_hour, self.stage.at)
        self._join(claim, claim.node)

    def launch(self, claim: NodeClaim) -> None:
        """Ask EC2 for a node."""
        if claim.name in self.claims or claim.name in self._gone:
            return
        scenario = self.stage.scenario
        self._update(replace(claim, created_at=self.stage.at, phase=Phase.LAUNCHING))
        seconds = scenario.durations.request
        if self._chance("throttled", claim.name) < scenario.faults.throttled:
            seconds += _THROTTLED_SECONDS
        self.stage.after(seconds, COMING, functools.partial(self._answered, claim.name))

    def _lacks(self, claim: NodeClaim) -> bool:
        """Return whether EC2 has no capacity of an offering now."""
        faults = self.stage.scenario.faults
        rate = faults.insufficient if claim.capacity_type == SPOT else faults.insufficient_on_demand
        return self._chance("capacity", claim.offering, self.stage.at // _HALF_HOUR) < rate

    def _answered(self, name: str) -> None:
        """Handle EC2's answer: an instance, or insufficient capacity."""
        claim, stage = self._claim(name), self.stage
        if claim.phase is not Phase.LAUNCHING:
            return
        faults = stage.scenario.faults
        if self._lacks(claim):
            self._update(claim.after(Event.INSUFFICIENT_CAPACITY, stage.at))
            self.outcomes.append(Outcome(name, Event.INSUFFICIENT_CAPACITY, claim.offering))
            stage.ledger.nodes_failed += 1
            stage.happened = True
            stage.disturbances += 1
            return
        price = self.market.price(claim)
        claim = replace(claim.after(Event.LAUNCHED, stage.at), nano_usd_per_hour=price)
        self._update(claim)
        stage.ledger.launch(name, price, stage.at)
        if self._chance("registers", name) >= faults.unregistered:
            seconds = stage.scenario.durations.register
            stage.after(seconds, COMING, functools.partial(self._registered, name))
        else:
            stage.happened = True  # the time it has to register begins
        if claim.capacity_type == SPOT and faults.interruptions_per_hour:
            seconds = self._wait("interruption", name, faults.interruptions_per_hour)
            stage.after(seconds, FREEING, functools.partial(self._noticed, name))
            if self._chance("recommended", name) < faults.recommended:
                low, high = _RECOMMENDED_SECONDS
                seconds -= round(low + (high - low) * self._chance("recommended for", name))
                if seconds > 0:  # else it would come with the notice, which says more
                    stage.after(seconds, FREEING, functools.partial(self._recommended, name))
        if claim.capacity_type == SPOT and faults.recommended_for_nothing:
            seconds = self._wait("for nothing", name, faults.recommended_for_nothing)
            stage.after(seconds, FREEING, functools.partial(self._recommended, name))

    def _wait(self, what: str, name: str, an_hour: float) -> int:
        """Return the seconds until an event of a given hourly rate happens to a node."""
        return round(-math.log(max(self._chance(what, name), 1e-9)) / an_hour * _HOUR)

    def _recommended(self, name: str) -> None:
        """Handle a rebalance recommendation for a spot instance."""
        claim, stage = self._claim(name), self.stage
        if claim.phase is not Phase.GONE and claim.notice_at is None:
            self._update(replace(claim, rebalance_at=claim.rebalance_at or stage.at))
            stage.happened = True
            stage.disturbances += 1

    def _repriced(self, moved: dict[Place, int]) -> None:
        """Handle changed spot prices: running nodes cost that from now on."""
        stage = self.stage
        for name, bill in list(stage.ledger.open.items()):
            claim = self._claim(name)
            price = self.market.price(claim)
            if price != bill.nano_usd_per_hour and (claim.instance_type, claim.zone) in moved:
                self._update(replace(claim, nano_usd_per_hour=price))
                stage.ledger.reprice(name, price, stage.at)
                stage.happened = True

    def _registered(self, name: str) -> None:
        claim = self._claim(name)
        if claim.phase is Phase.LAUNCHED:
            self._update(claim.after(Event.REGISTERED, self.stage.at))
            seconds = self.stage.scenario.durations.ready
            self.stage.after(seconds, COMING, functools.partial(self._joined, name))

    def _joined(self, name: str) -> None:
        """Handle a node that is Ready: its DaemonSet pods are on it, and others may come.

        One that is held is cordoned, which DaemonSets' pods tolerate.
        """
        claim, stage = self._claim(name), self.stage
        if claim.phase is not Phase.REGISTERED:
            return
        event = Event.HELD if claim.holds else Event.INITIALIZED
        self._update(claim.after(event, stage.at))
        self._join(claim, replace(claim.node, unschedulable=claim.holds))

    def _join(self, claim: NodeClaim, node: Node) -> None:
        stage = self.stage
        stage.pods.join(node)
        for pod in claim.daemonset_pods:
            number = stage.pods.create(("daemonset", self._daemonsets[pod.daemonset]), stage.at)
            stage.pods.become_ready(number, stage.at)
            stage.pods.bind(number, node.name, stage.at)
        stage.changed()

    def _noticed(self, name: str) -> None:
        """Handle the interruption notice of a spot instance."""
        claim, stage = self._claim(name), self.stage
        if claim.phase is Phase.GONE:
            return
        self._update(replace(claim, notice_at=stage.at + NOTICE_SECONDS))
        stage.ledger.interruptions += 1
        stage.disturbances += 1
        stage.happened = True
        stage.after(NOTICE_SECONDS, FREEING, functools.partial(self._reclaimed, name))

    def _reclaimed(self, name: str) -> None:
        """Handle a spot instance that EC2 takes back, with whatever runs on it."""
        if self._claim(name).phase is not Phase.GONE:
            self._remove(name, Event.RECLAIMED)

    def cordon(self, name: str, reason: str) -> None:
        """Keep new pods off a node, and note the reason."""
        if name in self.stage.pods.nodes:
            self.stage.pods.cordon(name, on=True)
            if self._claim(name).phase is Phase.READY:
                self._update(replace(self._claim(name), reason=reason))

    def uncordon(self, name: str) -> None:
        """Let new pods come to a node again."""
        claim = self.claims.get(name)
        if claim is not None and claim.phase is Phase.READY:
            self.stage.pods.cordon(name, on=False)
            self._update(replace(claim, reason=""))
            self.stage.dirty = True

    def open(self, name: str) -> None:
        """Let the scheduler use a held node."""
        claim = self.claims.get(name)
        if claim is not None and claim.phase is Phase.HELD:
            self._update(claim.after(Event.OPENED, self.stage.at))
            self.stage.pods.cordon(name, on=False)
            self.stage.changed()

    def land(self, pod: str, node: str) -> int | str:
        """Bind a waiting pod to a held node; return its number, or why it was not bound.

        The API server looks at neither taints nor room, so the filters are asked first.
        """
        claim, pods = self.claims.get(node), self.stage.pods
        if claim is None or claim.phase is not Phase.HELD:
            return NOT_HELD
        number = pods.waiting(pod)
        if number is None:
            return CONFLICT if pods.is_alive(pod) else NOT_FOUND
        if not pods.can_land(number, node):
            return REFUSED
        pods.land(number, node, self.stage.at)
        self.stage.changed()
        return number

    def drain(self, action: Drain) -> None:
        """Start to drain a node, or cancel one that is not there yet."""
        claim = self.claims.get(action.node)
        if claim is None or claim.phase in (Phase.GONE, Phase.DRAINING):
            return
        if claim.is_coming:
            self._cancel(claim)
            return
        claim = replace(claim.after(Event.DRAIN, self.stage.at), reason=action.reason)
        self._update(claim)
        self.stage.pods.cordon(claim.name, on=True)
        self._evict(claim.name, force=action.force)

    def _cancel(self, claim: NodeClaim) -> None:
        billed, at = claim.name in self.stage.ledger.open, self.stage.at
        ended = claim.after(Event.DRAIN, at)
        if ended.phase is Phase.DRAINING:
            ended = ended.after(Event.DRAINED, at)
        self._update(ended)
        if billed:
            self.stage.ledger.end(claim.name, at)
        self.stage.happened = True

    def _evict(self, name: str, *, force: bool) -> None:
        """Evict the pods that nothing protects and their budgets let go; retry the rest."""
        claim = self._claim(name)
        if claim.phase is not Phase.DRAINING:
            return
        pods, refused = self.stage.pods, False
        for number in list(pods.by_node[name]):
            life = pods.alive[number]
            if life.owner[0] == "daemonset" or life.pod.terminating:
                continue
            stays = self.heeds.stays(life.pod, claim.reason, self.stage.at)
            if not force and (stays or not self.budgets.lets_go(number)):
                refused = True
                continue
            if not force:
                self.on_eviction(number)
            self.stage.ledger.evictions += 1
            self.controllers.evict(number)
        if refused:
            retry = self.stage.scenario.durations.eviction_retry
            again = functools.partial(self._evict, name, force=force)
            self.stage.after(retry, FREEING, again)
        self._left(name)

    def _left(self, node: str) -> None:
        """Terminate a draining node that runs only DaemonSet pods, once its volumes are free."""
        claim, stage = self.claims.get(node), self.stage
        if claim is None or claim.phase is not Phase.DRAINING:
            return
        pods = stage.pods
        if any(pods.alive[n].owner[0] != "daemonset" for n in pods.by_node[node]):
            return
        detached_at = self.controllers.disks.detached_at(node)
        if detached_at > stage.at:
            stage.later(detached_at, FREEING, functools.partial(self._left, node))
            return
        self._remove(node, Event.DRAINED)

    def _remove(self, name: str, event: Event) -> None:
        """Remove a node; pods still on it are lost, and their controllers recreate them."""
        stage = self.stage
        self._update(self._claim(name).after(event, stage.at))
        stage.ledger.end(name, stage.at)
        for number in list(stage.pods.by_node.get(name, ())):
            life = stage.pods.alive[number]
            lost = life.owner[0] != "daemonset" and not life.pod.terminating
            stage.ledger.killed += lost
            self.controllers.lose(number, with_node=event is Event.RECLAIMED)
        if name in stage.pods.nodes:
            stage.pods.leave(name)
        stage.changed()
