"""The pods of the input taken together: names made unique, quotas, and what is said of requests."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kubestow.adapters.kubernetes.admission import Quota
from kubestow.model.counted import agreeing, counted
from kubestow.model.pod import Pod, PodTemplate

_MEBIBYTE = 2**20


def small_requests(pods: Iterable[Pod]) -> Iterator[str]:
    """Yield a note on pending pods that request nothing, or next to no memory."""
    counts: dict[int, tuple[PodTemplate, int]] = {}
    for pod in pods:
        if not pod.node_name:
            template, count = counts.get(id(pod.template), (pod.template, 0))
            counts[id(pod.template)] = template, count + 1
    nothing = little = 0
    for template, count in counts.values():
        requests = dict(template.requests)
        nothing += 0 if {"cpu", "memory"} & requests.keys() else count
        little += count if 0 < requests.get("memory", 0) < _MEBIBYTE else 0
    if nothing:
        ask = agreeing(nothing, "requests", "request")
        yield f"{counted(nothing, 'pod')} {ask} neither cpu nor memory"
    if little:
        ask = agreeing(little, "requests", "request")
        yield f"{counted(little, 'pod')} {ask} less than 1Mi of memory (512m is half a byte)"


def distinct(pods: list[Pod]) -> list[Pod]:
    """Rename pods that share a name, such as a Deployment's and a Job's."""
    seen: set[tuple[str, str]] = set()
    for position, pod in enumerate(pods):
        name, number = pod.name, 2
        while (pod.namespace, name) in seen:
            name, number = f"{pod.name}-{number}", number + 1
        seen.add((pod.namespace, name))
        if name != pod.name:
            pods[position] = replace(pod, name=name)
    return pods


def admitted(pods: list[Pod], quotas: dict[str, list[Quota]]) -> Iterable[Pod]:
    """Apply ResourceQuotas: bound pods count first, then the others in their order."""
    if not quotas:
        return pods
    kept: dict[int, Pod] = {}
    for index in sorted(range(len(pods)), key=lambda i: not pods[i].node_name):
        pod = pods[index]
        refusal = pod.rejected
        for quota in quotas.get(pod.namespace, ()):
            refusal = refusal or quota.admit(dict(pod.template.requests))
        keep = not refusal or bool(pod.node_name)
        kept[index] = pod if keep else replace(pod, rejected=refusal)
    return [kept[index] for index in range(len(pods))]
