"""Cloud: EC2 and its instances, from the request to the end of the bill.

Every change of a claim is an event of its lifecycle (kubestow.model.nodeclaim). Launching twice
under one name launches once, as with EC2's client token. Evictions that a budget prevents are
retried; EC2 does not wait when it reclaims a spot instance.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import replace

from kubestow.disruption.interruption import NOTICE_SECONDS
from kubestow.model.decision import Drain, Outcome
from kubestow.model.instance_type import SPOT
from kubestow.model.nodeclaim import Event, NodeClaim, Phase
from kubestow.model.spot_prices import Place
from kubestow.simulation.budgets import PodBudgets
from kubestow.simulation.chance import share
from kubestow.simulation.controllers import Controllers
from kubestow.simulation.market import Market
from kubestow.simulation.stage import COMING, FREEING, Stage

_HALF_HOUR = 1_800
_HOUR = 3_600
_THROTTLED_SECONDS = 30
_RECOMMENDED_SECONDS = (600, 1_200)
"""How long before the interruption notice a rebalance recommendation comes: ten to twenty minutes.

Source: Karpenter's designs/interruption-handling.md; EC2's guide promises no time.
"""


class Cloud:
    """The NodeClaims of a run."""

    def __init__(self, stage: Stage, controllers: Controllers) -> None:
        self.stage, self.controllers = stage, controllers
        self.budgets = PodBudgets(stage.scenario, stage.pods, controllers.wanted)
        self.claims: dict[str, NodeClaim] = {}  # all but those that are gone
        self._gone: dict[str, NodeClaim] = {}
        self.outcomes: list[Outcome] = []
        self.market = Market(stage)
        self.market.on_moved = self._repriced
        daemonsets = stage.scenario.base.cluster.daemonsets
        self._daemonsets = {d.key: i for i, d in enumerate(daemonsets)}
        controllers.on_left = self._left
        self.on_eviction: Callable[[int], None] = lambda number: None  # called before each eviction

    def _chance(self, *names: object) -> float:
        return share(self.stage.scenario.seed, *names)

    def _claim(self, name: str) -> NodeClaim:
        present = self.claims.get(name)
        return self._gone[name] if present is None else present

    def _keep(self, claim: NodeClaim) -> None:
        """Store the new state of a claim."""
        if claim.phase is Phase.GONE:
            del self.claims[claim.name]
            self._gone[claim.name] = claim
        else:
            self.claims[claim.name] = claim

    def launch(self, claim: NodeClaim) -> None:
        """Request an instance from EC2."""
        if claim.name in self.claims or claim.name in self._gone:
            return
        scenario = self.stage.scenario
        self._keep(replace(claim, created_at=self.stage.at, phase=Phase.LAUNCHING))
        seconds = scenario.durations.request
        if self._chance("throttled", claim.name) < scenario.faults.throttled:
            seconds += _THROTTLED_SECONDS
        self.stage.after(seconds, COMING, functools.partial(self._answered, claim.name))

    def _lacks(self, claim: NodeClaim) -> bool:
        """Tell whether EC2 has no capacity of an offering now."""
        faults = self.stage.scenario.faults
        rate = faults.insufficient if claim.capacity_type == SPOT else faults.insufficient_on_demand
        return self._chance("capacity", claim.offering, self.stage.at // _HALF_HOUR) < rate

    def _answered(self, name: str) -> None:
        """EC2 responds: with an instance, or with insufficient capacity."""
        claim, stage = self._claim(name), self.stage
        if claim.phase is not Phase.LAUNCHING:
            return
        faults = stage.scenario.faults
        if self._lacks(claim):
            self._keep(claim.after(Event.INSUFFICIENT_CAPACITY, stage.at))
            self.outcomes.append(Outcome(name, Event.INSUFFICIENT_CAPACITY, claim.offering))
            stage.ledger.nodes_failed += 1
            stage.happened = True
            stage.disturbances += 1
            return
        price = self.market.price(claim)
        claim = replace(claim.after(Event.LAUNCHED, stage.at), nano_usd_per_hour=price)
        self._keep(claim)
        stage.ledger.launch(name, price, stage.at)
        if self._chance("registers", name) >= faults.unregistered:
            seconds = stage.scenario.durations.register
            stage.after(seconds, COMING, functools.partial(self._registered, name))
        else:
            stage.happened = True  # its registration timeout starts
        if claim.capacity_type == SPOT and faults.interruptions_per_hour:
            seconds = self._wait("interruption", name, faults.interruptions_per_hour)
            stage.after(seconds, FREEING, functools.partial(self._noticed, name))
            if self._chance("recommended", name) < faults.recommended:
                least, most = _RECOMMENDED_SECONDS
                seconds -= round(least + (most - least) * self._chance("recommended for", name))
                if seconds > 0:  # otherwise the notice would come first
                    stage.after(seconds, FREEING, functools.partial(self._recommended, name))
        if claim.capacity_type == SPOT and faults.recommended_for_nothing:
            seconds = self._wait("for nothing", name, faults.recommended_for_nothing)
            stage.after(seconds, FREEING, functools.partial(self._recommended, name))

    def _wait(self, what: str, name: str, an_hour: float) -> int:
        """Return the seconds until an event with this hourly rate hits a node."""
        return round(-math.log(max(self._chance(what, name), 1e-9)) / an_hour * _HOUR)

    def _recommended(self, name: str) -> None:
        """EC2 recommends replacing a spot instance that it may reclaim."""
        claim, stage = self._claim(name), self.stage
        if claim.phase is not Phase.GONE and claim.notice_at is None:
            self._keep(replace(claim, rebalance_at=claim.rebalance_at or stage.at))
            stage.happened = True
            stage.disturbances += 1

    def _repriced(self, moved: dict[Place, int]) -> None:
        """Apply new spot prices to the nodes of these offerings."""
        stage = self.stage
        for name, (_, before) in list(stage.ledger.open.items()):
            claim = self._claim(name)
            price = self.market.price(claim)
            if price != before and (claim.instance_type, claim.zone) in moved:
                self._keep(replace(claim, nano_usd_per_hour=price))
                stage.ledger.reprice(name, price, stage.at)
                stage.happened = True

    def _registered(self, name: str) -> None:
        claim = self._claim(name)
        if claim.phase is Phase.LAUNCHED:
            self._keep(claim.after(Event.REGISTERED, self.stage.at))
            seconds = self.stage.scenario.durations.ready
            self.stage.after(seconds, COMING, functools.partial(self._joined, name))

    def _joined(self, name: str) -> None:
        """A node becomes Ready: its DaemonSet pods are bound, and others may follow."""
        claim, stage = self._claim(name), self.stage
        if claim.phase is not Phase.REGISTERED:
            return
        self._keep(claim.after(Event.INITIALIZED, stage.at))
        stage.pods.join(claim.node)
        for pod in claim.daemonset_pods:
            number = stage.pods.create(("daemonset", self._daemonsets[pod.daemonset]), stage.at)
            stage.pods.become_ready(number)
            stage.pods.bind(number, name, stage.at)
        stage.changed()

    def _noticed(self, name: str) -> None:
        """EC2 sends the interruption notice of a spot instance."""
        claim, stage = self._claim(name), self.stage
        if claim.phase is Phase.GONE:
            return
        self._keep(replace(claim, notice_at=stage.at + NOTICE_SECONDS))
        stage.ledger.interruptions += 1
        stage.disturbances += 1
        stage.happened = True
        stage.after(NOTICE_SECONDS, FREEING, functools.partial(self._reclaimed, name))

    def _reclaimed(self, name: str) -> None:
        """EC2 reclaims a spot instance with the pods on it."""
        if self._claim(name).phase is not Phase.GONE:
            self._remove(name, Event.RECLAIMED)

    def cordon(self, name: str, reason: str) -> None:
        """Cordon a node, and record the reason."""
        if name in self.stage.pods.nodes:
            self.stage.pods.cordon(name, on=True)
            if self._claim(name).phase is Phase.READY:
                self._keep(replace(self._claim(name), reason=reason))

    def uncordon(self, name: str) -> None:
        """Uncordon a node that stays."""
        claim = self.claims.get(name)
        if claim is not None and claim.phase is Phase.READY:
            self.stage.pods.cordon(name, on=False)
            self._keep(replace(claim, reason=""))
            self.stage.dirty = True

    def drain(self, action: Drain) -> None:
        """Start draining a node, or cancel one that has not joined yet."""
        claim = self.claims.get(action.node)
        if claim is None or claim.phase in (Phase.GONE, Phase.DRAINING):
            return
        if claim.is_coming:
            self._cancel(claim)
            return
        claim = replace(claim.after(Event.DRAIN, self.stage.at), reason=action.reason)
        self._keep(claim)
        self.stage.pods.cordon(claim.name, on=True)
        self._evict(claim.name, force=action.force)

    def _cancel(self, claim: NodeClaim) -> None:
        billed, at = claim.name in self.stage.ledger.open, self.stage.at
        ended = claim.after(Event.DRAIN, at)
        if ended.phase is Phase.DRAINING:
            ended = ended.after(Event.DRAINED, at)
        self._keep(ended)
        if billed:
            self.stage.ledger.end(claim.name, at)
        self.stage.happened = True

    def _evict(self, name: str, *, force: bool) -> None:
        """Evict the pods that the budgets allow; retry the rest later."""
        if self._claim(name).phase is not Phase.DRAINING:
            return
        pods, refused = self.stage.pods, False
        for number in list(pods.by_node[name]):
            life = pods.alive[number]
            if life.owner[0] == "daemonset" or life.pod.terminating:
                continue
            if not force and not self.budgets.lets_go(number):
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
        """Terminate a draining node that has only DaemonSet pods left."""
        claim = self.claims.get(node)
        if claim is None or claim.phase is not Phase.DRAINING:
            return
        pods = self.stage.pods
        if all(pods.alive[n].owner[0] == "daemonset" for n in pods.by_node[node]):
            self._remove(node, Event.DRAINED)

    def _remove(self, name: str, event: Event) -> None:
        """Remove a node; the pods still on it are lost and recreated."""
        stage = self.stage
        self._keep(self._claim(name).after(event, stage.at))
        stage.ledger.end(name, stage.at)
        for number in list(stage.pods.by_node.get(name, ())):
            life = stage.pods.alive[number]
            lost = life.owner[0] != "daemonset" and not life.pod.terminating
            stage.ledger.killed += lost
            self.controllers.lose(number)
        if name in stage.pods.nodes:
            stage.pods.leave(name)
        stage.changed()
