"""Budgets, classes, autoscalers and the rest of what only checks look at."""

from pathlib import Path

import pytest

from kubestow.adapters.setup_files import SetupReading, read_setup_files
from kubestow.model.setup import Disk
from kubestow.testing import selector

BUDGET = """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}, %s}
"""


def read(tmp_path: Path, text: str) -> SetupReading:
    (tmp_path / "a.yaml").write_text(text)
    return read_setup_files([str(tmp_path / "a.yaml")])


def test_a_budget_has_a_selector_and_one_limit_as_written(tmp_path: Path) -> None:
    (found,) = read(tmp_path, BUDGET % "minAvailable: 50%").facts.budgets
    assert found.subject.describe() == "PodDisruptionBudget shop/web"
    assert found.selector == selector(app="web")
    assert (found.min_available, found.max_unavailable) == ("50%", None)
    (found,) = read(tmp_path, BUDGET % "maxUnavailable: 0").facts.budgets
    assert found.max_unavailable == "0"


@pytest.mark.parametrize(
    ("limits", "field", "message"),
    [
        (
            "minAvailable: half",
            "spec.minAvailable",
            "'half' is neither a number of pods nor a percentage",
        ),
        (
            "minAvailable: 1, maxUnavailable: 1",
            "spec.maxUnavailable",
            "is set together with minAvailable",
        ),
        ("minAvailable: [1]", "spec.minAvailable", "Expected"),
    ],
)
def test_a_budget_that_is_wrong_is_a_finding(
    tmp_path: Path, limits: str, field: str, message: str
) -> None:
    (found,) = read(tmp_path, BUDGET % limits).unreadable
    assert found.subject.describe() == "PodDisruptionBudget shop/web"
    assert found.field == field
    assert message in found.message
    assert found.hint


def test_storage_classes_and_node_classes(tmp_path: Path) -> None:
    facts = read(
        tmp_path,
        """
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
provisioner: ebs.csi.aws.com
parameters: {type: gp2}
---
apiVersion: karpenter.k8s.aws/v1
kind: EC2NodeClass
metadata: {name: default}
spec:
  amiSelectorTerms: [{alias: al2@latest}]
  metadataOptions: {httpTokens: optional}
  blockDeviceMappings: [{deviceName: /dev/xvda, ebs: {volumeType: gp3, encrypted: true}}]
---
apiVersion: karpenter.k8s.aws/v1beta1
kind: EC2NodeClass
metadata: {name: older}
spec: {amiFamily: AL2023}
""",
    ).facts
    (storage,) = facts.storage
    assert (storage.volume_type, storage.waits_for_first_consumer) == ("gp2", False)
    default, older = facts.machines
    assert (default.ami_family, default.hop_limit, default.http_tokens) == ("AL2", None, "optional")
    assert default.disks == (Disk("spec.blockDeviceMappings[0].ebs", "gp3", True),)
    assert (older.ami_family, older.hop_limit) == ("AL2023", 2)


def test_what_the_load_balancer_controller_serves(tmp_path: Path) -> None:
    facts = read(
        tmp_path,
        """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a}
spec: {ingressClassName: alb}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: b}
spec: {ingressClassName: nginx}
---
apiVersion: v1
kind: Service
metadata: {name: c}
spec: {type: LoadBalancer, loadBalancerClass: service.k8s.aws/nlb}
---
apiVersion: v1
kind: Service
metadata: {name: d}
spec: {type: LoadBalancer}
""",
    ).facts
    assert [item.name for item in facts.load_balancers] == ["a", "c"]


def test_every_object_is_noted_with_its_api_version_and_autoscalers_with_their_target(
    tmp_path: Path,
) -> None:
    facts = read(
        tmp_path,
        """
apiVersion: policy/v1beta1
kind: PodDisruptionBudget
metadata: {name: old}
spec: {maxUnavailable: 1}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec: {scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 9}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
""",
    ).facts
    assert [(o.subject.describe(), o.api_version) for o in facts.objects] == [
        ("PodDisruptionBudget default/old", "policy/v1beta1"),
        ("HorizontalPodAutoscaler shop/web", "autoscaling/v2"),
        ("Namespace shop", "v1"),
    ]
    (scaling,) = facts.scalings
    assert (scaling.target_name, scaling.minimum, scaling.maximum) == ("web", 1, 9)
