"""Pods that prevent Cluster Autoscaler from removing their node, by volumes or an annotation.

Source: Cluster Autoscaler FAQ, What types of pods can prevent CA from removing a node?
"""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.labels import SAFE_LOCAL_VOLUMES, SAFE_TO_EVICT
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import listed

RULE = Rule(
    "local-storage-eviction",
    "info",
    "A pod prevents Cluster Autoscaler from removing its node",
    "https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md",
)
_SAFE, _SAFE_VOLUMES = SAFE_TO_EVICT, SAFE_LOCAL_VOLUMES


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Check pods on nodes if the input has node groups or Cluster Autoscaler."""
    runs = any(
        "cluster-autoscaler" in c.image for w in context.setup.workloads for c in w.containers
    )
    if not runs and not any(capacity.group for capacity in context.capacities):
        yield RULE.not_judged("no node groups and no Cluster Autoscaler in the input")
        return
    for workload in context.on_nodes:
        notes = dict(workload.annotations)
        safe = notes.get(_SAFE)
        spared = set(notes.get(_SAFE_VOLUMES, "").split(","))
        local = [v.name for v in workload.volumes
                 if v.kind in ("emptyDir", "hostPath") and v.name not in spared]  # fmt: skip
        field = "spec.template.metadata.annotations"
        if safe == "false":
            reason = f"{_SAFE} is false: Cluster Autoscaler never removes its nodes"
            fix = "remove the annotation if the pods may be moved"
            yield RULE.finding(workload.subject, field, reason, fix)
        elif local and safe != "true":
            yield RULE.finding(
                workload.subject,
                field,
                f"volumes {listed(local)} are local: Cluster Autoscaler does not remove its nodes",
                f'annotate the pods with {_SAFE}: "true" if their local data may be lost',
            )
