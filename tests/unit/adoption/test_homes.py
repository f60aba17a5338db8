"""Some nodes stay for kubestow itself: nobody drains the node that it runs on."""

from dataclasses import replace

import pytest
from tests.unit.live.objects import node, pod

from kubestow.adoption.homes import home_beside, home_of, home_of_controller, judge
from kubestow.model.adoption import Home, ManagedNodes, Manager
from kubestow.model.input_error import InputError
from kubestow.model.survey import LaunchGroup

from .clusters import context_of, under_karpenter


def group(
    name: str, count: int, manager: Manager, usd: int = 1, *, taint: bool = False
) -> ManagedNodes:
    nodes = tuple(f"{name}-{number}" for number in range(count))
    return ManagedNodes(
        manager, LaunchGroup("managed node group", name), nodes, 0, usd * count, 0, taint
    )


SCALED = Manager.CLUSTER_AUTOSCALER


def home(*groups: ManagedNodes, of: Manager = SCALED, keep: str = "") -> Home:
    found = home_of(groups, of, keep)
    assert found is not None
    return found


def test_a_group_that_nobody_scales_stays() -> None:
    assert home(group("a", 3, SCALED), group("b", 1, Manager.NOBODY)).group.name == "b"


def test_a_group_that_nobody_scales_is_better_than_a_larger_one_that_is_scaled() -> None:
    groups = (group("a", 9, SCALED), group("b", 1, Manager.NOBODY))
    assert home(*groups, of=Manager.KARPENTER).group.name == "b"


def test_only_nodes_that_can_run_something_stay() -> None:
    off = replace(group("a", 3, Manager.NOBODY), unfit=frozenset({"a-0", "a-1", "a-2"}))
    half = replace(group("b", 2, Manager.NOBODY), unfit=frozenset({"b-1"}))
    assert home(off, half).nodes == ("b-0",)
    assert home_of([off], SCALED) is None
    with pytest.raises(InputError):
        home_of([off], SCALED, "a")


def test_cordoned_not_ready_and_windows_nodes_cannot_run_anything() -> None:
    cordoned, broken, windows = (node(name, group="system") for name in ("c", "b", "w"))
    cordoned["spec"]["unschedulable"] = True
    broken["status"]["conditions"][0]["status"] = "Unknown"
    windows["metadata"]["labels"]["kubernetes.io/os"] = "windows"
    groups = context_of([cordoned, broken, windows, node("ok", group="system")]).groups
    assert [item.fit for item in groups] == [("ok",)]


def test_of_several_that_are_moved_the_cheapest_stays() -> None:
    assert home(group("a", 3, SCALED), group("b", 2, SCALED)).group.name == "b"


def test_where_groups_are_scaled_by_kubestow_it_runs_on_one_that_is_not() -> None:
    groups = (group("a", 3, SCALED), group("b", 1, Manager.NOBODY))
    beside = home_beside(groups)
    assert beside is not None
    assert beside.group.name == "b"
    assert home_beside(groups[:1]) is None
    kept = home_beside(groups, "a")
    assert kept is not None
    assert kept.group.name == "a"
    with pytest.raises(InputError):
        home_beside(groups, "none")


def test_of_the_only_group_two_nodes_stay() -> None:
    found = home(group("a", 5, SCALED))
    assert (found.nodes, found.is_part) == (("a-0", "a-1"), True)


def test_tainted_groups_and_karpenters_nodes_do_not_stay() -> None:
    gpu, pool = group("gpu", 2, SCALED, taint=True), group("general", 9, Manager.KARPENTER)
    assert home_of([gpu, pool], Manager.KARPENTER) is None


def test_a_group_can_be_named_and_must_exist() -> None:
    groups = [group("a", 3, SCALED), group("b", 2, SCALED)]
    assert home(*groups, keep="a").nodes == ("a-0", "a-1", "a-2")
    with pytest.raises(InputError) as raised:
        home_of(groups, SCALED, "c")
    assert raised.value.hint == "there is a, b"


def test_without_nodes_that_stay_there_is_an_error() -> None:
    assert [item.rule for item in judge(context_of(under_karpenter()))] == ["no-home"]


def test_nodes_that_stay_need_room_for_kubestow() -> None:
    stays = Home(LaunchGroup("managed node group", "system"), ("system-1", "system-2"))
    assert list(judge(context_of(under_karpenter(), home=stays))) == []
    full = [pod(f"full-{number}", f"system-{number}", cpu="3400m") for number in (1, 2)]
    (found,) = judge(context_of(under_karpenter(*full), home=stays))
    assert (found.rule, found.severity) == ("home-full", "warning")
    assert "room for 2 more pods" in found.reason or "room for 0 more pods" in found.reason


def test_on_the_way_back_it_is_where_the_controller_runs() -> None:
    runs = pod("kubestow-controller-7d9f-x", "system-2", namespace="kubestow")
    context = context_of(under_karpenter(runs))
    found = home_of_controller(context.groups, context.survey)
    assert found is not None
    assert found.nodes == ("system-2",)
    items = under_karpenter(runs)
    items[1]["spec"]["unschedulable"] = True
    cordoned = context_of(items)
    assert home_of_controller(cordoned.groups, cordoned.survey) is None
    without = context_of(under_karpenter())
    assert home_of_controller(without.groups, without.survey) is None


def test_the_way_back_needs_no_home() -> None:
    assert list(judge(context_of([node("a")], to=Manager.KARPENTER))) == []
