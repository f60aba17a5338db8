"""Which objects of other API groups may make pods: an operator's, as far as can be known.

Anything may make pods that is not known to make none. What Kubernetes defines itself is read.
"""

from kubestow.adapters.documents import Document

_QUIET_GROUPS = (
    "acme.cert-manager.io", "cert-manager.io", "trust.cert-manager.io", "cilium.io",
    "crd.k8s.amazonaws.com", "crd.projectcalico.org", "external-secrets.io", "extensions.istio.io",
    "generators.external-secrets.io", "karpenter.k8s.aws", "karpenter.sh", "kyverno.io",
    "networking.istio.io", "networking.gke.io", "projectcalico.org", "security.istio.io",
    "telemetry.istio.io", "traefik.containo.us", "traefik.io", "vpcresources.k8s.aws",
    "elbv2.k8s.aws", "eks.amazonaws.com", "bitnami.com", "secrets-store.csi.x-k8s.io",
)  # fmt: skip
_QUIET_KINDS = frozenset({
    "Alert", "AlertmanagerConfig", "AppProject", "ClusterTriggerAuthentication", "EndpointMonitor",
    "KafkaTopic", "KafkaUser", "PodMonitor", "Probe", "PrometheusRule", "Provider", "Receiver",
    "ScaledObject", "ScrapeConfig", "ServiceMonitor", "TriggerAuthentication",
})  # fmt: skip


def may_make_pods(document: Document) -> bool:
    """Return whether a controller that is not part of Kubernetes may make pods for an object."""
    group = document.api_version.rpartition("/")[0]
    if "." not in group or group.endswith(".k8s.io"):
        return False
    return group not in _QUIET_GROUPS and document.kind not in _QUIET_KINDS
