"""A HorizontalPodAutoscaler that has nothing to scale, or nothing to reckon with."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.resources import CPU
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES

RULE = Rule(
    "autoscaler-target",
    "warning",
    "A HorizontalPodAutoscaler cannot do its work",
    KUBERNETES + "tasks/run-application/horizontal-pod-autoscale/",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find autoscalers without their workload, or whose pods request no cpu."""
    known = {
        (w.subject.kind, w.subject.namespace, w.subject.name): w for w in context.setup.workloads
    }
    for scaling in context.setup.scalings:
        namespace = scaling.subject.namespace
        target = known.get((scaling.target_kind, namespace, scaling.target_name))
        if target is None:
            yield RULE.found(
                scaling.subject,
                "spec.scaleTargetRef",
                f"{scaling.target_kind} {namespace}/{scaling.target_name} is not in the input",
                "correct the name or the namespace, or give the workload as well",
            )
        elif any(CPU not in dict(c.requests) for c in target.containers if not c.is_init):
            if (
                CPU in dict(target.template.requests)
                and target.template.requests
                and not any(CPU in dict(c.requests) for c in target.containers)
            ):
                continue  # asked for at the level of the pod
            yield RULE.found(
                scaling.subject,
                "spec.metrics",
                f"a container of {target.subject.describe()} requests no cpu: utilisation of cpu "
                "is a share of the request, so it cannot be told",
                "write resources.requests.cpu for every container",
            )
