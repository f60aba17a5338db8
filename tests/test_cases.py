"""Recorded clusters with the real kube-scheduler's answers, replayed without it.

Every file of tests/cases holds a cluster, the pods that come to it, and what kube-scheduler 1.34
said of each by itself (tests/differential/shrink.py writes them). Those named karpenter-NN are
where Karpenter's simulation of the scheduler answers otherwise; "karpenter" in them says how.
"""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.differential import engine
from tests.differential.model import Answer, Object, key
from tests.differential.shrink import CASES, load

FILES = sorted(CASES.glob("*.json"))
PLACED = [path for path in FILES if "placed" in json.loads(path.read_text(encoding="utf-8"))]
Said = dict[str, tuple[list[str], dict[str, int] | None]]


def named(path: Path) -> str:
    """Return a case's name."""
    return path.stem


def said(answers: dict[str, Answer]) -> Said:
    """Return the answers' nodes and reasons, so that a difference reads well."""
    return {pod: (sorted(a.feasible), a.reasons) for pod, a in answers.items()}


@pytest.mark.parametrize("path", FILES, ids=named)
def test_the_engine_answers_as_the_scheduler_did(path: Path) -> None:
    case, answers = load(path)
    assert answers.keys() == {key(pod) for pod in case.pods}
    assert said(engine.judge(case.objects, case.pods)) == said(answers)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_the_judge_answers_as_the_scheduler_did(path: Path) -> None:
    case, answers = load(path)
    found = engine.judge_apart(case.objects, case.pods)
    assert found == {pod: answer.feasible for pod, answer in answers.items()}


def chosen(objects: list[Object], pods: list[Object], where: dict[str, str]) -> list[list[str]]:
    """Return the best nodes of each pod after those before it went where they went."""
    placed: list[Object] = []
    found = []
    for pod in pods:
        found.append(sorted(engine.best_nodes(objects, placed, pod)))
        there = copy.deepcopy(pod)
        there["spec"]["nodeName"] = where[key(pod)]
        placed.append(there)
    return found


@pytest.mark.parametrize("path", PLACED, ids=named)
def test_the_engine_chooses_the_node_that_the_scheduler_chose(path: Path) -> None:
    case, _ = load(path)
    where = json.loads(path.read_text(encoding="utf-8"))["placed"]
    assert chosen(case.objects, case.pods, where) == [[where[key(pod)]] for pod in case.pods]


# --- Karpenter's deviations ---------------------------------------------------------------------
# Each edit rewrites a case into what Karpenter makes of it. That the exact engine then answers
# otherwise shows that the case tells the two apart.

Items = list[Object]
Edit = Callable[[Items, Items], None]


def specs(items: Items) -> list[Any]:
    """Return the specs of the pods among objects."""
    return [item["spec"] for item in items if item["kind"] == "Pod"]


def node_terms(pod: Any) -> list[Any]:
    """Return a pod's required node affinity terms."""
    required = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    terms: list[Any] = required["nodeSelectorTerms"]
    return terms


def no_match_fields(_: Items, pods: Items) -> None:
    for pod in specs(pods):
        del pod["affinity"]


def first_term_only(_: Items, pods: Items) -> None:
    for pod in specs(pods):
        del node_terms(pod)[1:]


def ports_of_containers_only(objects: Items, _: Items) -> None:
    for pod in specs(objects):
        pod.pop("initContainers", None)


def any_address_of_ipv6(objects: Items, _: Items) -> None:
    for port in [p for pod in specs(objects) for p in pod["containers"][0].get("ports", ())]:
        port["hostIP"] = "0.0.0.0"


def an_empty_node_more(objects: Items, _: Items) -> None:
    fresh = copy.deepcopy(next(item for item in objects if item["kind"] == "Node"))
    fresh["metadata"] = {"name": "fresh", "labels": {"kubernetes.io/hostname": "fresh"}}
    objects.append(fresh)


