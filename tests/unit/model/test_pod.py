import pickle
from dataclasses import fields, replace

import pytest

from kubestow.model.pod import (
    NO_PREFERENCES,
    HostPort,
    Pod,
    PodAffinityTerm,
    PodTemplate,
    Preferences,
    effective_requests,
    sample,
)
from kubestow.model.quantity import parse_quantity
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.workload import Lifecycle
from kubestow.testing import pod

WEB = LabelSelector((SelectorRequirement("app", "In", ("web",)),))


def nano(text: str) -> dict[str, int]:
    pairs = (item.split("=") for item in text.split())
    return {name: parse_quantity(quantity) for name, quantity in pairs}


def cpu_of(containers: list[str], inits: list[str], overhead: str = "", pod_level: str = "") -> int:
    """Containers and inits are cpu quantities; a sidecar's starts with +."""
    found = effective_requests(
        [nano(f"cpu={c}") for c in containers],
        [(nano(f"cpu={c.removeprefix('+')}"), c.startswith("+")) for c in inits],
        nano(overhead),
        nano(pod_level),
    )
    return dict(found).get("cpu", 0)


@pytest.mark.parametrize(
    ("containers", "inits", "millicpu"),
    [
        (["1", "2"], [], 3000),
        (["1"], ["500m"], 1000),
        (["1"], ["3"], 3000),
        (["1"], ["3", "2"], 3000),
        (["1"], ["+500m"], 1500),
        (["1"], ["+500m", "2"], 2500),
        (["1"], ["2", "+500m"], 2000),
        (["1"], ["+500m", "+500m", "2", "+4"], 6000),
        (["1"], ["+500m", "2", "+500m", "2"], 3000),
        ([], ["+1", "+1"], 2000),
        (["0"], [], 0),
    ],
)
def test_a_pod_asks_for_its_peak_over_init_containers_and_sidecars(
    containers: list[str], inits: list[str], millicpu: int
) -> None:
    assert cpu_of(containers, inits) == millicpu


def test_overhead_comes_on_top_of_everything() -> None:
    assert cpu_of(["1"], ["3"], "cpu=250m") == 3250
    assert cpu_of(["1"], [], "cpu=250m", "cpu=2") == 2250


def test_pod_level_requests_win_even_below_the_sum_of_the_containers() -> None:
    assert cpu_of(["1", "1"], ["3"], "", "cpu=500m") == 500


def test_pod_level_requests_of_other_resources_do_not_count() -> None:
    found = effective_requests(
        [nano("nvidia.com/gpu=1")], [], {}, nano("nvidia.com/gpu=4 memory=1")
    )
    assert found == (("memory", 1), ("nvidia.com/gpu", 1))


def test_rounding_is_done_on_the_pods_total() -> None:
    assert cpu_of(["0.5m", "0.5m"], []) == 1
    assert cpu_of(["0.6m", "0.6m"], []) == 2
    assert effective_requests([nano("memory=100m")] * 11, [], {}, {}) == (("memory", 2),)


def test_resources_the_scheduler_does_not_compare_are_left_out() -> None:
    assert effective_requests([nano("cpu=1 widgets=4 storage=1Gi")], [], {}, {}) == (("cpu", 1000),)


@pytest.mark.parametrize(
    ("left", "right", "conflict"),
    [
        (("0.0.0.0", "TCP", 80), ("0.0.0.0", "TCP", 80), True),
        (("0.0.0.0", "TCP", 80), ("10.0.0.1", "TCP", 80), True),
        (("10.0.0.1", "TCP", 80), ("10.0.0.2", "TCP", 80), False),
        (("0.0.0.0", "TCP", 80), ("0.0.0.0", "UDP", 80), False),
        (("0.0.0.0", "TCP", 80), ("0.0.0.0", "TCP", 81), False),
        (("::", "TCP", 80), ("10.0.0.1", "TCP", 80), False),
    ],
)
def test_host_ports_conflict_by_address_protocol_and_number(
    left: tuple[str, str, int], right: tuple[str, str, int], conflict: bool
) -> None:
    assert HostPort(*left).conflicts(HostPort(*right)) is conflict
    assert HostPort(*right).conflicts(HostPort(*left)) is conflict


@pytest.mark.parametrize(
    ("term", "namespace", "selected"),
    [
        (PodAffinityTerm("zone", WEB), "shop", True),
        (PodAffinityTerm("zone", WEB), "other", False),
        (PodAffinityTerm("zone", WEB, ("other",)), "other", True),
        (PodAffinityTerm("zone", WEB, ("other",)), "shop", False),
        (PodAffinityTerm("zone", WEB, (), LabelSelector()), "other", True),
        (PodAffinityTerm("zone", WEB, ("shop",), WEB), "other", True),
        (PodAffinityTerm("zone", None), "shop", False),
        (PodAffinityTerm("zone", LabelSelector()), "shop", True),
    ],
)
def test_an_affinity_term_looks_into_these_namespaces(
    term: PodAffinityTerm, namespace: str, selected: bool
) -> None:
    assert term.selects("shop", namespace, {"app": "web"}, {"app": "web"}) is selected


def test_a_pod_on_a_node_is_the_pod_but_for_its_node() -> None:
    other: dict[str, object] = {
        "template": PodTemplate(priority=7),
        "labels": (("app", "web"),),
        "volume_claims": ("data",),
        "terminating": True,
        "rejected": "no",
        "daemonset": "kube-system/agent",
        "ephemeral_claims": ("data",),
        "owner_selector": WEB,
        "lifecycle": Lifecycle(("ReplicaSet", "web")),
    }
    pod = Pod("shop", "web-1", node_name="old", **other)  # type: ignore[arg-type] # by field
    assert {field.name for field in fields(Pod)} == {"namespace", "name", "node_name", *other}
    found = pod.on("new")
    for field in fields(Pod):
        wanted = "new" if field.name == "node_name" else getattr(pod, field.name)
        assert getattr(found, field.name) == wanted, field.name


def test_a_template_is_hashed_by_all_its_fields_and_by_nothing_else() -> None:
    one, same = PodTemplate(priority=7), PodTemplate(priority=7)
    assert hash(one) == hash(same)
    assert hash(one) == hash(one)
    assert {one: 1}[same] == 1
    assert hash(one) != hash(replace(one, priority=8))
    assert pickle.loads(pickle.dumps(one)) == one  # its own


def test_a_sample_holds_each_likeness_once_in_the_order_of_the_pods() -> None:
    pods = [pod("a", "1"), pod("b", "2"), pod("c", "1"), pod("d", "3"), pod("e", "2")]
    found = sample(pods)
    assert (found.firsts, found.number_of) == ([0, 1, 3], [0, 1, 0, 2, 1])
    assert found.likenesses == tuple(pods[first].likeness for first in found.firsts)
    assert sample(pods) == found
    assert sample([]).likenesses == ()


def test_a_template_without_its_preferences_is_the_same_object_every_time() -> None:
    soft = replace(pod("a").template, preferences=Preferences(images=("x",)), preempts=False)
    assert soft.plain == replace(soft, preferences=NO_PREFERENCES, preempts=True)
    assert soft.plain is soft.plain
    assert soft.plain.plain is soft.plain
