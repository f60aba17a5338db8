"""Where workloads may land, and what their nodes have left."""

from dataclasses import replace

from kubestow.model.fargate_profile import FargateProfile, FargateSelector
from kubestow.model.finding import Subject
from kubestow.model.nodepool import Networking, VpcCni, WantedNetworking
from kubestow.model.setup import ClusterVersion
from kubestow.model.snapshot import Cluster
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
    wanted = WantedNetworking(custom_networking=True)
    context = CheckContext(setup(config_of=ours, networking=wanted))
    assert context.networking == Networking(True, True)


def test_networking_is_also_what_aws_node_does_unless_an_option_says_otherwise() -> None:
    running = Cluster(vpc_cni=VpcCni(Networking(True, True)))
    assert CheckContext(replace(setup(), cluster=running)).networking == Networking(True, True)
    told = replace(setup(networking=WantedNetworking(False)), cluster=running)
    assert CheckContext(told).networking == Networking(False, True)


def test_a_version_is_read_only_where_it_is_one() -> None:
    assert CheckContext(setup(config_of=config(version="1.33"))).version == 33
    assert CheckContext(setup(config_of=config(version="latest"))).version is None
    assert CheckContext(setup()).version is None


def test_the_version_of_a_cluster_counts_where_a_cluster_config_gives_none() -> None:
    running = ClusterVersion(34, Subject("API server", ""))
    assert CheckContext(setup(version=running)).version_told is running
    assert CheckContext(setup(config_of=config(), version=running)).version_told is running
    written = CheckContext(setup(config_of=config(version="1.33"), version=running)).version_told
    assert written is not None
    assert (written.minor, written.field) == (33, "metadata.version")
