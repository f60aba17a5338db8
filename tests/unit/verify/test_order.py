import random
from typing import Any

from kubestow.model import labels as names
from kubestow.model.pod import PodAffinityTerm, SpreadConstraint
from kubestow.model.selectors import LabelSelector, SelectorRequirement

WEB = LabelSelector((SelectorRequirement("app", "In", ("web",)),))
ZONE = (SpreadConstraint(names.ZONE, 1, WEB),)
BOTH = (*ZONE, SpreadConstraint(names.HOSTNAME, 1, WEB))
BESIDE = (PodAffinityTerm(names.ZONE, WEB),)


def web(scene: Any, name: str, on: str, **facts: Any) -> None:
    scene.pod(name, on, labels={"app": "web"}, **facts)


def zones(scene: Any, *names: str) -> None:
    for name in names:
        scene.new(f"{name}-1", name, "m9.xlarge")


def test_a_balanced_plan_has_an_order_however_its_pods_are_listed(scene: Any) -> None:
    zones(scene, "a", "b", "c")
    for zone in "abc":
        for number in range(5):
            web(scene, f"{zone}{number}", f"{zone}-1", spread=ZONE)
    web(scene, "one-more", "b-1", spread=ZONE)
    assert scene.found() == ()


def test_an_unbalanced_plan_has_none(scene: Any) -> None:
    zones(scene, "a", "b")
    for number in range(3):
        web(scene, f"a{number}", "a-1", spread=ZONE)
    web(scene, "b0", "b-1", spread=ZONE)
    assert scene.rules() == ["PodTopologySpread"]
    assert len(scene.subjects()) == 1


def test_pods_that_spread_over_zones_and_hosts_have_an_order(scene: Any) -> None:
    for zone in "abc":
        for host in range(3):
            scene.new(f"{zone}-{host}", zone)
    for zone in "abc":
        for host in range(3):
            for number in range(2):
                web(scene, f"{zone}{host}{number}", f"{zone}-{host}", spread=BOTH)
    assert scene.found() == ()


def test_unconstrained_pods_come_last_where_they_would_be_in_the_way(scene: Any) -> None:
    zones(scene, "a", "b")
    for number in range(4):
        web(scene, f"free{number}", "a-1")
    web(scene, "held-a", "a-1", spread=ZONE)
    web(scene, "held-b", "b-1", spread=ZONE)
    assert scene.found() == ()


def test_unconstrained_pods_come_earlier_where_they_help(scene: Any) -> None:
    zones(scene, "a", "b")
    for number in range(4):
        web(scene, f"held{number}", "a-1", spread=ZONE)
        web(scene, f"free-a{number}", "a-1")
    for number in range(3):
        web(scene, f"free-b{number}", "b-1")
    assert scene.found() == ()
    web(scene, "too-many", "a-1", spread=ZONE)
    assert scene.rules() == ["PodTopologySpread"]


def test_pods_with_affinity_do_not_get_in_the_way_of_those_that_spread(scene: Any) -> None:
    zones(scene, "a", "b")
    for number in range(3):
        web(scene, f"a-drawn{number}", "a-1", affinity=BESIDE)
    web(scene, "held-a", "a-1", spread=ZONE)
    web(scene, "held-b", "b-1", spread=ZONE)
    assert scene.found() == ()


def test_a_chain_of_pods_that_follow_each_other_has_an_order(scene: Any) -> None:
    scene.new("one")
    for number in range(5, 0, -1):
        wanted = LabelSelector((SelectorRequirement("link", "In", (str(number - 1),)),))
        terms = (PodAffinityTerm(names.HOSTNAME, wanted),)
        scene.pod(f"p{number}", "one", labels={"link": str(number)}, affinity=terms)
    assert "InterPodAffinity" in scene.rules()
    scene.pod("p0", "one", labels={"link": "0"})
    assert scene.found() == ()


def test_the_pod_that_must_come_first_is_found_by_trying_again(scene: Any) -> None:
    zones(scene, "a", "b")
    web(scene, "b-drawn", "b-1", affinity=BESIDE)
    web(scene, "a-drawn", "a-1", affinity=BESIDE)
    assert scene.rules() == ["InterPodAffinity"]
    web(scene, "b-free", "b-1")
    assert scene.found() == ()


def test_stateful_pods_with_labels_of_their_own_share_a_count(scene: Any) -> None:
    zones(scene, "a", "b")
    for number, zone in enumerate("abab"):
        labels = {"app": "web", "index": str(number)}
        scene.pod(f"p{number}", f"{zone}-1", labels=labels, spread=ZONE)
    assert scene.found() == ()
    scene.pod("p4", "a-1", labels={"app": "web", "index": "4"}, spread=ZONE)
    scene.pod("p5", "a-1", labels={"app": "web", "index": "5"}, spread=ZONE)
    assert scene.rules() == ["PodTopologySpread"]


def apps(*values: str) -> LabelSelector:
    return LabelSelector((SelectorRequirement("app", "In", values),))


