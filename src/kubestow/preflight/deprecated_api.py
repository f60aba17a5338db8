"""Objects in an API version that Kubernetes no longer serves, or will soon stop serving.

Source: Kubernetes, Deprecated API Migration Guide (kubernetes.io, read 2026-10), and Karpenter's
upgrade guide for its own groups.
"""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES

RULE = Rule(
    "deprecated-api",
    "error",
    "An object uses an API version that is no longer served",
    KUBERNETES + "reference/using-api/deprecation-guide/",
)
_ANY = "*"
_OLDEST_ON_EKS = 29  # versions removed before it are removed in every cluster that EKS runs
_REMOVED: dict[tuple[str, str], tuple[int, str]] = {
    ("extensions/v1beta1", "Ingress"): (22, "networking.k8s.io/v1"),
    ("extensions/v1beta1", "NetworkPolicy"): (16, "networking.k8s.io/v1"),
    ("extensions/v1beta1", "PodSecurityPolicy"): (16, "Pod Security Admission"),
    ("extensions/v1beta1", _ANY): (16, "apps/v1"),
    ("apps/v1beta1", _ANY): (16, "apps/v1"),
    ("apps/v1beta2", _ANY): (16, "apps/v1"),
    ("admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfiguration"): (
        22, "admissionregistration.k8s.io/v1"),
    ("admissionregistration.k8s.io/v1beta1", "ValidatingWebhookConfiguration"): (
        22, "admissionregistration.k8s.io/v1"),
    ("apiextensions.k8s.io/v1beta1", _ANY): (22, "apiextensions.k8s.io/v1"),
    ("apiregistration.k8s.io/v1beta1", _ANY): (22, "apiregistration.k8s.io/v1"),
    ("certificates.k8s.io/v1beta1", "CertificateSigningRequest"): (22, "certificates.k8s.io/v1"),
    ("coordination.k8s.io/v1beta1", "Lease"): (22, "coordination.k8s.io/v1"),
    ("networking.k8s.io/v1beta1", "Ingress"): (22, "networking.k8s.io/v1"),
    ("networking.k8s.io/v1beta1", "IngressClass"): (22, "networking.k8s.io/v1"),
    ("rbac.authorization.k8s.io/v1beta1", _ANY): (22, "rbac.authorization.k8s.io/v1"),
    ("scheduling.k8s.io/v1beta1", "PriorityClass"): (22, "scheduling.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", "CSIStorageCapacity"): (27, "storage.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", "CSIDriver"): (22, "storage.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", "CSINode"): (22, "storage.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", "StorageClass"): (22, "storage.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", "VolumeAttachment"): (22, "storage.k8s.io/v1"),
    ("batch/v1beta1", "CronJob"): (25, "batch/v1"),
    ("discovery.k8s.io/v1beta1", "EndpointSlice"): (25, "discovery.k8s.io/v1"),
    ("events.k8s.io/v1beta1", "Event"): (25, "events.k8s.io/v1"),
    ("autoscaling/v2beta1", "HorizontalPodAutoscaler"): (25, "autoscaling/v2"),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler"): (26, "autoscaling/v2"),
    ("policy/v1beta1", "PodDisruptionBudget"): (25, "policy/v1"),
    ("policy/v1beta1", "PodSecurityPolicy"): (25, "Pod Security Admission"),
    ("node.k8s.io/v1beta1", "RuntimeClass"): (25, "node.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", _ANY): (26, "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", _ANY): (29, "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta3", _ANY): (32, "flowcontrol.apiserver.k8s.io/v1"),
}  # fmt: skip
"""(API version, kind or *): the minor version that removed it, and the replacement."""
_KARPENTER = {
    "karpenter.sh/v1alpha5": ("0.33", "a karpenter.sh/v1 NodePool"),
    "karpenter.k8s.aws/v1alpha1": ("0.33", "a karpenter.k8s.aws/v1 EC2NodeClass"),
    "karpenter.sh/v1beta1": ("1.1", "karpenter.sh/v1"),
    "karpenter.k8s.aws/v1beta1": ("1.1", "karpenter.k8s.aws/v1"),
}


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Look up the API version of every object."""
    version = context.version or _OLDEST_ON_EKS
    for item in context.setup.objects:
        kind, written = item.subject.kind, item.api_version
        if written in _KARPENTER:
            removed_in, instead = _KARPENTER[written]
            reason = f"{written} is not served by Karpenter {removed_in} and later"
            yield RULE.finding(item.subject, "apiVersion", reason, f"use {instead}", "warning")
            continue
        removal = _REMOVED.get((written, kind)) or _REMOVED.get((written, _ANY))
        if removal is None:
            continue
        removed, instead = removal
        is_gone = version >= removed
        runs = f"the cluster runs 1.{version}" if context.version else "EKS runs 1.29 and later"
        reason = f"{written} {kind} is not served since Kubernetes 1.{removed}, and {runs}"
        yield RULE.finding(
            item.subject,
            "apiVersion",
            reason if is_gone else f"{reason}: an upgrade will remove it",
            f"use {instead}",
            None if is_gone else "warning",
        )
