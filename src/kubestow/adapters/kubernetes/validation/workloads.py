"""Workloads as whole objects: selectors, templates, strategies, schedules.

Sources: Kubernetes 1.34 pkg/apis/apps/validation, pkg/apis/batch/validation and the defaults of
apps/v1 and batch/v1.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from cronsim import CronSim, CronSimError

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.validation import pods
from kubestow.adapters.kubernetes.validation.formats import COUNT_OR_PERCENT, LABEL
from kubestow.adapters.kubernetes.validation.metadata import SYSTEM_PRIORITIES
from kubestow.model.selectors import LabelSelector, SelectorRequirement

Fields = Mapping[str, Any]
_MACROS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_INDEXED_MAX = 100_000
_CRON_HINT = "use minute, hour, day, month and weekday, such as '0 9 * * mon-fri'"


def _at(value: Any, *names: str) -> Fields:
    for name in names:
        value = value.get(name, {})
    return value  # type: ignore[no-any-return]  # JSON has no types of its own


def _template(item: Fields, kind: str) -> Iterator[FieldError]:
    """Yield what is wrong with the template of a workload that runs for ever."""
    spec = _at(item, "spec")
    template = _at(spec, "template")
    selector = spec.get("selector")
    if kind == "ReplicationController":
        selector = None if selector is None else {"matchLabels": selector}
    if selector is not None:
        yield from _matches(selector, template, kind)
    elif kind == "ReplicationController" and not _at(template, "metadata", "labels"):
        yield FieldError("spec.selector", "is missing", "select the template's labels")
    pod = _at(template, "spec")
    yield from _pod(pod, "spec.template.spec", _claim_names(spec, kind), kind)
    if pod.get("restartPolicy", "Always") not in ("", "Always"):
        yield FieldError("spec.template.spec.restartPolicy",
                         f"must be Always in a {kind}", "remove it, or use a Job")  # fmt: skip
    if "activeDeadlineSeconds" in pod:
        yield FieldError("spec.template.spec.activeDeadlineSeconds",
                         f"is not allowed in a {kind}", "remove it")  # fmt: skip


def _claim_names(spec: Fields, kind: str) -> frozenset[str]:
    templates = spec.get("volumeClaimTemplates", ()) if kind == "StatefulSet" else ()
    return frozenset(_at(claim, "metadata").get("name", "") for claim in templates)


def without_replaced_volumes(item: dict[str, Any]) -> dict[str, Any]:
    """Return a StatefulSet whose claim templates stand in for volumes of their names.

    Source: pkg/apis/apps/validation volumesToAddForTemplates: such volumes are not validated.
    """
    names = _claim_names(_at(item, "spec"), "StatefulSet")
    volumes = _at(item, "spec", "template", "spec").get("volumes", [])
    if not any(volume.get("name") in names for volume in volumes):
        return item
    kept = [{"name": v["name"], "emptyDir": {}} if v.get("name") in names else v for v in volumes]
    template = item["spec"]["template"]
    spec = {**template["spec"], "volumes": kept}
    return {**item, "spec": {**item["spec"], "template": {**template, "spec": spec}}}


def _pod(
    spec: Fields, path: str, volumes: frozenset[str] = frozenset(), kind: str = ""
) -> Iterator[FieldError]:
    yield from pods.mounts(spec, path, volumes)
    if kind != "StatefulSet":  # whose controller sets both
        for field in ("hostname", "subdomain"):
            error = LABEL.error(spec[field], f"{path}.{field}") if spec.get(field) else None
            if error is not None:
                yield error
    if "ephemeralContainers" in spec:
        yield FieldError(f"{path}.ephemeralContainers", "is not allowed when a pod is created",
                         "remove it; 'kubectl debug' adds one to a running pod")  # fmt: skip


def _matches(selector: Fields, template: Fields, kind: str) -> Iterator[FieldError]:
    expressions = selector.get("matchExpressions", ())
    if not selector.get("matchLabels") and not expressions:
        if selector and kind != "ReplicationController":
            yield FieldError("spec.selector", f"is empty, which a {kind} does not allow",
                             "select the template's labels")  # fmt: skip
        return
    wanted = [
        SelectorRequirement(key, "In", (text,))
        for key, text in selector.get("matchLabels", {}).items()
    ]
    wanted += [
        SelectorRequirement(e.get("key", ""), e.get("operator", ""), tuple(e.get("values", ())))
        for e in expressions
    ]
    if any(item.operator not in ("In", "NotIn", "Exists", "DoesNotExist") for item in wanted):
        return
    if not LabelSelector(tuple(wanted)).matches(_at(template, "metadata", "labels")):
        yield FieldError("spec.selector", "does not match spec.template.metadata.labels",
                         "the API server rejects this; select labels that the template has"
                         )  # fmt: skip


def _deployment(item: Fields) -> Iterator[FieldError]:
    yield from _template(item, "Deployment")
    spec = _at(item, "spec")
    strategy = _at(spec, "strategy")
    rolling = strategy.get("rollingUpdate")
    if strategy.get("type") == "Recreate" and rolling is not None:
        yield FieldError("spec.strategy.rollingUpdate", "is not allowed with Recreate",
                         "remove it, or set type: RollingUpdate")  # fmt: skip
    yield from _rolling(rolling or {}, "spec.strategy.rollingUpdate", "25%")
    deadline = spec.get("progressDeadlineSeconds", 600)
    if deadline <= spec.get("minReadySeconds", 0):
        yield FieldError("spec.progressDeadlineSeconds", "must be more than minReadySeconds",
                         "raise it, or lower minReadySeconds")  # fmt: skip


def _rolling(rolling: Fields, path: str, default: str) -> Iterator[FieldError]:
    surge, gone = rolling.get("maxSurge", default), rolling.get("maxUnavailable", default)
    if surge in (0, "0%") and gone in (0, "0%"):
        yield FieldError(f"{path}.maxUnavailable", "may not be 0 when maxSurge is 0",
                         "allow one of them")  # fmt: skip
    yield from _at_most_all(gone, f"{path}.maxUnavailable")


def _at_most_all(amount: Any, path: str) -> Iterator[FieldError]:
    number = amount[:-1] if isinstance(amount, str) else ""
    if number.isdecimal() and int(number) > 100:
        yield FieldError(path, "is more than 100%", "use 0% to 100%")


def _daemonset(item: Fields) -> Iterator[FieldError]:
    yield from _template(item, "DaemonSet")
    strategy = _at(item, "spec", "updateStrategy")
    if strategy.get("type", "RollingUpdate") not in ("", "RollingUpdate"):
        return
    rolling = _at(strategy, "rollingUpdate")
    path = "spec.updateStrategy.rollingUpdate"
    surge, gone = rolling.get("maxSurge", 0), rolling.get("maxUnavailable", 1)
    for field in ("maxSurge", "maxUnavailable"):
        error = COUNT_OR_PERCENT.error(rolling.get(field, 0), f"{path}.{field}")
        if error is not None:
            yield error
    has_surge, has_gone = surge not in (0, "0%"), gone not in (0, "0%")
    if has_surge and has_gone and "maxUnavailable" in rolling:
        yield FieldError(f"{path}.maxSurge", "is set together with maxUnavailable",
                         "set one of them to 0")  # fmt: skip
    if not has_surge and not has_gone:
        yield FieldError(f"{path}.maxUnavailable", "may not be 0 when maxSurge is 0",
                         "allow one of them")  # fmt: skip
    yield from _at_most_all(surge, f"{path}.maxSurge")
    yield from _at_most_all(gone, f"{path}.maxUnavailable")


def _statefulset(item: Fields) -> Iterator[FieldError]:
    yield from _template(item, "StatefulSet")
    for index, claim in enumerate(_at(item, "spec").get("volumeClaimTemplates", ())):
        path = f"spec.volumeClaimTemplates[{index}].metadata.name"
        error = LABEL.error(_at(claim, "metadata").get("name", ""), path)
        if error is not None:
            yield error
    strategy = _at(item, "spec", "updateStrategy")
    if strategy.get("type") == "OnDelete" and "rollingUpdate" in strategy:
        yield FieldError("spec.updateStrategy.rollingUpdate", "is not allowed with OnDelete",
                         "remove it, or set type: RollingUpdate")  # fmt: skip


def _job_spec(spec: Fields, path: str) -> Iterator[FieldError]:
    pod = _at(spec, "template", "spec")
    yield from _pod(pod, f"{path}.template.spec")
    policy = pod.get("restartPolicy", "Always")
    if policy in ("", "Always"):
        yield FieldError(f"{path}.template.spec.restartPolicy", "must be Never or OnFailure",
                         "set one of them; a Job's pods end")  # fmt: skip
    elif "podFailurePolicy" in spec and policy != "Never":
        yield FieldError(f"{path}.template.spec.restartPolicy",
                         "must be Never with podFailurePolicy", "set Never")  # fmt: skip
    indexed = spec.get("completionMode") == "Indexed"
    if indexed and "completions" not in spec:
        yield FieldError(f"{path}.completions", "is missing", "an Indexed Job needs completions")
    if indexed and spec.get("parallelism", 1) > _INDEXED_MAX:
        yield FieldError(f"{path}.parallelism", f"exceeds {_INDEXED_MAX} in an Indexed Job",
                         f"use at most {_INDEXED_MAX}")  # fmt: skip
    for field in ("backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"):
        if field in spec and not indexed:
            yield FieldError(f"{path}.{field}", "needs completionMode: Indexed",
                             "set completionMode, or remove it")  # fmt: skip
    if "maxFailedIndexes" in spec and "backoffLimitPerIndex" not in spec:
        yield FieldError(f"{path}.backoffLimitPerIndex", "is missing",
                         "maxFailedIndexes needs it")  # fmt: skip
    if "podFailurePolicy" in spec and spec.get("podReplacementPolicy") == "TerminatingOrFailed":
        yield FieldError(f"{path}.podReplacementPolicy", "must be Failed with podFailurePolicy",
                         "set Failed, or omit it")  # fmt: skip


def _job(item: Fields) -> Iterator[FieldError]:
    spec = _at(item, "spec")
    yield from _job_spec(spec, "spec")
    selector, manual = spec.get("selector"), bool(spec.get("manualSelector"))
    if selector is not None and not manual:
        own = _at(item, "metadata").get("uid", "")
        if not own or _at(selector, "matchLabels").get("batch.kubernetes.io/controller-uid") != own:
            yield FieldError("spec.selector", "is made by the Job controller",
                             "remove it, or set manualSelector: true")  # fmt: skip
    if manual and selector is None:
        yield FieldError("spec.selector", "is missing", "manualSelector needs a selector")
    elif manual:
        yield from _matches(selector or {}, _at(spec, "template"), "ReplicationController")
    completions = spec.get("completions", 0)
    name = _at(item, "metadata").get("name", "")
    if spec.get("completionMode") == "Indexed" and completions > 0 and name and not LABEL.test(
        f"{name}-{completions - 1}"
    ):  # fmt: skip
        yield FieldError("metadata.name", "is too long for the names of an Indexed Job's pods",
                         "shorten it")  # fmt: skip


def _cron_job(item: Fields) -> Iterator[FieldError]:
    spec = _at(item, "spec")
    job = _at(spec, "jobTemplate", "spec")
    yield from _job_spec(job, "spec.jobTemplate.spec")
    for field in ("selector", "manualSelector"):
        if job.get(field) not in (None, False):
            yield FieldError(f"spec.jobTemplate.spec.{field}",
                             "is made by the Job controller", "remove it")  # fmt: skip
    if spec.get("schedule"):
        yield from _schedule(spec["schedule"])
    if "timeZone" in spec:
        yield from _time_zone(spec["timeZone"])


def _schedule(text: str) -> Iterator[FieldError]:
    if "TZ" in text:
        yield FieldError("spec.schedule", "names a time zone", "set spec.timeZone instead")
        return
    if text in _MACROS or text.startswith("@every "):
        return
    fields = text.replace("?", "*").split()
    try:
        if len(fields) != 5 or any(mark in text.upper().replace("JUL", "") for mark in "L#W"):
            raise CronSimError("expected five fields")  # one place reports both
        CronSim(" ".join(fields), datetime(2024, 1, 1, tzinfo=UTC))
    except CronSimError:
        yield FieldError("spec.schedule", f"{text!r} is not a cron schedule", _CRON_HINT)


def _time_zone(text: str) -> Iterator[FieldError]:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # here, since few CronJobs name one

    try:
        known = bool(text) and text.lower() != "local" and bool(ZoneInfo(text))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = False
    if not known:
        yield FieldError("spec.timeZone", f"{text!r} is not a time zone",
                         "use a name such as Etc/UTC or Asia/Seoul")  # fmt: skip


def _priority(spec: Fields) -> Iterator[FieldError]:
    """Yield a priority that the Priority admission plugin would compute otherwise.

    Classes other than Kubernetes' own may be anywhere, and are left out.
    """
    name = spec.get("priorityClassName", "")
    if name and name not in SYSTEM_PRIORITIES:
        return
    for field, computed in (
        ("priority", SYSTEM_PRIORITIES.get(name, 0)),
        ("preemptionPolicy", "PreemptLowerPriority"),
    ):
        if spec.get(field, computed) != computed:
            yield FieldError(f"spec.{field}", f"is not {computed}, its PriorityClass's",
                             "set priorityClassName, and remove it")  # fmt: skip


def _bare_pod(item: Fields) -> Iterator[FieldError]:
    spec = _at(item, "spec")
    yield from _pod(spec, "spec")
    for field in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(field, ())):
            image = container.get("image", "")
            if image != image.strip():
                yield FieldError(f"spec.{field}[{index}].image", "begins or ends with a space",
                                 "remove the space")  # fmt: skip
    yield from _priority(spec)
    if spec.get("overhead") and not spec.get("runtimeClassName"):
        yield FieldError("spec.overhead", "is set without a RuntimeClass",
                         "name one that has this overhead")  # fmt: skip
    if spec.get("nodeName") and spec.get("schedulingGates"):
        yield FieldError("spec.nodeName", "is set together with schedulingGates",
                         "remove one of them")  # fmt: skip


WHOLE: dict[str, tuple[Callable[[Fields], Iterator[FieldError]], ...]] = {
    "Pod": (_bare_pod,),
    "Deployment": (_deployment,),
    "DaemonSet": (_daemonset,),
    "StatefulSet": (_statefulset,),
    "ReplicaSet": (lambda item: _template(item, "ReplicaSet"),),
    "ReplicationController": (lambda item: _template(item, "ReplicationController"),),
    "Job": (_job,),
    "CronJob": (_cron_job,),
}
