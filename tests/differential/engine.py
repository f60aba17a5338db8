"""kubestow's side of the comparison: the same objects, read as a user's files are.

Law: nothing here decides; reading, the engine and the judge are the product's own.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from kubestow.adapters.documents import Document
from kubestow.adapters.kubernetes.cluster import read_cluster
from kubestow.model.input_error import InputProblem
from kubestow.model.snapshot import Cluster
from kubestow.scheduling import filtering
from kubestow.scheduling.contents import Contents
from kubestow.scheduling.cycle import Cycle
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.scheduler_cache import build_cache
from kubestow.verify.arrival import arrival

from .model import Answer, Object, key


def read(objects: Sequence[Object]) -> Cluster:
    """Read Kubernetes objects into a cluster; fail on any that kubestow cannot read."""
    problems: list[InputProblem] = []
    documents = [
        Document("case", item["kind"], item["apiVersion"], json.dumps(item).encode())
        for item in objects
    ]
    cluster = read_cluster(documents, problems)
    assert not problems, problems[0].describe()
    # No controller runs beside the scheduler here: nobody makes ephemeral volumes' claims.
    claims = {
        (item["metadata"]["namespace"], item["metadata"]["name"])
        for item in objects
        if item["kind"] == "PersistentVolumeClaim"
    }
    made = {name: claim for name, claim in cluster.claims.items() if name in claims}
    return replace(cluster, claims=made)


def judge(objects: Sequence[Object], pods: Sequence[Object]) -> dict[str, Answer]:
    """Return the engine's answer for each pod that it can judge."""
    cache = build_cache(read([*objects, *pods]))
    asked = {key(pod) for pod in pods}
    found = {}
    views: dict[int, PodContext] = {}
    for number, pod in enumerate(cache.cluster.pods):
        template = pod.template
        if pod.key not in asked or template.unsupported or template.scheduling_gates:
            continue
        kind = cache.kind_of[number]
        verdict = filtering.judge(views.setdefault(kind, PodContext(cache, kind)))
        quick = filtering.feasible(views[kind])
        assert (quick == verdict.feasible).all(), f"{pod.key}: two answers of the engine differ"
        names = frozenset(
            node.name for node, passes in zip(cache.nodes, verdict.feasible, strict=True) if passes
        )
        found[pod.key] = Answer(names, dict(verdict.histogram), verdict.message())
    return found


def deciding(objects: Sequence[Object], pods: Sequence[Object]) -> dict[str, dict[str, int]]:
    """Return for each pod the filters with the nodes that each was the first to refuse."""
    cache = build_cache(read([*objects, *pods]))
    asked = {key(pod) for pod in pods}
    found = {}
    for number, pod in enumerate(cache.cluster.pods):
        if pod.key in asked:
            verdict = filtering.judge(PodContext(cache, cache.kind_of[number]))
            found[pod.key] = dict(verdict.deciding)
            if verdict.unsolvable is not None:
                found[pod.key] = {verdict.unsolvable[0]: len(cache.nodes)}
    return found


def judge_apart(objects: Sequence[Object], pods: Sequence[Object]) -> dict[str, frozenset[str]]:
    """Return what kubestow.verify, which shares no code with the engine, says of each pod."""
    cluster = read([*objects, *pods])
    asked = {key(pod) for pod in pods}
    judge_of = arrival(cluster)
    answers = {
        pod.key: judge_of.feasible(pod)
        for pod in cluster.pods
        if pod.key in asked and not pod.node_name
    }
    return {name: nodes for name, nodes in answers.items() if nodes is not None}


def best_nodes(objects: Sequence[Object], placed: Sequence[Object], pod: Object) -> frozenset[str]:
    """Return the nodes that share the best score for a pod after others were placed."""
    cache = build_cache(read([*objects, *placed, pod]))
    number = next(n for n, item in enumerate(cache.cluster.pods) if item.key == key(pod))
    computed = Cycle(cache, sampled=False).best_nodes(number).tolist()
    remembering = build_cache(cache.cluster, cache.sorting)
    remembering.tell_apart(Contents())
    remembered = Cycle(remembering, sampled=False).best_nodes(number).tolist()
    assert remembered == computed, f"{key(pod)}: two answers of the engine differ"
    return frozenset(cache.nodes[node].name for node in computed)
