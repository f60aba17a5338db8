from collections.abc import Callable

import pytest

from kubestow.model.snapshot import Cluster

Read = Callable[..., Cluster]
TEMPLATE = "{metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}"


def workload(kind: str, spec: str = "", status: str = "{}") -> str:
    return (
        f"{{kind: {kind}, metadata: {{name: web, namespace: shop}}, spec: {{selector: "
        f"{{matchLabels: "
        f"{{app: web}}}}, template: {TEMPLATE}{', ' if spec else ''}{spec}}}, status: {status}}}"
    )


def names(cluster: Cluster) -> list[str]:
    return [pod.name for pod in cluster.pods]


@pytest.mark.parametrize(
    ("kind", "spec", "status", "pods"),
    [
        ("Deployment", "", "{}", 1),
        ("Deployment", "replicas: 3", "{}", 3),
        ("Deployment", "replicas: 0", "{}", 0),
        ("ReplicaSet", "replicas: 2", "{}", 2),
        ("StatefulSet", "replicas: 2", "{}", 2),
        ("Job", "", "{}", 1),
        ("Job", "parallelism: 4", "{}", 4),
        ("Job", "parallelism: 4, completions: 2", "{}", 2),
        ("Job", "parallelism: 4, completions: 9", "{succeeded: 7}", 2),
        ("Job", "parallelism: 4, completions: 9", "{succeeded: 9}", 0),
        ("Job", "parallelism: 4, suspend: true", "{}", 0),
        ("Job", "", "{completionTime: '2025-01-01T00:00:00Z'}", 0),
    ],
)
def test_a_workload_makes_as_many_pods_as_it_runs_at_once(
    read: Read, kind: str, spec: str, status: str, pods: int
) -> None:
    found = read(workload(kind, spec, status)).pods
    assert len(found) == pods
    assert len({pod.key for pod in found}) == pods
    assert len({id(pod.template) for pod in found}) <= 1
    assert all(pod.namespace == "shop" and dict(pod.labels)["app"] == "web" for pod in found)


def test_a_replication_controller_needs_no_selector(read: Read) -> None:
    text = workload("ReplicationController", "replicas: 2")
    assert len(read(text.replace("selector: {matchLabels: {app: web}}, ", "")).pods) == 2


@pytest.mark.parametrize(
    ("spec", "pods"),
    [("", 1), ("suspend: true, ", 0), ("suspend: false, ", 1), ("concurrencyPolicy: Forbid, ", 1)],
)
def test_a_cron_job_has_one_run_at_a_time(read: Read, spec: str, pods: int) -> None:
    cluster = read(
        f"{{kind: CronJob, metadata: {{name: c}}, spec: {{{spec}schedule: '* * * * *', "
        f"jobTemplate: {{spec: {{template: {TEMPLATE}}}}}}}}}"
    )
    assert len(cluster.pods) == pods


def test_a_daemonset_makes_no_pods_until_there_are_nodes(read: Read) -> None:
    cluster = read(workload("DaemonSet"))
    assert cluster.pods == ()
    assert [(d.key, d.labels) for d in cluster.daemonsets] == [("shop/web", (("app", "web"),))]


def autoscaler(spec: str, status: str = "null") -> str:
    return (
        "{kind: HorizontalPodAutoscaler, metadata: {name: h, namespace: shop}, spec: "
        "{scaleTargetRef: "
        f"{{kind: Deployment, name: web}}, {spec}}}, status: {status}}}"
    )


@pytest.mark.parametrize(
    ("replicas", "spec", "status", "current", "least", "most"),
    [
        ("replicas: 5", "minReplicas: 2, maxReplicas: 9", "null", 5, 2, 9),
        ("replicas: 5", "minReplicas: 2, maxReplicas: 9", "{currentReplicas: 7}", 7, 2, 9),
        ("replicas: 1", "minReplicas: 2, maxReplicas: 9", "null", 2, 2, 9),
        ("replicas: 20", "minReplicas: 2, maxReplicas: 9", "null", 9, 2, 9),
        ("", "minReplicas: 3, maxReplicas: 9", "null", 3, 3, 9),
        ("", "maxReplicas: 9", "null", 1, 1, 9),
        ("replicas: 0", "minReplicas: 2, maxReplicas: 9", "null", 0, 0, 0),
    ],
)
def test_an_autoscaler_decides_the_replicas(
    read: Read, replicas: str, spec: str, status: str, current: int, least: int, most: int
) -> None:
    texts = (autoscaler(spec, status), workload("Deployment", replicas))
    assert {
        choice: len(read(*texts, autoscaler_choice=choice).pods)
        for choice in ("current", "min", "max")
    } == {"current": current, "min": least, "max": most}


def test_an_autoscaler_of_another_namespace_or_kind_decides_nothing(read: Read) -> None:
    other = autoscaler("maxReplicas: 9, minReplicas: 4").replace("namespace: shop", "namespace: x")
    assert len(read(other, workload("Deployment")).pods) == 1
    assert len(read(autoscaler("maxReplicas: 9, minReplicas: 4"), workload("ReplicaSet")).pods) == 1


