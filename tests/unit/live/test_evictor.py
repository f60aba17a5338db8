"""An evictor: several pods at a time, none because of another, and none again too soon."""

import threading
from dataclasses import dataclass, field, replace

import pytest

from kubestow.adapters.kubernetes_api.api_hand import Answer
from kubestow.live.evictor import Evictor, Farewell
from kubestow.live.hourly_count import HourlyCount
from kubestow.live.witness import Deed
from kubestow.model.observed import ObjectIdentity
from kubestow.model.pod import Pod
from kubestow.testing import pod

NODE, AT = "ip-1", 1_000


@dataclass
class Hand:
    """Answers as it is told to; what is asked of it is kept, in order of names."""

    answer: Answer = Answer.DONE
    asked: list[str] = field(default_factory=list)
    together: threading.Barrier | None = None

    def evict(self, name: str, uid: str, grace_seconds: int | None = None) -> Answer:
        if self.together is not None:
            self.together.wait(10)
        self.asked.append(f"evict {name}")
        return self.answer

    def delete_pod(self, name: str, uid: str, grace_seconds: int | None = None) -> Answer:
        self.asked.append(f"delete {name} in {grace_seconds} s")
        return self.answer

    def heard(self) -> list[str]:
        asked, self.asked = sorted(self.asked), []
        return asked


def identity(key: str) -> ObjectIdentity:
    return ObjectIdentity("u", {}, NODE)


def made(hand: Hand, deeds: list[Deed] | None = None) -> Evictor:
    return Evictor(hand, identity, ([] if deeds is None else deeds).append, HourlyCount())


def farewell(name: str, *, force: bool = False, grace_seconds: int | None = None) -> Farewell:
    return Farewell(pod(name).on(NODE), "Empty", force, grace_seconds)


def test_one_that_is_not_answered_keeps_no_other_waiting() -> None:
    hand = Hand(together=threading.Barrier(3))  # each waits for the two others
    evictor = made(hand)
    evictor.send([farewell(name) for name in "abc"], AT, 0.0)
    assert hand.heard() == ["evict default/a", "evict default/b", "evict default/c"]
    assert evictor.evicted.within(AT) == 3


@pytest.mark.parametrize("answer", [Answer.DONE, Answer.REFUSED, Answer.FAILED])
def test_a_pod_is_asked_for_less_and_less_often(answer: Answer) -> None:
    evictor, one = made(Hand(answer)), farewell("a")
    now, waits = 0.0, []
    for _ in range(7):
        assert evictor.is_due(one, now)
        evictor.send([one], AT, now)
        began = now
        while not evictor.is_due(one, now):
            now += 0.25
        waits.append(now - began)
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    evictor.send([one], AT, now)
    assert not evictor.is_due(one, now)
    evictor.forget(["default/b"])
    assert evictor.is_due(one, now)


def test_one_that_is_to_end_by_a_deadline_does_not_wait_for_what_was_refused() -> None:
    hand = Hand(Answer.REFUSED)
    evictor, one = made(hand), farewell("a")
    late = farewell("a", force=True, grace_seconds=7)
    evictor.send([one], AT, 0.0)
    assert (evictor.is_due(one, 0.0), evictor.is_due(late, 0.0)) == (False, True)
    evictor.send([late], AT, 0.0)
    assert hand.heard() == ["delete default/a in 7 s", "evict default/a"]


def test_one_that_is_gone_or_on_another_node_is_not_due() -> None:
    evictor = made(Hand())
    assert not evictor.is_due(replace(farewell("a"), pod=pod("a").on("ip-2")), 0.0)
    evictor.identity = lambda key: None
    assert not evictor.is_due(farewell("a"), 0.0)


def test_what_was_done_is_told_and_counted_but_for_pods_of_daemonsets() -> None:
    deeds: list[Deed] = []
    evictor = made(Hand(), deeds)
    of_node: Pod = replace(pod("agent").on(NODE), daemonset="kube-system/agent")
    evictor.send([farewell("a"), replace(farewell("b"), pod=of_node)], AT, 0.0)
    evictor.hand = Hand(Answer.GONE)
    evictor.send([farewell("c")], AT, 0.0)
    assert sorted((deed.name, deed.reason, deed.result) for deed in deeds) == [
        ("default/a", "Empty", "done"), ("default/agent", "Empty", "done"),
    ]  # fmt: skip
    assert evictor.evicted.within(AT) == 1


def test_what_was_answered_is_kept_where_another_answer_is_a_bug() -> None:
    class Broken(Hand):
        def evict(self, name: str, uid: str, grace_seconds: int | None = None) -> Answer:
            if name == "default/b":
                raise ZeroDivisionError
            return super().evict(name, uid, grace_seconds)

    evictor = made(Broken())
    farewells = [farewell(name) for name in "abc"]
    with pytest.raises(ZeroDivisionError):
        evictor.send(farewells, AT, 0.0)
    assert [evictor.is_due(one, 0.0) for one in farewells] == [False, True, False]
    assert evictor.evicted.within(AT) == 2


def test_what_is_refused_uses_no_limit_up_and_what_is_forced_does_not_wait_for_it() -> None:
    class Choosy(Hand):
        def evict(self, name: str, uid: str, grace_seconds: int | None = None) -> Answer:
            super().evict(name, uid, grace_seconds)
            return Answer.REFUSED if name < "default/x" else Answer.DONE

    evictor = made(hand := Choosy())
    limited = [replace(farewell(name), is_limited=True) for name in "abxyz"]
    held = evictor.send([*limited, farewell("zz")], AT, 0.0, most=3)
    assert hand.heard() == [f"evict default/{name}" for name in ("a", "b", "x", "y", "zz")]
    assert (held, evictor.evicted.within(AT)) == ({NODE}, 3)


def test_a_pod_that_has_come_in_place_of_one_that_is_due_is_not_evicted() -> None:
    evictor, one = made(hand := Hand()), farewell("a")
    assert evictor.is_due(one, 0.0)
    evictor.identity = lambda key: ObjectIdentity("new", {}, "ip-2")
    evictor.send([one], AT, 0.0)
    assert hand.heard() == []
