"""Knative's Service and Flink's FlinkDeployment: pods by scale annotations, or by parallelism.

Sources: knative.dev/serving pkg/apis/autoscaling/register.go and pkg/deployment/config.go (the
queue-proxy requests 25m of cpu); apache/flink-kubernetes-operator FlinkDeploymentSpec and Flink's
native Kubernetes mode (flink-kubernetes KubernetesUtils, MemorySize).
"""

import math
import re
from collections.abc import Iterator
from typing import Any

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.operators.custom import Custom, Reader, with_container
from kubestow.adapters.kubernetes.operators.made import MadeWorkload
from kubestow.adapters.kubernetes.operators.part import Part

_SCALE = "autoscaling.knative.dev/"
_QUEUE = {"name": "queue-proxy", "resources": {"requests": {"cpu": "25m"}}}
_FLINK_MEMORY = re.compile(r"(\d{1,12})\s*([a-z]*)", re.ASCII)
_MIB = {"": 2**-20, "b": 2**-20, "bytes": 2**-20, "k": 2**-10, "kb": 2**-10, "kibibytes": 2**-10,
        "m": 1, "mb": 1, "mebibytes": 1, "g": 2**10, "gb": 2**10, "gibibytes": 2**10,
        "t": 2**20, "tb": 2**20, "tebibytes": 2**20}  # fmt: skip


def knative_service(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a Knative Service: initial-scale (1) pods now, min-scale (0) and max-scale as bounds."""
    custom.note("planned for the initial scale unless --hpa says otherwise; one revision")
    template = custom.spec.part("template")
    notes = template.part("metadata", "annotations")
    lowest = _scale(notes, "min", 0)
    highest = _scale(notes, "max", 0)
    current = max(lowest, _scale(notes, "initial", 1))
    spec = template.part("spec")
    pod = {key: value for key, value in spec.value.items()
           if key not in ("containerConcurrency", "timeoutSeconds", "idleTimeoutSeconds",
                          "responseStartTimeoutSeconds")}  # fmt: skip
    pod["containers"] = [*(item.value for item in spec.parts("containers")), _QUEUE]
    yield MadeWorkload(
        kind="ReplicaSet",
        name=custom.name,
        template={"metadata": template.part("metadata").metadata(), "spec": pod},
        at="spec.template",
        count=custom.chosen(lowest, current, highest or None),
        counted_at="spec.template.metadata.annotations",
        labels={"serving.knative.dev/service": custom.name},
        owner=(custom.kind, custom.name),
        generated=("queue-proxy",),
    )


def _scale(notes: Part, name: str, default: int) -> int:
    for key in (f"{_SCALE}{name}-scale", f"{_SCALE}{name}Scale"):
        text = notes.quantity(key)
        if text:
            if not (text.isascii() and text.isdigit() and len(text) < 10):
                raise FieldError(notes.where(key), "is not a number of pods", 'write "2", say')
            return int(text)
    return default


def flink_deployment(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a FlinkDeployment: job managers, and task managers for the job's parallelism.

    In standalone mode the task managers are spec.taskManager.replicas.
    """
    spec, conf = custom.spec, custom.spec.part("flinkConfiguration")
    job = spec.part("job")
    if job.text("state") == "suspended":
        return
    custom.note("task managers are counted by parallelism and slots; the autoscaler may change it")
    shared = spec.part("podTemplate")
    slots = max(1, _number(conf, "taskmanager.numberOfTaskSlots", 1))
    parallelism = job.integer("parallelism", _number(conf, "parallelism.default", 1))
    for role, own in (("jobmanager", spec.part("jobManager")),
                      ("taskmanager", spec.part("taskManager"))):  # fmt: skip
        count = own.integer("replicas", 1 if role == "jobmanager" or not job.value else 0)
        count = count or math.ceil(parallelism / slots)
        if role == "taskmanager" and not job.value and not own.has("replicas"):
            custom.note("a session cluster starts task managers as jobs come; one is counted")
        template = own.part("podTemplate") if own.has("podTemplate") else shared
        yield MadeWorkload(
            kind="ReplicaSet",
            name=f"{custom.name}-{role}",
            template=_flink_template(template, own.part("resource")),
            at=template.path or "spec.podTemplate",
            count=count,
            counted_at=own.where("replicas"),
            labels={"app": custom.name, "component": role},
            paths=(("spec.template.spec.containers[0].resources", own.where("resource")),),
            owner=("Deployment", custom.name),
        )


def _number(conf: Part, name: str, default: int) -> int:
    text = conf.quantity(name)
    if text and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise FieldError(conf.where(name), "is not a number", 'write "2", for example')
    return int(text) if text else default


def _flink_template(template: Part, resource: Part) -> dict[str, Any]:
    requests: dict[str, Any] = {"cpu": resource.quantity("cpu", "1")}
    if resource.has("memory"):
        match = _FLINK_MEMORY.fullmatch(resource.quantity("memory").strip().lower())
        if match is None or match[2] not in _MIB:
            raise FieldError(
                resource.where("memory"), "is not an amount of memory of Flink's",
                "write a whole number with m or g, such as 2048m",
            )  # fmt: skip
        requests["memory"] = f"{math.ceil(int(match[1]) * _MIB[match[2]])}Mi"
    made = with_container(template, "flink-main-container", {"requests": requests})
    containers = [
        {**item, "resources": {"requests": requests}}
        if item.get("name") == "flink-main-container" else item
        for item in made["spec"]["containers"]
    ]  # fmt: skip
    return {**made, "spec": {**made["spec"], "containers": containers}}


READERS: dict[tuple[str, str], Reader] = {
    ("serving.knative.dev", "Service"): knative_service,
    ("flink.apache.org", "FlinkDeployment"): flink_deployment,
}
