"""Where workloads may land, and what their nodes have left."""

from kubestow.model.fargate_profile import FargateProfile, FargateSelector
from kubestow.model.nodepool import Networking
from kubestow.model.taints import Taint
from kubestow.preflight.check_context import CheckContext, runs_on

from .builders import config, group, setup, workload

TAINT = Taint("dedicated", "", "NoSchedule")


def test_reach_narrows_from_labels_to_taints_to_requests() -> None:
    item = workload(cpu="1900m")
    agent = workload("agent", "DaemonSet", 1, cpu="100m")
    context = CheckContext(
        setup(item, agent, config_of=config(group("a", taints=(TAINT,)), group("b")))
    )
    reach = context.reach(item)
    assert (len(reach.matching), len(reach.tolerated), len(reach.fitting)) == (4, 2, 0)


def test_daemonsets_take_their_share_only_of_nodes_they_run_on() -> None:
    agent = workload("agent", "DaemonSet", 1, cpu="100m")
    context = CheckContext(setup(agent, config_of=config(group("a", taints=(TAINT,)), group("b"))))
    tainted, plain = (capacity.candidates[0] for capacity in context.capacities)
    assert (runs_on(agent, tainted), runs_on(agent, plain)) == (False, True)
    assert (context.free(tainted)["cpu"], context.free(plain)["cpu"]) == (1930, 1830)
    assert context.free(plain)["pods"] == 57


def test_the_profile_a_label_names_comes_first_then_names_in_order() -> None:
    chosen = (FargateSelector("shop"),)
    profiles = tuple(FargateProfile(name, "f", chosen) for name in ("c", "a", "b"))
    named = workload(labels={"eks.amazonaws.com/fargate-profile": "c"})
    context = CheckContext(setup(config_of=config(profiles=profiles)))
    assert [p.name for p in context.profiles(workload())] == ["a", "b", "c"]
    assert [p.name for p in context.profiles(named)] == ["c", "a", "b"]
    assert CheckContext(setup(workload(), config_of=config(profiles=profiles))).on_nodes == ()


def test_networking_is_what_the_options_or_the_cluster_say() -> None:
    ours = config(networking=Networking(prefix_delegation=True))
    context = CheckContext(setup(config_of=ours, networking=Networking(custom_networking=True)))
    assert context.networking == Networking(True, True)


def test_a_version_is_read_only_where_it_is_one() -> None:
    assert CheckContext(setup(config_of=config(version="1.33"))).version == 33
    assert CheckContext(setup(config_of=config(version="latest"))).version is None
    assert CheckContext(setup()).version is None
