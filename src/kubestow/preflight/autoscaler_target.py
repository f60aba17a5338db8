"""A HorizontalPodAutoscaler without a target, or without cpu requests to compute with."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.resources import CPU
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES

RULE = Rule(
    "autoscaler-target",
    "warning",
    "A HorizontalPodAutoscaler cannot scale its target",
    KUBERNETES + "tasks/run-application/horizontal-pod-autoscale/",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find autoscalers without their workload, or whose pods request no cpu."""
    workloads = {
        (w.subject.kind, w.subject.namespace, w.subject.name): w for w in context.setup.workloads
    }
    for scaling in context.setup.scalings:
        namespace = scaling.subject.namespace
        target = workloads.get((scaling.target_kind, namespace, scaling.target_name))
        if target is None:
            yield RULE.finding(
                scaling.subject,
                "spec.scaleTargetRef",
                f"{scaling.target_kind} {namespace}/{scaling.target_name} is not in the input",
                "correct the name or the namespace, or add the workload to the input",
            )
        elif scaling.by_cpu and any(
            CPU not in dict(c.requests) for c in target.containers if not c.is_init
        ):
            if (
                CPU in dict(target.template.requests)
                and target.template.requests
                and not any(CPU in dict(c.requests) for c in target.containers)
            ):
                continue  # requested at pod level
            yield RULE.finding(
                scaling.subject,
                "spec.metrics",
                f"a container of {target.subject.describe()} requests no cpu, so its cpu "
                "utilization, a share of the request, cannot be computed",
                "set resources.requests.cpu for every container",
            )
