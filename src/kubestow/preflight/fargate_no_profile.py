"""A pod that needs Fargate, but that no Fargate profile selects: it stays Pending."""

from collections.abc import Iterator

from kubestow.model.fargate_profile import PROFILE_LABEL
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.setup import CheckedWorkload
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EKS, listed

RULE = Rule(
    "fargate-no-profile",
    "error",
    "No Fargate profile selects a pod that needs one",
    EKS + "fargate-profile.html",
)
_COMPUTE_TYPE = "eks.amazonaws.com/compute-type"


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find pods that request Fargate, or can only run there, without a profile."""
    config = context.setup.config
    if config is None:
        yield RULE.not_judged("no --cluster-config given")
        return
    only_fargate = bool(config.profiles) and not context.capacities and not config.auto_mode
    profiles = [profile.name for profile in config.profiles]
    for workload in context.on_nodes:
        asks = _asks(workload)
        if not (asks or only_fargate):
            continue
        labels = listed(f"{key}={text}" for key, text in workload.labels) or "none"
        yield RULE.finding(
            workload.subject,
            asks or "metadata.namespace",
            f"no profile (of: {listed(profiles) or 'none'}) selects namespace "
            f"{workload.subject.namespace} with labels {labels}: its pods stay Pending",
            f"add selectors: [{{namespace: {workload.subject.namespace}}}] to a fargateProfile",
        )


def _asks(workload: CheckedWorkload) -> str:
    """Return the field that requests Fargate, or an empty string."""
    template = workload.template
    if dict(template.node_selector).get(_COMPUTE_TYPE) == "fargate":
        return f"{workload.field}.nodeSelector"
    if any(t.key == _COMPUTE_TYPE and t.value == "fargate" for t in template.tolerations):
        return f"{workload.field}.tolerations"
    return "metadata.labels" if PROFILE_LABEL in dict(workload.labels) else ""
