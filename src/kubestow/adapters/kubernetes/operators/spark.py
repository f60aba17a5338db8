"""The Spark operator's kinds: a driver and executors.

Sources: kubeflow/spark-operator api/v1beta2 (sparkapplication_types.go, defaults.go) and
apache/spark resource-managers/kubernetes features (BasicDriverFeatureStep,
BasicExecutorFeatureStep): the memory request is the memory and its overhead, which is a tenth of it
(0.4 for Python and R), 384Mi at least.
"""

import math
import re
from collections.abc import Iterator
from typing import Any

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.operators.custom import Custom, Reader, with_container
from kubestow.adapters.kubernetes.operators.made import MadeWorkload
from kubestow.adapters.kubernetes.operators.part import Part

_MEMORY = re.compile(r"(\d{1,15})\s*([a-z]*)", re.ASCII)
_BYTES = {"b": 0, "k": 1, "kb": 1, "m": 2, "mb": 2, "g": 3, "gb": 3, "t": 4, "tb": 4, "p": 5,
          "pb": 5}  # fmt: skip
_OVERHEAD_LEAST_MIB = 384
_FACTORS = {"Python": 0.4, "R": 0.4}
_FACTOR = 0.1
_ENDED = ("COMPLETED", "FAILED")
_NOTE = (
    "pods as Spark's own defaults make them: local directories, and what sparkConf and the "
    "operator's webhook add, are not counted"
)
_COPIED = ("affinity", "tolerations", "initContainers", "hostNetwork", "priorityClassName",
           "terminationGracePeriodSeconds", "runtimeClassName", "schedulerName")  # fmt: skip


def spark_application(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a SparkApplication; one that has ended has no pods."""
    state = custom.root.part("status", "applicationState").text("state")
    if state not in _ENDED:
        yield from _application(custom, custom.spec)


def scheduled_spark_application(custom: Custom) -> Iterator[MadeWorkload]:
    """Read a ScheduledSparkApplication: one run at a time."""
    if not custom.spec.flag("suspend"):
        custom.note("planned for one run at a time")
        yield from _application(custom, custom.spec.part("template"))


def _application(custom: Custom, spec: Part) -> Iterator[MadeWorkload]:
    custom.note(_NOTE)
    conf = spec.part("sparkConf")
    scheduler = spec.text("batchScheduler")
    factor = _factor(spec, conf)
    for role in ("driver", "executor"):
        own = spec.part(role)
        yield MadeWorkload(
            kind="ReplicaSet",
            name=f"{custom.name}-{'driver' if role == 'driver' else 'exec'}",
            template=_template(spec, own, conf, role, factor, scheduler),
            at=own.path,
            paths=(("spec.template.metadata", own.path),
                   ("spec.template.spec.containers[0].resources", own.path),
                   ("spec.template.spec", own.path)),
            count=1 if role == "driver" else _executors(custom, spec, conf),
            counted_at=own.where("instances"),
            labels={"sparkoperator.k8s.io/app-name": custom.name, "spark-role": role},
            owner=(custom.kind, custom.name),
        )  # fmt: skip


def _factor(spec: Part, conf: Part) -> float:
    for part, name in ((spec, "memoryOverheadFactor"),
                       (conf, "spark.kubernetes.memoryOverheadFactor")):  # fmt: skip
        if part.has(name):
            try:
                factor = float(part.quantity(name))
            except ValueError:
                factor = -1.0
            if not 0 <= factor < 1000:
                raise FieldError(part.where(name), "is not a share", 'write a number such as "0.1"')
            return factor
    return _FACTORS.get(spec.text("type"), _FACTOR)


def _executors(custom: Custom, spec: Part, conf: Part) -> int:
    """Return the executors; dynamic allocation moves them between its bounds."""
    given = spec.part("executor").integer("instances", _count(conf, "spark.executor.instances", 1))
    dynamic = spec.part("dynamicAllocation")
    prefix = "spark.dynamicAllocation."
    if not (dynamic.flag("enabled") or conf.text(f"{prefix}enabled") == "true"):
        return given
    stated = spec.part("executor").has("instances") or conf.has("spark.executor.instances")
    lowest = dynamic.integer("minExecutors", _count(conf, f"{prefix}minExecutors", 0))
    first = dynamic.integer("initialExecutors", _count(conf, f"{prefix}initialExecutors", lowest))
    highest = dynamic.integer("maxExecutors", _count(conf, f"{prefix}maxExecutors", -1))
    current = max(lowest, first, given if stated else 0)
    return custom.chosen(lowest, current, None if highest < 0 else highest)


def _count(conf: Part, name: str, default: int) -> int:
    text = conf.text(name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise FieldError(conf.where(name), "is not a number of executors", 'write "2", for example')
    return int(text)


def _template(
    spec: Part, own: Part, conf: Part, role: str, factor: float, scheduler: str
) -> dict[str, Any]:
    cores = own.quantity("coreRequest") or conf.text(f"spark.kubernetes.{role}.request.cores")
    cores = cores or str(own.integer("cores", _count(conf, f"spark.{role}.cores", 1)))
    memory = _mib(own, "memory", conf, f"spark.{role}.memory", 1024)
    overhead = max(math.floor(factor * memory), _OVERHEAD_LEAST_MIB)
    overhead = _mib(own, "memoryOverhead", conf, f"spark.{role}.memoryOverhead", overhead)
    if role == "executor":
        overhead += _mib(conf, "spark.executor.pyspark.memory", conf, "", 0)
    requests: dict[str, Any] = {"cpu": cores, "memory": f"{memory + overhead}Mi"}
    device = own.part("gpu")
    if device.value:
        requests[device.text("name")] = device.integer("quantity", 0)
    name = f"spark-kubernetes-{role}"
    template = with_container(own.part("template"), name, {})
    pod = dict(template["spec"])
    pod["containers"] = [
        {**item, "resources": {"requests": requests}} if index == 0 else item
        for index, item in enumerate(pod["containers"])
    ] + [item.value for item in own.parts("sidecars")]
    for key in _COPIED:
        if own.has(key):
            pod[key] = own.raw(key)
    pod["nodeSelector"] = (
        spec.texts("nodeSelector") | own.texts("nodeSelector")
        | own.part("template", "spec").texts("nodeSelector")
    )  # fmt: skip
    if spec.has("volumes"):
        inner = own.part("template", "spec").parts("volumes")
        pod["volumes"] = [*(v.value for v in inner), *(v.value for v in spec.parts("volumes"))]
    if scheduler:
        pod["schedulerName"] = scheduler
    return {"metadata": own.metadata(), "spec": pod}


def _mib(own: Part, name: str, conf: Part, setting: str, default: int) -> int:
    """Return Spark's memory in MiB: 4g, 512m, or a number of MiB.

    Source: spark common/network-common JavaUtils.byteStringAs.
    """
    part, key = (own, name) if own.has(name) else (conf, setting)
    text = part.quantity(key) if key else ""
    if not text:
        return default
    match = _MEMORY.fullmatch(text.strip().lower())
    if match is None or (match[2] and match[2] not in _BYTES):
        raise FieldError(
            part.where(key), "is not an amount of memory of Spark's",
            "write a whole number with m or g, such as 4g or 512m",
        )  # fmt: skip
    power = _BYTES.get(match[2], 2)
    return int(match[1]) * int(1024**power) // 1024**2


READERS: dict[tuple[str, str], Reader] = {
    ("sparkoperator.k8s.io", "SparkApplication"): spark_application,
    ("sparkoperator.k8s.io", "ScheduledSparkApplication"): scheduled_spark_application,
}
