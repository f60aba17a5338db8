"""Nodes that have lived as long as their NodePool lets them."""

from kubestow.disruption.expiration import expired, expires_at
from kubestow.model.nodeclaim import Phase
from kubestow.model.nodepool import Disruption, NodeBudget
from kubestow.testing import nodeclaim, nodepool

POOLS = {"pool": nodepool(disruption=Disruption(expire_after=100))}


def test_a_nodes_time_is_counted_from_its_request_and_is_over_to_the_second() -> None:
    claim = nodeclaim("n", created_at=50, ready_at=90)
    assert expires_at(claim, POOLS) == 150
    assert not list(expired([claim], POOLS, 149))
    assert list(expired([claim], POOLS, 150)) == [claim]


def test_a_node_of_a_pool_that_never_expires_or_that_is_not_known_has_no_end() -> None:
    never = {"pool": nodepool()}
    claims = [nodeclaim("a"), nodeclaim("b", nodepool="other")]
    assert [expires_at(claim, never) for claim in claims] == [None, None]
    assert not list(expired(claims, never, 10**9))


def test_no_budget_holds_an_expired_node() -> None:
    strict = {"pool": nodepool(disruption=Disruption(expire_after=1, budgets=(NodeBudget(0),)))}
    claims = [nodeclaim("a"), nodeclaim("b")]
    assert list(expired(claims, strict, 1)) == claims


def test_a_node_that_is_coming_expires_and_one_that_is_going_does_not_again() -> None:
    claims = [
        nodeclaim("coming", phase=Phase.LAUNCHED),
        nodeclaim("going", phase=Phase.DRAINING),
        nodeclaim("noticed", notice_at=300),
    ]
    assert [claim.name for claim in expired(claims, POOLS, 200)] == ["coming"]
