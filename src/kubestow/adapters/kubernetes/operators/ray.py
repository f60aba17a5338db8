"""KubeRay's kinds: a head pod and groups of workers.

Sources: ray-project/kuberay ray-operator/apis/ray/v1 (raycluster_types.go, rayjob_types.go,
rayservice_types.go) and controllers/ray (common/pod.go, utils/util.go
GetWorkerGroupDesiredReplicas).
"""

from collections.abc import Iterator

from kubestow.adapters.kubernetes.operators.custom import Custom, Reader, with_container
from kubestow.adapters.kubernetes.operators.made import MadeWorkload
from kubestow.adapters.kubernetes.operators.part import Part

_AUTOSCALER = {"requests": {"cpu": "500m", "memory": "512Mi"}}
_WAITER = {
    "name": "wait-gcs-ready",
    "resources": {"requests": {"cpu": "200m", "memory": "256Mi"}},
}
_SUBMITTER = {"requests": {"cpu": "500m", "memory": "200Mi"}}
_UNLIMITED = 2**31 - 1
_ENDED = ("Complete", "Failed", "Suspended")


def ray_cluster(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a RayCluster."""
    yield from _cluster(custom, custom.spec, {"ray.io/cluster": custom.name})


def ray_job(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a RayJob: a RayCluster of its own, and the Job that submits to it (K8sJobMode)."""
    spec = custom.spec
    ended = spec.flag("suspend")
    ended = ended or custom.root.part("status").text("jobDeploymentStatus") in _ENDED
    if ended:
        return
    own = {"ray.io/originated-from-cr-name": custom.name}
    if not spec.part("clusterSelector").value:
        yield from _cluster(custom, spec.part("rayClusterSpec"), own)
    if spec.text("submissionMode", "K8sJobMode") == "K8sJobMode":
        template = spec.part("submitterPodTemplate")
        has_template = bool(template.value)
        yield MadeWorkload(
            kind="Job",
            name=custom.name,
            template=template.value
            if has_template
            else with_container(Part(), "ray-job-submitter", _SUBMITTER),
            at=template.path,
            count=1,
        )


def ray_service(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a RayService: a RayCluster, and a second one while it is upgraded."""
    custom.note("the second cluster of an upgrade is not counted")
    own = {"ray.io/originated-from-cr-name": custom.name}
    yield from _cluster(custom, custom.spec.part("rayClusterConfig"), own)


def _cluster(custom: Custom, spec: Part, labels: dict[str, str]) -> Iterator[MadeWorkload]:
    if spec.flag("suspend"):
        return
    autoscales = spec.flag("enableInTreeAutoscaling")
    owner = ("RayCluster", custom.name)
    head = spec.part("headGroupSpec", "template")
    yield MadeWorkload(
        kind="ReplicaSet",
        name=f"{custom.name}-head",
        template=_with_autoscaler(head, spec.part("autoscalerOptions"))
        if autoscales
        else head.value,
        at=head.path,
        count=1,
        labels=labels | {"ray.io/node-type": "head"},
        owner=owner,
        generated=("autoscaler",) if autoscales else (),
    )
    for group in spec.parts("workerGroupSpecs"):
        template = group.part("template")
        yield MadeWorkload(
            kind="ReplicaSet",
            name=f"{custom.name}-{group.text('groupName')}-worker",
            template=_with_waiter(template),
            at=template.path,
            count=_workers(custom, group, autoscales=autoscales),
            counted_at=group.where("replicas"),
            labels=labels | {"ray.io/node-type": "worker", "ray.io/group": group.text("groupName")},
            owner=owner,
            generated=(str(_WAITER["name"]),),
        )


def _workers(custom: Custom, group: Part, *, autoscales: bool) -> int:
    """Return the pods of a worker group: replicas from minReplicas to maxReplicas, times hosts."""
    if group.flag("suspend"):
        return 0
    lowest, highest = group.integer("minReplicas", 0), group.integer("maxReplicas", _UNLIMITED)
    wanted = min(max(group.integer("replicas", lowest), lowest), highest)
    if autoscales:
        wanted = custom.chosen(lowest, wanted, None if highest == _UNLIMITED else highest)
    return wanted * group.integer("numOfHosts", 1)


def _with_autoscaler(template: Part, options: Part) -> dict[str, object]:
    spec = template.part("spec")
    own = {"name": "autoscaler", "resources": options.raw("resources") or _AUTOSCALER}
    containers = [*(item.value for item in spec.parts("containers")), own]
    return {**template.value, "spec": {**spec.value, "containers": containers}}


def _with_waiter(template: Part) -> dict[str, object]:
    """Return a worker's template with the init container that waits for the head."""
    spec = template.part("spec")
    if not spec.value:
        return dict(template.value)
    first = [*(item.value for item in spec.parts("initContainers")), _WAITER]
    return {**template.value, "spec": {**spec.value, "initContainers": first}}


READERS: dict[tuple[str, str], Reader] = {
    ("ray.io", "RayCluster"): ray_cluster,
    ("ray.io", "RayJob"): ray_job,
    ("ray.io", "RayService"): ray_service,
}
