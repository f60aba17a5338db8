"""Which objects may make pods."""

import pytest

from kubestow.adapters.documents import Document
from kubestow.adapters.kubernetes.pod_makers import may_make_pods


@pytest.mark.parametrize(
    ("api_version", "kind", "may"),
    [
        ("monitoring.coreos.com/v1", "Prometheus", True),
        ("kafka.strimzi.io/v1beta2", "Kafka", True),
        ("kafka.strimzi.io/v1beta2", "KafkaTopic", False),
        ("example.com/v1", "Anything", True),
        ("keda.sh/v1alpha1", "ScaledJob", True),
        ("keda.sh/v1alpha1", "ScaledObject", False),
        ("monitoring.coreos.com/v1", "ServiceMonitor", False),
        ("cert-manager.io/v1", "Certificate", False),
        ("karpenter.sh/v1", "NodePool", False),
        ("policy/v1", "PodDisruptionBudget", False),
        ("networking.k8s.io/v1", "Ingress", False),
        ("v1", "ConfigMap", False),
    ],
)
def test_anything_of_another_group_may_unless_it_is_known_not_to(
    api_version: str, kind: str, may: bool
) -> None:
    assert may_make_pods(Document("f.yaml", kind, api_version, b"{}")) is may
