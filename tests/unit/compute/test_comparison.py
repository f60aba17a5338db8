"""All options side by side: the same pods, legal plans, and no cheaper than the minimum."""

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from tests.legality import is_legal
from tests.properties.test_plans import random_snapshot

from kubestow.compute.case import ComparisonCase
from kubestow.compute.comparison import OptionChoices, compare, compare_types
from kubestow.compute.managed_node_group import NodeGroups
from kubestow.model import labels as names
from kubestow.model.fargate_profile import FargateProfile, FargateSelector
from kubestow.model.instance_type import Catalog, ServicePrice
from kubestow.model.machine import Machine
from kubestow.model.reporter import EnoughError, Reporter, SilentReporter
from kubestow.model.taints import Taint, Toleration
from kubestow.model.work_item import Value, WorkItem, one_after_another
from kubestow.simulation.settled import settled
from kubestow.testing import GENERAL, catalog, node, nodepool, pod, replicas, snapshot

IDS = ["optimum", "karpenter", "managed-node-groups", "self-managed", "auto-mode", "fargate"]


def with_fargate() -> Catalog:
    """Return the catalog of the builders with Fargate's prices."""
    items = ("fargate_x86_vcpu_hour", "fargate_x86_gb_hour")
    prices = tuple(ServicePrice(item, 0.05, "USD/h", "quoted") for item in items)
    return replace(catalog(*GENERAL), service_prices=prices)


def test_every_option_is_there_and_legal() -> None:
    pods = (*replicas(8, "web", "1", "2Gi"), pod("dns", namespace="kube-system"))
    choices = OptionChoices(
        fargate_profiles=(FargateProfile("web", "", (FargateSelector("default"),)),),
        machines=(Machine("rack", 16, 64 * 2**30),),
    )
    found = compare(ComparisonCase(snapshot(pods, catalog_of=with_fargate())), choices)
    mixtures = ["system-and-karpenter", "fargate-and-karpenter"]
    assert [o.id for o in found.options] == [*IDS, "hybrid", *mixtures]
    assert found.pods == 9
    for option in found.options:
        assert all(is_legal(planned) for planned in option.plans)
        left = {name for item in option.cannot_run for name in item.pods}
        assert option.pods + len(left) == 9
        assert option.part("control plane") == 100_000_000


@pytest.mark.parametrize("seed", range(8))
def test_no_fleet_of_nodes_that_runs_all_pods_costs_less_than_the_minimum(seed: int) -> None:
    state = random_snapshot(seed)
    found = compare(ComparisonCase(state, rehearses=False), OptionChoices())
    for option in found.options:
        assert all(is_legal(planned) for planned in option.plans), option.id
        assert option.description.bounded == (option.id in ("optimum", "karpenter"))
        if option.description.bounded and option.pods == found.options[0].pods:
            assert option.part("instances") >= found.lower_bound.nano_usd_per_hour


def test_kubestow_s_fleet_stands_beside_fleets_of_one_type() -> None:
    found = compare_types(
        ComparisonCase(snapshot(replicas(4, "web", "1", "1Gi"))), ("m5.large", "m5.xlarge")
    )
    assert [o.id for o in found.options] == ["optimum", "m5.large", "m5.xlarge"]
    assert all(o.stranded == 0 for o in found.options)


def test_pods_that_the_scheduler_leaves_out_of_an_autoscaler_s_fleet_are_counted() -> None:
    # The big pod needs a node of its own; small ones that come before it fill every node a little.
    pods = (*replicas(12, "small", "400m", "512Mi"), *replicas(3, "big", "3500m", "1Gi"))
    found = compare(ComparisonCase(snapshot(pods)), OptionChoices(NodeGroups(("m5.xlarge",))))
    groups = next(o for o in found.options if o.id == "managed-node-groups")
    assert groups.stranded
    assert found.options[0].stranded == 0


def test_pods_that_run_already_do_not_count_and_no_mixture_shares_their_nodes() -> None:
    there = node("there", "4", "16Gi", labels={names.INSTANCE_TYPE: "m5.xlarge"})
    pods = (*replicas(2, "old", "1", node="there"), *replicas(6, "new", "1", "1Gi"),
            pod("dns", namespace="kube-system"))  # fmt: skip
    machines = (Machine("rack", 16, 64 * 2**30),)
    found = compare(
        ComparisonCase(snapshot(pods, nodes=(there,))), OptionChoices(machines=machines)
    )
    assert found.pods == 7
    for option in found.options:
        left = {name for item in option.cannot_run for name in item.pods}
        assert option.pods + len(left) == 7, option.id
        assert all(is_legal(planned) for planned in option.plans)
    assert "system-and-karpenter" not in [o.id for o in found.options]
    assert any("share the nodes of the input" in text for text in found.assumptions)


