"""Kinds of pods, and that those of the last clusters are given again only where they are right."""

from dataclasses import replace

import pytest

from kubestow.model.pod import Pod, Preferences
from kubestow.model.snapshot import Cluster, Service
from kubestow.scheduling.pod_kinds import PodKindsCache, sort_pods
from kubestow.testing import pod

PODS = (
    pod("a-1", labels={"app": "a"}),
    pod("b-1", labels={"app": "b"}),
    pod("a-2", labels={"app": "a"}, node="n0"),
)
WEB = Service("default", (("app", "a"),))


def apps(*names: str) -> tuple[Pod, ...]:
    return tuple(pod(f"{name}-{n}", labels={"app": name}) for n, name in enumerate(names))


def test_pods_that_differ_in_labels_nothing_looks_at_are_of_one_kind() -> None:
    assert sort_pods(Cluster(pods=PODS)).kind_of == [0, 0, 0]


def test_kinds_are_told_apart_by_what_the_services_of_the_same_cluster_select() -> None:
    kinds = PodKindsCache()
    alone = Cluster(pods=PODS)
    served = replace(alone, services=(WEB,))
    for _ in range(2):  # the second time they are known
        assert kinds.of(alone).kind_of == [0, 0, 0]
        assert kinds.of(served).kind_of == [0, 1, 0]


def test_the_same_workloads_in_another_order_have_kinds_of_their_own() -> None:
    kinds = PodKindsCache()
    served = Cluster(pods=apps("a", "b", "b"), services=(WEB,))
    turned = replace(served, pods=apps("b", "b", "a"))
    for _ in range(2):
        assert kinds.of(served).kind_of == [0, 1, 1]
        assert kinds.of(turned).kind_of == [0, 0, 1]
        assert [kind.default_selector is None for kind in kinds.of(turned).kinds] == [True, False]


def test_a_namespace_with_other_labels_is_looked_at_anew() -> None:
    kinds = PodKindsCache()
    first = Cluster(pods=PODS, namespaces={"default": (("team", "x"),)})
    again = replace(first, namespaces={"default": (("team", "y"),)})
    assert kinds.of(first).selection is not kinds.of(again).selection
    assert kinds.of(first).selection is kinds.of(replace(first, pods=PODS[:2])).selection


def test_what_is_known_is_not_changed_by_who_adds_pods_of_their_own() -> None:
    kinds = PodKindsCache()
    cluster = Cluster(pods=PODS)
    kinds.of(cluster).kind_of.append(7)
    assert kinds.of(cluster).kind_of == [0, 0, 0]


@pytest.mark.parametrize("claims", [(), ("data",)])
def test_pods_with_ephemeral_volumes_are_each_of_a_kind_of_its_own(claims: tuple[str, ...]) -> None:
    kinds = PodKindsCache()
    twins = tuple(replace(p, ephemeral_claims=claims) for p in apps("a", "a"))
    expected = [0, 1] if claims else [0, 0]
    for _ in range(2):
        assert kinds.of(Cluster(pods=twins)).kind_of == expected


def test_another_cache_knows_nothing_of_the_kinds_of_the_first() -> None:
    cluster = Cluster(pods=PODS)
    assert PodKindsCache().of(cluster).selection is not PodKindsCache().of(cluster).selection


def test_requests_beyond_any_machine_are_scored_as_the_largest_amount() -> None:
    immense = (2**64, 2**65)
    preferences = Preferences(defaulted=immense, defaulted_bound=immense)
    sorting = sort_pods(Cluster(pods=(pod("a", preferences=preferences),)))
    assert sorting.scored.tolist() == sorting.held.tolist() == [[2**53, 2**53]]
