"""What an arriving pod finds: nodes with what is bound to them."""

from dataclasses import replace

from kubestow.model.snapshot import Cluster
from kubestow.testing import affinity_term, node, pod, quantities
from kubestow.verify.arrival_state import build_state, claims_proper


def test_what_is_left_of_a_node_may_be_less_than_nothing() -> None:
    bound = pod("p", cpu="3", node="n1")
    state = build_state(Cluster(nodes=(node("n1", cpu="2", memory="1Gi", pods=1),), pods=(bound,)))
    (site,) = state.sites
    left = (
        dict(quantities(cpu="2", memory="1Gi"))["memory"] - dict(bound.template.requests)["memory"]
    )
    assert (site.free["cpu"], site.free["memory"], site.slots) == (-1000, left, 0)


def test_equal_pods_are_one_crowd_and_the_terminating_are_not_among_the_living() -> None:
    one = pod("p", labels={"app": "a"}, node="n1")
    pods = (one, replace(one, name="q", terminating=True), replace(one, name="r", node_name="n2"))
    state = build_state(Cluster(nodes=(node("n1"), node("n2")), pods=pods))
    (crowd,) = state.crowds
    assert crowd.living == {0: 1, 1: 1}
    assert list(crowd.sites) == [0, 1]


def test_terms_that_repel_are_gathered_with_the_domains_of_their_pods() -> None:
    term = affinity_term("zone", app="a")
    placed = node("n1", labels={"zone": "z"})
    pods = tuple(pod(f"p{n}", node=f"n{n}", anti_affinity=(term,)) for n in (1, 2))
    state = build_state(Cluster(nodes=(placed, node("n2")), pods=pods))
    assert dict(state.repelled) == {(term, "default"): {("zone", "z")}}


def test_claims_of_ephemeral_volumes_are_not_the_pods_own() -> None:
    mixed = replace(pod("p", claims=("c", "p-tmp")), ephemeral_claims=("p-tmp",))
    assert claims_proper(mixed) == ("c",)
