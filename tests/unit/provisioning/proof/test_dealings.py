"""Dealings: the rows that every legal dealing keeps."""

import itertools

import pytest

from kubestow import engine
from kubestow.model import labels as names
from kubestow.model.pod import Pod
from kubestow.provisioning.dealing import deal
from kubestow.provisioning.demand import Demand
from kubestow.provisioning.preparation.prepared_snapshot import prepare
from kubestow.provisioning.proof.dealings import Dealings, dealings_of
from kubestow.testing import affinity_term, nodepool, replicas, snapshot, spread


def dealings(*pods: Pod) -> Dealings:
    state = snapshot(pods, nodepools=(nodepool(),))
    prepared = prepare(state, engine.pools_of(state))
    cells, _ = deal(prepared, Demand(prepared))
    assert cells is not None
    return dealings_of(prepared, cells, {c.index: c.demand for c in prepared.pod_classes})


def allowed(found: Dealings, counts: tuple[int, ...]) -> bool:
    """Return whether counts, one for each share, keep every row."""
    return all(
        row.low <= sum(f * counts[s] for s, f in zip(row.shares, row.factors, strict=True))
        <= row.high
        for row in found.rows
    )  # fmt: skip


def counts_of(found: Dealings, total: int) -> set[tuple[int, ...]]:
    every = itertools.product(range(total + 1), repeat=len(found.shares))
    return {counts for counts in every if sum(counts) == total and allowed(found, counts)}


@pytest.mark.parametrize("skew", [1, 2])
def test_spread_pods_are_dealt_within_max_skew(skew: int) -> None:
    web = {"app": "web"}
    pods = replicas(5, "web", labels=web, spread=(spread(names.ZONE, skew, **web),))
    found = dealings(*pods)
    assert counts_of(found, 5) == {
        counts
        for counts in itertools.product(range(6), repeat=3)
        if sum(counts) == 5 and max(counts) - min(counts) <= skew
    }


def test_pods_apart_by_zone_are_alone_in_theirs() -> None:
    db = {"app": "db"}
    pods = replicas(2, "db", labels=db, anti_affinity=(affinity_term(names.ZONE, **db),))
    assert counts_of(dealings(*pods), 2) == {(1, 1, 0), (1, 0, 1), (0, 1, 1)}


def test_pods_follow_those_that_they_have_an_affinity_to() -> None:
    web = {"app": "web"}
    pods = (
        *replicas(1, "web", labels=web, spread=(spread(names.ZONE, **web),)),
        *replicas(2, "side", affinity=(affinity_term(names.ZONE, **web),)),
    )
    found = dealings(*pods)
    legal = {
        counts
        for counts in itertools.product(range(3), repeat=len(found.shares))
        if allowed(found, counts)
    }
    first, second = [[i for i, (c, _) in enumerate(found.shares) if c == k] for k in (0, 1)]
    for counts in legal:
        if sum(counts[i] for i in first) == 1:
            homes = [n for n, i in enumerate(first) if counts[i]]
            assert all(n in homes for n, i in enumerate(second) if counts[i])
    assert any(sum(counts[i] for i in second) == 2 for counts in legal)


def test_services_that_share_a_selector_in_part_bind_nothing() -> None:
    both = {"team": "x"}
    pods = (
        *replicas(3, "one", labels=both, spread=(spread(names.ZONE, **both),)),
        *replicas(3, "two", labels=both),
    )
    assert not dealings(*pods).rows  # the second may go anywhere, after the first
