"""What was put off does not hold back what comes after it."""

from kubestow.disruption.candidate import candidates
from kubestow.model.decision import PROVISIONING, Drain, Launch
from kubestow.model.memory import Memory, PutOff
from kubestow.policies.hindrances import Hindrances
from kubestow.testing import nodeclaim, nodepool, observed, pod

AT = 1_000
PUT_OFF = (PutOff("Drifted", "a", AT), PutOff(PROVISIONING, "default/w", AT))


def found(*items: PutOff, at: int = AT) -> Hindrances:
    return Hindrances.of(Memory(put_off=items), at)


def test_launches_for_pods_that_wait_in_vain_and_drains_that_were_held_are_not_under_way() -> None:
    launch, other = (Launch(nodeclaim(name), PROVISIONING) for name in ("new", "other"))
    drains = (Drain("a", "Drifted"), Drain("a", "Expired"))
    planned = {"default/w": "new", "default/v": "other"}
    hindered = found(*PUT_OFF)
    there = hindered.promising(planned, drains, [])
    assert there == {"default/v": "other"}
    assert hindered.under_way((*drains, launch, other), planned, there) == (drains[1], other)
    shared = {"default/w": "new", "default/v": "new"}
    there = hindered.promising(shared, drains, [])
    assert hindered.under_way((launch,), shared, there) == (launch,), "another pod waits for it"
    assert found().promising(planned, drains, []) == planned
    assert found().under_way((launch, *drains), planned, planned) == (launch, *drains)


def test_pods_on_a_node_that_stays_do_not_get_to_where_they_are_planned() -> None:
    pods = [pod("v", node="a"), pod("u", node="b")]
    planned = {"default/v": "c", "default/u": "c"}
    assert found(*PUT_OFF).promising(planned, [Drain("a", "Drifted")], pods) == {"default/u": "c"}
    assert found(*PUT_OFF).promising(planned, [Drain("a", "Expired")], pods) == planned


def test_after_a_node_that_was_put_off_its_reason_rests_for_a_minute() -> None:
    assert found(*PUT_OFF, at=AT + 59).rests("Drifted")
    assert not found(*PUT_OFF, at=AT + 60).rests("Drifted")
    assert not found(*PUT_OFF).rests("Rebalanced")


def test_pods_that_wait_in_vain_are_left_out_and_so_are_nodes_that_stay() -> None:
    state = observed([nodeclaim("a"), nodeclaim("b"), nodeclaim("c")], [pod("w"), pod("v")])
    hindered = found(*PUT_OFF)
    assert [item.name for item in hindered.placed(state).cluster.pods] == ["v"]
    assert found().placed(state) is state
    nodes = candidates(state, {"pool": nodepool()})
    assert [c.name for c in hindered.free(nodes, "Drifted", ("b",)).able] == ["c"]
    assert [c.name for c in hindered.free(nodes, "Empty").able] == ["a", "b", "c"]
    assert found().free(nodes, "Drifted") is nodes
