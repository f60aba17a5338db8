"""The search for the smallest set of changes: what it tries, and what it counts."""

from kubestow import engine
from kubestow.explanation.search import PodInQuestion, RemedySearch, SearchResult, place
from kubestow.model import explanation as kinds
from kubestow.model.explanation import Remedy
from kubestow.model.pod import HostPort
from kubestow.model.reporter import SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import Taint
from kubestow.testing import daemonset, node, pod, replicas, snapshot

BATCH = Taint("team", "batch", "NoSchedule")


def search(given: Snapshot, *siblings: int) -> SearchResult:
    case = PodInQuestion(given, engine.plan(given), 0, siblings or (0,))
    assert case.key == given.cluster.pods[0].key
    return RemedySearch(case, SilentReporter()).run()


def kinds_of(remedies: tuple[Remedy, ...]) -> list[tuple[str, ...]]:
    return [tuple(change.kind for change in remedy.changes) for remedy in remedies]


def test_larger_sets_are_not_tried_where_one_change_is_enough() -> None:
    given = snapshot(
        [pod("a", "3", node_selector=(("team", "batch"),))],
        nodes=(node("n", taints=[BATCH], labels={"team": "batch"}),),
    )
    result = search(given)
    trials = result.trials
    assert kinds_of(result.remedies) == [(kinds.TOLERATE_TAINT,), (kinds.DROP_NODE_SELECTOR,)]
    assert (trials.size_max, trials.complete) == (1, True)
    assert trials.combinations >= trials.plans >= 2


def test_remedies_are_sorted_by_what_they_cost() -> None:
    given = snapshot(
        [pod("a", "3", node_selector=(("team", "batch"),))],
        nodes=(node("n", taints=[BATCH], labels={"team": "batch"}),),
    )
    costs = [remedy.extra_nano_usd_per_hour for remedy in search(given).remedies]
    assert costs == [0, 170_000_000]


def test_two_changes_are_tried_where_one_is_not_enough() -> None:
    given = snapshot([pod("a", "20", node_selector=(("team", "batch"),))])
    result = search(given)
    trials = result.trials
    assert kinds_of(result.remedies) == [(kinds.LOWER_REQUEST, kinds.DROP_NODE_SELECTOR)]
    assert trials.size_max == 2


def test_a_host_port_that_a_daemonset_has_on_every_node_is_given_up() -> None:
    ports = (HostPort("0.0.0.0", "TCP", 8080),)
    agent = daemonset("proxy", host_ports=ports)
    (remedy,) = search(snapshot([pod("a", host_ports=ports)], daemonsets=(agent,))).remedies
    (change,) = remedy.changes
    assert (change.kind, change.subject) == (kinds.DROP_HOST_PORT, "8080/TCP")


def test_no_plan_is_made_where_the_screen_knows_that_nothing_helps() -> None:
    """Four keys of the node selector would have to go, and three changes are the most."""
    four = tuple((key, "x") for key in "abcd")
    result = search(snapshot([pod("a", node_selector=four)]))
    trials = result.trials
    assert result.remedies == ()
    assert (trials.plans, trials.size_max) == (0, 3)
    assert trials.kinds == (kinds.DROP_NODE_SELECTOR,)


def test_a_remedy_is_for_all_pods_of_the_workload() -> None:
    remedies = search(snapshot(replicas(3, "web", "20")), 0, 1, 2).remedies
    assert [(remedy.pods, remedy.running, remedy.still_pending) for remedy in remedies] == [
        (3, 0, 0)
    ]
    assert remedies[0].extra_nano_usd_per_hour == 3 * 768_000_000


def test_a_node_of_a_plan_is_a_place_with_its_price() -> None:
    (new,) = engine.plan(snapshot([pod("a")])).nodes
    where = place(new, planned=True)
    assert (where.node, where.instance_type) == (new.name, "m5.large")
    assert (where.nano_usd_per_hour, where.existing, where.planned) == (96_000_000, False, True)