CLAIMS = "volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: gp3}}]"


def test_each_pod_of_a_stateful_set_has_claims_and_labels_of_its_own(read: Read) -> None:
    cluster = read(workload("StatefulSet", f"replicas: 2, {CLAIMS}"))
    assert [pod.volume_claims for pod in cluster.pods] == [("data-web-0",), ("data-web-1",)]
    assert dict(cluster.pods[1].labels)["apps.kubernetes.io/pod-index"] == "1"
    assert dict(cluster.pods[1].labels)["statefulset.kubernetes.io/pod-name"] == "web-1"
    assert cluster.claims["shop", "data-web-1"].storage_class == "gp3"
    assert cluster.pods[0].template is cluster.pods[1].template


def test_a_claim_of_the_input_is_used_rather_than_made(read: Read) -> None:
    cluster = read(
        "{kind: PersistentVolumeClaim, metadata: {name: data-web-0, namespace: shop}, "
        "spec: {volumeName: pv-1}}",
        workload("StatefulSet", CLAIMS),
    )
    assert cluster.claims["shop", "data-web-0"].volume_name == "pv-1"


def test_ordinals_of_a_stateful_set_may_start_elsewhere(read: Read) -> None:
    cluster = read(workload("StatefulSet", "replicas: 2, ordinals: {start: 5}"))
    assert names(cluster) == ["web-5", "web-6"]


def test_a_hundred_thousand_replicas_are_read_in_a_moment(read: Read) -> None:
    assert len(read(workload("Deployment", "replicas: 100000")).pods) == 100_000


def test_a_replication_controller_of_the_core_group_makes_pods(read: Read) -> None:
    cluster = read(
        "{apiVersion: v1, kind: ReplicationController, metadata: {name: old}, "
        f"spec: {{replicas: 2, selector: {{app: web}}, template: {TEMPLATE}}}}}"
    )
    assert (names(cluster), cluster.ignored) == (["old-0", "old-1"], ())


def live(ordinal: int) -> str:
    return (
        f"{{kind: Pod, metadata: {{name: web-{ordinal}, namespace: shop, ownerReferences: "
        "[{kind: StatefulSet, name: web, controller: true}]}, spec: {containers: [{name: c}], "
        f"volumes: [{{name: data, persistentVolumeClaim: {{claimName: data-web-{ordinal}}}}}]}}, "
        "status: {phase: Running}}"
    )


def test_claims_of_live_pods_of_a_stateful_set_are_made_if_the_input_lacks_them(
    read: Read,
) -> None:
    claim = (
        "{kind: PersistentVolumeClaim, metadata: {name: data-web-0, namespace: shop}, "
        "spec: {volumeName: pv-1}}"
    )
    workload_of_two = workload("StatefulSet", f"replicas: 2, {CLAIMS}")
    cluster = read(workload_of_two, live(0), live(1), live(2), claim)
    assert sorted(names(cluster)) == ["web-0", "web-1", "web-2"]
    assert cluster.claims["shop", "data-web-0"].volume_name == "pv-1"
    assert cluster.claims["shop", "data-web-1"].storage_class == "gp3"
    assert cluster.claims["shop", "data-web-2"].storage_class == "gp3"
    assert cluster.assumptions[0].startswith("2 PersistentVolumeClaims of StatefulSets' pods")


def test_a_claim_template_replaces_a_volume_of_its_name(read: Callable[..., Cluster]) -> None:
    cluster = read("""
    kind: StatefulSet
    metadata: {name: db}
    spec:
      selector: {matchLabels: {app: db}}
      template:
        metadata: {labels: {app: db}}
        spec:
          containers: [{name: c}]
          volumes:
          - {name: disk, persistentVolumeClaim: {claimName: disk}}
          - {name: other, persistentVolumeClaim: {claimName: other}}
      volumeClaimTemplates:
      - {metadata: {name: disk}, spec: {resources: {requests: {storage: 1Gi}}}}
    """)
    assert cluster.pods[0].volume_claims == ("other", "disk-db-0")


def test_a_scaled_object_of_keda_scales_a_deployment(read: Callable[..., Cluster]) -> None:
    texts = (
        "{kind: Deployment, metadata: {name: web}, spec: {selector: {matchLabels: {a: b}}, "
        "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c}]}}}}",
        "{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: s}, "
        "spec: {scaleTargetRef: {name: web}, minReplicaCount: 5, maxReplicaCount: 50}}",
    )
    counts = [len(read(*texts, autoscaler_choice=choice).pods) for choice in ("min", "max")]
    assert counts == [5, 50]
    cluster = read(*texts)
    assert (len(cluster.pods), cluster.workloads[0].autoscaler) == (5, "scaledobject/s")
