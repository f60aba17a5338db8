"""Where a policy would rest: the cost that is left, what it takes, or why it is not known."""

from dataclasses import replace

import pytest
from tests.unit.live.objects import M5_XLARGE, node, observed, pod

from kubestow.model.advice import Rest
from kubestow.model.bug import BrokenRunError
from kubestow.model.instance_type import NANO_USD
from kubestow.model.reporter import EnoughError, SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.simulation.invariants import BrokenError
from kubestow.usecases import resting
from kubestow.usecases.advise import AdviseRequest, advise, observed_or, pools_for, with_pools

SEEN = observed(node("a"), node("b"), node("c"), pod("web-0", "a"), pod("web-1", "b"))


def state() -> Snapshot:
    snapshot = SEEN.snapshot
    return with_pools(snapshot, observed_or(pools_for(snapshot)[0], snapshot))


def rest() -> Rest:
    return resting.rest_of(state(), "cluster-autoscaler", SilentReporter())


def test_it_is_what_is_left_when_the_policy_has_no_more_to_do() -> None:
    found = rest()
    assert found.rests
    assert not found.obstacle
    assert found.fleet.nodes == 1, "two pods of 1 cpu fit on one node"
    assert found.fleet.kinds == (("m5.xlarge", "on-demand", 1),)
    assert found.saving / NANO_USD == pytest.approx(2 * M5_XLARGE)
    assert found.evictions == 2, "nodes are looked at in order, and both pods fit on the last"
    assert found.after_seconds >= 600, "what is unneeded goes after ten minutes"


def test_it_goes_on_where_the_first_decision_ends() -> None:
    request = AdviseRequest(observed=SEEN, policies=("cluster-autoscaler",), settles=True)
    found = advise(request, SilentReporter())
    (decision,), (left,) = found.decisions, found.rests
    assert left == rest()
    assert left.saving > decision.saving > 0
    assert not advise(replace(request, settles=False), SilentReporter()).rests


def test_a_node_without_a_price_is_why_it_is_not_known() -> None:
    odd = node("odd")
    odd["metadata"]["labels"]["node.kubernetes.io/instance-type"] = "none.large"
    found = resting.rest_of(observed(node("a"), odd).snapshot, "karpenter", SilentReporter())
    assert found.obstacle == "1 node without a known price"


def test_a_broken_invariant_is_a_bug_of_the_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise BrokenError("seed 0, at 0: wrong")

    monkeypatch.setattr(resting, "settled", breaks)
    with pytest.raises(BrokenRunError, match="cluster-autoscaler: seed 0"):
        rest()


def test_who_has_enough_interrupts() -> None:
    class Impatient(SilentReporter):
        def progress(self, step: str, done: int, total: int) -> None:
            raise EnoughError

    with pytest.raises(KeyboardInterrupt):
        resting.rest_of(state(), "cluster-autoscaler", Impatient())