def test_the_plans_own_order_is_tried_first(scene: Any) -> None:
    zones(scene, "a", "b")
    either = SpreadConstraint(names.ZONE, 1, apps("x", "y"))
    looser = SpreadConstraint(names.ZONE, 2, apps("x", "y"))
    hosts = SpreadConstraint(names.HOSTNAME, 2, apps("y"))
    beside = (PodAffinityTerm(names.ZONE, apps("x")),)
    scene.pod("last", "a-1", labels={"app": "x"}, spread=(hosts,))
    scene.pod("second", "a-1", labels={"app": "y"}, spread=(looser,), affinity=beside)
    scene.pod("first", "a-1", labels={"app": "x"}, spread=(either,))
    scene.witness = ("default/first", "default/second", "default/last")
    assert scene.found() == ()


def test_a_plans_own_order_that_is_wrong_proves_nothing(scene: Any) -> None:
    zones(scene, "a", "b")
    web(scene, "p", "a-1", spread=ZONE)
    web(scene, "q", "a-1", spread=ZONE)
    scene.witness = ("default/q", "default/p", "default/ghost")
    assert scene.rules() == ["PodTopologySpread"]
    web(scene, "r", "b-1", spread=ZONE)
    assert scene.found() == ()


# --- against every order there is -------------------------------------------------------------

CASES = 500
Held = dict[str, Any]


def matches(selector: Any, labels: dict[str, str]) -> bool:
    return selector is not None and selector.matches(labels)


def spread_allows(pod: Held, there: list[Held], nodes: dict[str, str]) -> bool:
    """Tell what kube-scheduler would, for spreads over zones (``nodes`` maps to them) and hosts."""
    for item in pod["spread"]:
        domains = {n: n if item.topology_key == names.HOSTNAME else z for n, z in nodes.items()}
        counts = dict.fromkeys(domains.values(), 0)
        for other in there:
            counts[domains[other["on"]]] += matches(item.selector, other["labels"])
        least = min(counts.values()) if len(counts) >= item.min_domains else 0
        own = matches(item.selector, pod["labels"])
        if counts[domains[pod["on"]]] + own - least > item.max_skew:
            return False
    return True


def affinity_allows(pod: Held, there: list[Held], nodes: dict[str, str]) -> bool:
    """Tell what kube-scheduler would, for terms over zones and hosts."""
    terms = pod["affinity"]
    friends = [p for p in there if all(matches(t.selector, p["labels"]) for t in terms)]
    if not friends:
        return all(matches(t.selector, pod["labels"]) for t in terms)
    return all(
        any(
            p["on"] == pod["on"]
            if term.topology_key == names.HOSTNAME
            else nodes[p["on"]] == nodes[pod["on"]]
            for p in friends
        )
        for term in terms
    )


def some_order_exists(pods: list[Held], nodes: dict[str, str]) -> bool:
    """Try all orders, remembering the sets of pods that were reached."""
    reached, frontier = {frozenset[int]()}, [frozenset[int]()]
    while frontier:
        placed = frontier.pop()
        there = [pods[number] for number in sorted(placed)]
        for number, pod in enumerate(pods):
            more = placed | {number}
            if number in placed or more in reached:
                continue
            if spread_allows(pod, there, nodes) and affinity_allows(pod, there, nodes):
                reached.add(more)
                frontier.append(more)
    return frozenset(range(len(pods))) in reached


def random_pods(dice: random.Random, nodes: dict[str, str]) -> list[Held]:
    selectors = [
        LabelSelector((SelectorRequirement("app", "In", values),))
        for values in (("x",), ("y",), ("x", "y"))
    ]
    keys = (names.ZONE, names.HOSTNAME)
    templates = []
    for _ in range(dice.randint(1, 3)):
        spread = tuple(
            SpreadConstraint(
                dice.choice(keys), dice.randint(1, 2), dice.choice(selectors), dice.randint(1, 3)
            )
            for _ in range(dice.choice((0, 1, 1, 2)))
        )
        affinity = tuple(
            PodAffinityTerm(dice.choice(keys), dice.choice(selectors))
            for _ in range(dice.choice((0, 0, 1, 2)))
        )
        templates.append({"spread": spread, "affinity": affinity})
    return [
        dice.choice(templates) | {"labels": {"app": dice.choice("xy")}, "on": dice.choice([*nodes])}
        for _ in range(dice.randint(2, 7))
    ]


def test_what_the_judge_calls_legal_has_an_order_and_it_seldom_misses_one(scene: Any) -> None:
    dice = random.Random(20)
    nodes = {"n1": "a", "n2": "a", "n3": "b", "n4": "c"}
    possible = missed = 0
    for _ in range(CASES):
        pods = random_pods(dice, nodes)
        scene = type(scene)()
        for name, zone in nodes.items():
            scene.new(name, zone)
        for number, pod in enumerate(pods):
            scene.pod(f"p{number}", pod["on"], **{k: v for k, v in pod.items() if k != "on"})
        exists, legal = some_order_exists(pods, nodes), not scene.found()
        assert exists or not legal, pods
        possible += exists
        missed += exists and not legal
    assert possible > CASES // 5
    assert missed * 50 <= possible
