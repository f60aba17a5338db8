"""Workloads and live pods, with what only checks look at."""

from pathlib import Path

from kubestow.adapters.setup_files import read_setup_files
from kubestow.model.resources import CPU, MEMORY
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.setup import CheckedWorkload, PodVolume

RC = "ReplicationController"
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {note: "1"}}
    spec:
      hostNetwork: true
      initContainers:
      - {name: first, image: init:1}
      - {name: side, image: side:1, restartPolicy: Always}
      containers:
      - name: web
        image: web:1
        command: [run]
        args: [--fast]
        securityContext: {privileged: true}
        ports: [{containerPort: 80, hostPort: 8080}, {containerPort: 81}]
        resources: {requests: {cpu: 500m, memory: 512m}, limits: {memory: 1Gi}}
      volumes:
      - {name: claim, persistentVolumeClaim: {claimName: data}}
      - {name: made, ephemeral: {volumeClaimTemplate: {spec: {storageClassName: gp3}}}}
      - {name: cache, emptyDir: {}}
      - {name: fast, emptyDir: {medium: Memory}}
      - {name: logs, hostPath: {path: /var/log}}
      - {name: settings, configMap: {name: s}}
"""


def read(tmp_path: Path, text: str) -> list[CheckedWorkload]:
    (tmp_path / "a.yaml").write_text(text)
    return read_setup_files([str(tmp_path / "a.yaml")]).facts.workloads


def pod(name: str, owner: str = "", **labels: str) -> str:
    owners = f", ownerReferences: [{owner}]" if owner else ""
    listed = ", ".join(f"{key}: '{text}'" for key, text in labels.items())
    return (
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop, "
        f"labels: {{{listed}}}{owners}}}\nspec: {{containers: [{{name: c, image: i:1}}]}}\n"
    )


def test_a_workload_is_read_with_its_containers_and_volumes(tmp_path: Path) -> None:
    (item,) = read(tmp_path, DEPLOYMENT)
    first, side, web = item.containers
    assert (item.subject.describe(), item.replicas, item.is_valid) == (
        "Deployment shop/web",
        3,
        True,
    )
    assert (item.host_network, dict(item.annotations)) == (True, {"note": "1"})
    assert [first.is_init, side.is_init, web.is_init] == [True, False, False]
    assert web.field == "spec.template.spec.containers[0]"
    assert (web.image, web.privileged, web.host_ports) == ("web:1", True, (8080,))
    assert web.arguments == ("run", "--fast")
    assert dict(web.requests) == {CPU: 500, MEMORY: 1}
    assert dict(web.limits) == {MEMORY: 2**30}
    assert ("requests.memory", "512m") in web.written
    assert [(volume.name, volume.kind) for volume in item.volumes] == [
        ("claim", "persistentVolumeClaim"), ("made", "ephemeral"), ("cache", "emptyDir"),
        ("fast", "memory"), ("logs", "hostPath"), ("settings", ""),
    ]  # fmt: skip
    assert item.volumes[0].claim == "data"
    assert item.volumes[1].storage_class == "gp3"


def test_a_workloads_selector_is_kept_and_one_that_cannot_be_read_is_unknown(
    tmp_path: Path,
) -> None:
    app = LabelSelector((SelectorRequirement("app", "In", ("web",)),))
    (deployment,) = read(tmp_path, DEPLOYMENT)
    assert deployment.selector == app
    controller = DEPLOYMENT.replace("apps/v1", "v1").replace("kind: Deployment", f"kind: {RC}")
    (old,) = read(tmp_path, controller.replace("{matchLabels: {app: web}}", "{app: web}"))
    assert old.selector == app
    (wrong,) = read(tmp_path, DEPLOYMENT.replace("{matchLabels: {app: web}}", "[app]"))
    assert wrong.selector is None


def test_limit_ranges_fill_in_what_is_missing(tmp_path: Path) -> None:
    limits = """---
apiVersion: v1
kind: LimitRange
metadata: {name: l, namespace: shop}
spec: {limits: [{type: Container, default: {memory: 2Gi}, defaultRequest: {cpu: 100m}}]}
"""
    (item,) = read(tmp_path, DEPLOYMENT + limits)
    first = item.containers[0]
    assert dict(first.requests) == {CPU: 100, MEMORY: 2 * 2**30}
    assert dict(first.limits) == {MEMORY: 2 * 2**30}


def test_a_statefulsets_templates_are_volumes_and_a_cronjob_has_its_own_path(
    tmp_path: Path,
) -> None:
    stateful = DEPLOYMENT.replace("Deployment", "StatefulSet") + (
        "  volumeClaimTemplates: [{metadata: {name: disk}, spec: {storageClassName: gp3}}]\n"
    )
    (item,) = read(tmp_path, stateful)
    assert item.volumes[-1] == PodVolume("disk", "volumeClaimTemplate", storage_class="gp3")
    cron = """
apiVersion: batch/v1
kind: CronJob
metadata: {name: night}
spec:
  schedule: "0 0 * * *"
  jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: i:1}]}}}}
"""
    (item,) = read(tmp_path, cron)
    assert (item.subject.path, item.replicas) == ("default/night", 1)
    assert item.containers[0].field == "spec.jobTemplate.spec.template.spec.containers[0]"


def test_a_workload_the_api_server_refuses_is_kept_as_not_valid(tmp_path: Path) -> None:
    (item,) = read(tmp_path, DEPLOYMENT.replace("limits: {memory: 1Gi}", "limits: {cpu: 100m}"))
    assert not item.is_valid
    assert dict(item.containers[2].requests)[CPU] == 500
    assert dict(item.containers[2].limits)[CPU] == 100


def test_pods_of_a_workload_in_the_input_are_not_counted_again(tmp_path: Path) -> None:
    owner = "{kind: ReplicaSet, name: web-5f, uid: u, controller: true}"
    pods = pod("web-5f-a", owner, **{"pod-template-hash": "5f"})
    (item,) = read(tmp_path, DEPLOYMENT + pods)
    assert item.replicas == 3


def test_pods_alone_are_taken_together_under_their_owner(tmp_path: Path) -> None:
    owner = "{kind: ReplicaSet, name: web-5f, uid: u, controller: true}"
    agent = "{kind: DaemonSet, name: agent, uid: d, controller: true}"
    static = "{kind: Node, name: n1, uid: n, controller: true}"
    pods = (
        pod("web-5f-a", owner, **{"pod-template-hash": "5f"})
        + pod("web-5f-b", owner, **{"pod-template-hash": "5f"})
        + pod("agent-x", agent)
        + pod("kube-proxy", static)
        + pod("tool")
    )
    found = {item.subject.describe(): item for item in read(tmp_path, pods)}
    assert sorted(found) == ["DaemonSet shop/agent", "Deployment shop/web", "Pod shop/tool"]
    assert found["Deployment shop/web"].replicas == 2
    assert found["Pod shop/tool"].field == "spec"


def test_a_replica_set_of_a_deployment_in_the_input_is_not_one_more(tmp_path: Path) -> None:
    replica_set = DEPLOYMENT.replace("kind: Deployment", "kind: ReplicaSet").replace(
        "{name: web, namespace: shop}",
        "{name: web-5f, namespace: shop, ownerReferences: "
        "[{kind: Deployment, name: web, uid: u, controller: true}]}",
    )
    (item,) = read(tmp_path, DEPLOYMENT + "---" + replica_set)
    assert item.subject.kind == "Deployment"
