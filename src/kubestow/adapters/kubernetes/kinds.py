"""Which API group a kind belongs to, and why an object is ignored.

A kind of the same name in a third-party group (a Longhorn Node) is ignored, unless it is read as
what its operator makes (kubestow.adapters.kubernetes.operators). A built-in group that does not
define the kind is an error.
"""

from kubestow.adapters.documents import CHART, VALUES, Document
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.operators.unread import UNKNOWN
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
    "ScaledObject": ("keda.sh/v1alpha1",),
    "PodDisruptionBudget": ("policy/v1",),
    "PriorityClass": ("scheduling.k8s.io/v1",),
    "RuntimeClass": ("node.k8s.io/v1",),
    **dict.fromkeys(_STORAGE, ("storage.k8s.io/v1",)),
    **dict.fromkeys(("NodePool", "Provisioner"), ("karpenter.sh/v1",)),
    **dict.fromkeys(("AWSNodeTemplate", "EC2NodeClass"), ("karpenter.k8s.aws/v1",)),
    "NodeClass": ("eks.amazonaws.com/v1",),
    "KubeSchedulerConfiguration": ("kubescheduler.config.k8s.io/v1",),
}


def stranger(document: Document) -> str:
    """Return why an object is not of the kind its name suggests, or an empty string.

    Raise FieldError for a wrong apiVersion. An object without apiVersion is accepted, since the
    items of a list may omit it.
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
        return f"{document.api_version} is another API group's {document.kind}"
    raise FieldError(
        "apiVersion",
        f"{document.api_version!r} has no kind {document.kind}",
        f"write apiVersion: {expected[0]}",
    )


def _check_spelling(document: Document) -> None:
    """Raise FieldError for a misspelt kind, judged by its name and group."""
    kind = document.kind
    folded = {spelling.lower(): spelling for spelling in _KNOWN}
    meant = folded.get(closest(kind.lower(), folded, cutoff=0.8) or "")
    groups = {_group(version) for version in _KNOWN.get(meant or "", ())}
    if meant and (not document.api_version or _group(document.api_version) in groups):
        raise UnknownKindError(kind, meant)


def why_ignored(document: Document, known: str, other_group: str) -> str:
    """Return why an object of a kind that kubestow does not read is left out.

    ``known`` is what is known of the kind (kubestow.adapters.kubernetes.operators.unread);
    ``other_group`` says that it shares the name of a built-in kind.
    """
    if document.kind in (CHART, VALUES):
        return "render it with 'helm template'"
    if _group(document.api_version) == "kustomize.config.k8s.io":
        return "run 'kubectl kustomize' and plan its output"
    if other_group and known == UNKNOWN:
        return f"{other_group}; if it makes pods, they are not counted"
    return known or other_group or "this kind does not affect placement"


class UnknownKindError(FieldError):
    """A misspelt kind; ``meant`` is the closest known one."""

    def __init__(self, kind: str, meant: str) -> None:
        super().__init__("kind", f"unknown kind {kind!r}", f"did you mean {meant!r}?")
        self.meant = meant


def _group(api_version: str) -> str:
    return api_version.rpartition("/")[0]