def any_pod_for_each_term(objects: Items, _: Items) -> None:
    for pod in [item for item in objects if item["kind"] == "Pod"]:
        pod["metadata"]["labels"] = {"app": "cache", "team": "red"}


def no_pods_out_of_reach(objects: Items, _: Items) -> None:
    objects[:] = [item for item in objects if item["kind"] != "Pod"]


def no_min_domains(_: Items, pods: Items) -> None:
    for pod in specs(pods):
        pod["topologySpreadConstraints"][0].pop("minDomains", None)


def memory_always_compared(_: Items, pods: Items) -> None:
    for pod in specs(pods):
        pod["containers"][0]["resources"]["requests"]["memory"] = "1"


def no_attach_limits(objects: Items, _: Items) -> None:
    objects[:] = [item for item in objects if item["kind"] != "CSINode"]


def preferences_are_required(_: Items, pods: Items) -> None:
    required, preferred = "requiredDuringScheduling", "preferredDuringScheduling"
    for pod in specs(pods):
        nodes = pod["affinity"]["nodeAffinity"]
        terms = [item["preference"] for item in nodes.pop(f"{preferred}IgnoredDuringExecution")]
        nodes[f"{required}IgnoredDuringExecution"] = {"nodeSelectorTerms": terms}


def as_they_were_written(objects: Items, _: Items) -> None:
    for item in objects:
        if item["kind"] == "Pod" and item["metadata"]["name"] == "there":
            requests = item["spec"]["containers"][0]["resources"]["requests"]
            assert requests == {"cpu": "999500u"}
            requests["cpu"] = "999m"  # and half a millicore, for which there is room


DEVIATIONS: dict[str, tuple[Edit, ...]] = {
    "karpenter-01-match-fields": (no_match_fields,),
    "karpenter-02-or-terms": (first_term_only,),
    "karpenter-03-host-ports": (ports_of_containers_only, any_address_of_ipv6),
    "karpenter-04-hostname-spread": (an_empty_node_more,),
    "karpenter-05-affinity-terms": (any_pod_for_each_term,),
    "karpenter-06-first-of-its-group": (no_pods_out_of_reach,),
    "karpenter-07-min-domains": (no_min_domains,),
    "karpenter-08-overcommitted": (memory_always_compared,),
    "karpenter-09-attach-limits": (no_attach_limits,),
    "karpenter-10-preferences": (preferences_are_required,),
    "karpenter-12-rounding": (as_they_were_written,),
}
BY_SCORE = "karpenter-11-default-spread"


def test_all_twelve_deviations_are_recorded_and_said_in_words() -> None:
    there = [path for path in FILES if path.stem.startswith("karpenter-")]
    assert [path.stem for path in there] == sorted([*DEVIATIONS, BY_SCORE])
    assert [path.stem[10:12] for path in there] == [f"{number:02}" for number in range(1, 13)]
    for path in there:
        record = json.loads(path.read_text(encoding="utf-8"))
        assert record["title"].endswith("."), path.stem
        assert record["karpenter"].endswith("."), path.stem


@pytest.mark.parametrize(
    ("name", "edit"), [(name, edit) for name, edits in DEVIATIONS.items() for edit in edits]
)
def test_a_scheduler_with_the_deviation_would_answer_otherwise(name: str, edit: Edit) -> None:
    case, answers = load(CASES / f"{name}.json")
    objects, pods = copy.deepcopy(case.objects), copy.deepcopy(case.pods)
    edit(objects, pods)
    nodes = {item["metadata"]["name"] for item in case.objects if item["kind"] == "Node"}
    found = engine.judge(objects, pods)
    assert any(found[pod].feasible & nodes != answers[pod].feasible for pod in answers)


def test_without_the_default_spread_a_service_s_pod_would_go_elsewhere() -> None:
    path = CASES / f"{BY_SCORE}.json"
    case, _ = load(path)
    where = json.loads(path.read_text(encoding="utf-8"))["placed"]
    objects = [item for item in case.objects if item["kind"] != "Service"]
    assert chosen(objects, case.pods, where)[0] != [where[key(case.pods[0])]]
