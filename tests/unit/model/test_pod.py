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
    sample,
)
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.workload import Lifecycle
from kubestow.testing import pod

WEB = LabelSelector((SelectorRequirement("app", "In", ("web",)),))


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
