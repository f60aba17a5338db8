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
        ("minAvailable: [1]", "spec.minAvailable", "expected a whole number"),
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


ROLLOUT = """
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, resources: {requests: {cpu: 1}}}]}
"""
SCALED = """
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: web}
spec: {scaleTargetRef: {kind: Rollout, name: web}, minReplicaCount: 2, maxReplicaCount: 9,
       triggers: [{type: %s}]}
"""


@pytest.mark.parametrize(("trigger", "by_cpu"), [("cpu", True), ("kafka", False)])
def test_a_scaled_object_scales_its_target(tmp_path: Path, trigger: str, by_cpu: bool) -> None:
    (found,) = read(tmp_path, ROLLOUT + SCALED % trigger).facts.workloads
    assert found.subject.describe() == "Rollout default/web"
    assert (found.replicas, found.lasts) == (4, True)
    scaling = found.scaling
    assert scaling is not None
    assert (scaling.minimum, scaling.maximum, scaling.by_cpu) == (2, 9, by_cpu)
    assert (scaling.least_field, scaling.most_field) == (
        "spec.minReplicaCount", "spec.maxReplicaCount"
    )  # fmt: skip


def test_of_two_definitions_the_last_is_checked(tmp_path: Path) -> None:
    facts = read(tmp_path, ROLLOUT + "---" + ROLLOUT.replace("replicas: 4", "replicas: 7")).facts
    assert [workload.replicas for workload in facts.workloads] == [7]


def test_what_an_operator_makes_is_checked_as_the_custom_object(tmp_path: Path) -> None:
    (found,) = read(
        tmp_path,
        "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: main}\n"
        "spec: {replicas: 2, podMetadata: {labels: {app: metrics}}}",
    ).facts.workloads
    assert found.subject.describe() == "Prometheus default/main"
    assert (found.replicas, found.field, found.lasts) == (2, "spec", True)
    assert dict(found.labels)["app"] == "metrics"
    assert [(c.name, c.field) for c in found.containers] == [("prometheus", "spec")]


def test_live_pods_of_an_operator_are_not_checked_beside_it(tmp_path: Path) -> None:
    owner = "ownerReferences: [{kind: StatefulSet, name: prometheus-main, controller: true}]"
    facts = read(
        tmp_path,
        "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: main}\n"
        "spec: {replicas: 2}\n---\nkind: Pod\n"
        f"metadata: {{name: prometheus-main-0, {owner}}}\nspec: {{containers: [{{name: c}}]}}",
    ).facts
    assert [(w.subject.kind, w.replicas) for w in facts.workloads] == [("Prometheus", 2)]


def test_a_daemon_set_that_an_operator_makes_is_one(tmp_path: Path) -> None:
    (found,) = read(
        tmp_path,
        "apiVersion: opentelemetry.io/v1beta1\nkind: OpenTelemetryCollector\n"
        "metadata: {name: otel}\nspec: {mode: daemonset}",
    ).facts.workloads
    assert found.is_daemonset


def test_a_claim_template_takes_the_place_of_a_volume_of_its_name(tmp_path: Path) -> None:
    claim = "{metadata: {name: disk}, spec: {resources: {requests: {storage: 1Gi}}}}"
    text = ROLLOUT.replace("argoproj.io/v1alpha1", "apps/v1").replace("Rollout", "StatefulSet")
    volume = "volumes: [{name: disk, persistentVolumeClaim: {claimName: other}}], containers"
    text = text.replace("containers", volume) + f"  volumeClaimTemplates: [{claim}]\n"
    (found,) = read(tmp_path, text).facts.workloads
    assert [(v.name, v.kind) for v in found.volumes] == [("disk", "volumeClaimTemplate")]