def test_every_architecture_and_every_tainted_pool_gets_a_node_group() -> None:
    taint = Taint("team", "a", "NoSchedule")
    pools = (nodepool("open"), nodepool("team", taints=(taint,), weight=1))
    tolerating = {"tolerations": (Toleration("team", "Equal", "a", "NoSchedule"),)}
    chosen = {"node_selector": ((names.NODEPOOL, "team"),)}
    pods = (*replicas(5, "web", "1"), *replicas(2, "own", "1", **tolerating, **chosen))
    found = compare(
        ComparisonCase(snapshot(pods, nodepools=pools)), OptionChoices(NodeGroups(most=1))
    )
    groups = next(o for o in found.options if o.id == "managed-node-groups")
    assert groups.pods == 7


class Impatient:
    """A reporter that asks for the end at the third step."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def progress(self, step: str, done: int, total: int) -> None:
        """Note the step; ask for the end at node groups."""
        self.steps.append(step)
        if step.startswith("planning node groups"):
            raise EnoughError


def test_an_interrupted_comparison_keeps_what_is_done() -> None:
    case = ComparisonCase(snapshot(replicas(4, "web", "1")), rehearses=False, reporter=Impatient())
    found = compare(case, OptionChoices())
    assert [o.id for o in found.options] == ["optimum", "karpenter"]
    assert any("interrupted" in text for text in found.assumptions)


def backwards(items: Sequence[WorkItem[Value]], reporter: Reporter) -> Iterator[tuple[int, Value]]:
    """Run copies of the items, the last first, as another process would."""
    for number in reversed(range(len(items))):
        copy: WorkItem[Value] = pickle.loads(pickle.dumps(items[number]))
        yield number, pickle.loads(pickle.dumps(copy.run(reporter)))


@pytest.mark.parametrize("settles", [True, False])
def test_a_comparison_is_the_same_whatever_is_done_first_and_where(settles: bool) -> None:
    pods = (*replicas(8, "web", "1", "2Gi"), pod("dns", namespace="kube-system"))
    choices = OptionChoices(
        fargate_profiles=(FargateProfile("web", "", (FargateSelector("default"),)),),
        machines=(Machine("rack", 16, 64 * 2**30),),
    )
    case = ComparisonCase(
        snapshot(pods, catalog_of=with_fargate()), settler=settled if settles else None
    )
    assert compare(case, choices, backwards) == compare(case, choices)


def test_what_takes_longest_is_told_from_pods_and_from_who_is_left_alone() -> None:
    took: dict[int, list[int]] = {}
    for count, settler in ((4, settled), (8, settled), (8, None)):

        def noting(
            items: Sequence[WorkItem[Value]], reporter: Reporter
        ) -> Iterator[tuple[int, Value]]:
            took[len(took)] = [item.milliseconds for item in items]
            return one_after_another(items[:1], reporter)

        case = ComparisonCase(
            snapshot(replicas(count, "web", "1")), rehearses=False, settler=settler
        )
        compare(case, OptionChoices(), noting)
    few, many, first_fleets = took.values()
    assert [2 * each for each in few] == many
    karpenter, groups, auto_mode, fargate = many[1:5]
    assert karpenter == auto_mode > first_fleets[1] > fargate == 0
    assert groups > first_fleets[2]


def test_a_comparison_that_is_interrupted_keeps_what_other_processes_have_done() -> None:
    def half(items: Sequence[WorkItem[Value]], reporter: Reporter) -> Iterator[tuple[int, Value]]:
        for number in (4, 2, 0):
            yield number, items[number].run(SilentReporter())
        raise EnoughError

    case = ComparisonCase(
        snapshot(replicas(4, "web", "1"), catalog_of=with_fargate()), rehearses=False
    )
    found = compare(case, OptionChoices(), half)
    ids = [o.id for o in found.options]
    assert ids == ["optimum", "managed-node-groups", "self-managed", "fargate"]
    assert found.interrupted


class Late:
    """A reporter that asks for the end while kubestow's fleet is rehearsed, and from then on."""

    def __init__(self) -> None:
        self.is_late = False

    def progress(self, step: str, done: int, total: int) -> None:
        """Raise EnoughError once there was a rehearsal."""
        self.is_late |= step.startswith("rehears")
        if self.is_late:
            raise EnoughError


def test_a_comparison_says_so_where_nothing_but_the_last_search_was_interrupted() -> None:
    def fleet_last(
        items: Sequence[WorkItem[Value]], reporter: Reporter
    ) -> Iterator[tuple[int, Value]]:
        for number, item in enumerate(items[1:], 1):
            yield number, item.run(SilentReporter())
        yield 0, items[0].run(reporter)

    pods = (*replicas(12, "small", "400m", "512Mi"), *replicas(3, "big", "3500m", "1Gi"))
    reporter = Late()
    found = compare(ComparisonCase(snapshot(pods), reporter=reporter), OptionChoices(), fleet_last)
    assert reporter.is_late
    assert found.interrupted
    assert any("interrupted" in text for text in found.assumptions)
