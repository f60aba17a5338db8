"""Which API group a kind belongs to, and what is said of kinds that are ignored.

Law: another group's kind of the same name (a Longhorn Node, a Volcano Job) is a stranger and is
ignored; a built-in group that does not have the kind is a mistake.
"""

from typing import Any

import msgspec

from kubestow.adapters.documents import CHART, VALUES, Document
from kubestow.adapters.field_error import FieldError
from kubestow.model.suggestion import closest

_CORE = ("LimitRange", "Namespace", "Node", "PersistentVolume", "PersistentVolumeClaim", "Pod",
         "ReplicationController", "ResourceQuota", "Service")  # fmt: skip
_STORAGE = ("CSIDriver", "CSINode", "CSIStorageCapacity", "StorageClass", "VolumeAttachment")
_KNOWN: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_CORE, ("v1",)),
    **dict.fromkeys(("DaemonSet", "Deployment", "ReplicaSet"), ("apps/v1", "extensions/v1beta1")),
    "StatefulSet": ("apps/v1",),
    **dict.fromkeys(("CronJob", "Job"), ("batch/v1",)),
    "HorizontalPodAutoscaler": ("autoscaling/v2",),
    "PodDisruptionBudget": ("policy/v1",),
    "PriorityClass": ("scheduling.k8s.io/v1",),
    "RuntimeClass": ("node.k8s.io/v1",),
    **dict.fromkeys(_STORAGE, ("storage.k8s.io/v1",)),
    **dict.fromkeys(("NodePool", "Provisioner"), ("karpenter.sh/v1",)),
    **dict.fromkeys(("AWSNodeTemplate", "EC2NodeClass"), ("karpenter.k8s.aws/v1",)),
}


def stranger(document: Document) -> str:
    """Return why an object is not of the kind its name suggests, or an empty string.

    Raise FieldError where its apiVersion is a mistake. One without apiVersion is taken at its
    word: the items of a list may come without.
    """
    expected = _KNOWN.get(document.kind)
    if expected is None:
        _check_spelling(document)
        return ""
    if not document.api_version:
        return ""
    group = _group(document.api_version)
    if group in {_group(version) for version in expected}:
        return ""
    if "." in group and not group.endswith(".k8s.io"):
        return f"{document.api_version} is not {_group(expected[0]) or 'v1'}"
    raise FieldError(
        "apiVersion",
        f"{document.api_version!r} has no kind {document.kind}",
        f"write apiVersion: {expected[0]}",
    )


def _check_spelling(document: Document) -> None:
    """Raise FieldError for a kind that is a known one misspelt, by its name and its group."""
    kind = document.kind
    folded = {known.lower(): known for known in _KNOWN}
    meant = folded.get(closest(kind.lower(), folded, cutoff=0.8) or "")
    groups = {_group(version) for version in _KNOWN.get(meant or "", ())}
    if meant and (not document.api_version or _group(document.api_version) in groups):
        raise UnknownKindError(kind, meant)


def why_ignored(document: Document) -> str:
    """Return why an object of a kind that kubestow does not read is left out."""
    if document.kind in (CHART, VALUES):
        return "render it with 'helm template'"
    if _group(document.api_version) == "kustomize.config.k8s.io":
        return "run 'kubectl kustomize' and plan what it prints"
    if makes_pods(document):
        return "its pods are not planned: kubestow does not know this kind"
    return "this kind does not decide placement"


def makes_pods(document: Document) -> bool:
    """Tell whether an object holds the template of a pod where workloads hold it."""
    try:
        spec: Any = msgspec.json.decode(document.json, type=_Maker).spec
    except (msgspec.DecodeError, RecursionError):
        return False
    spec = spec if isinstance(spec, dict) else {}
    job = spec.get("jobTemplate")
    nested = job.get("spec") if isinstance(job, dict) else None
    for holder in (spec, nested if isinstance(nested, dict) else {}):
        template = holder.get("template")
        pod = template.get("spec") if isinstance(template, dict) else None
        if isinstance(pod, dict) and pod.get("containers"):
            return True
    return False


class _Maker(msgspec.Struct):
    spec: Any = None


class UnknownKindError(FieldError):
    """A kind is a known one misspelt; ``meant`` is that one."""

    def __init__(self, kind: str, meant: str) -> None:
        super().__init__("kind", f"kubestow knows no kind {kind}", f"did you mean {meant!r}?")
        self.meant = meant


def _group(api_version: str) -> str:
    return api_version.rpartition("/")[0]
