"""Which API group a kind belongs to.

Law: another group's kind of the same name (a Longhorn Node, a Volcano Job) is a stranger and is
ignored; a built-in group that does not have the kind is a mistake.
"""

from kubestow.adapters.documents import Document
from kubestow.adapters.errors import FieldError

_CORE = ("LimitRange", "Namespace", "Node", "PersistentVolume", "PersistentVolumeClaim", "Pod",
         "ReplicationController", "ResourceQuota")  # fmt: skip
_KNOWN: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_CORE, ("v1",)),
    **dict.fromkeys(("DaemonSet", "Deployment", "ReplicaSet"), ("apps/v1", "extensions/v1beta1")),
    "StatefulSet": ("apps/v1",),
    **dict.fromkeys(("CronJob", "Job"), ("batch/v1",)),
    "HorizontalPodAutoscaler": ("autoscaling/v2",),
    "PodDisruptionBudget": ("policy/v1",),
    "PriorityClass": ("scheduling.k8s.io/v1",),
    "RuntimeClass": ("node.k8s.io/v1",),
    "StorageClass": ("storage.k8s.io/v1",),
    **dict.fromkeys(("NodePool", "Provisioner"), ("karpenter.sh/v1",)),
    **dict.fromkeys(("AWSNodeTemplate", "EC2NodeClass"), ("karpenter.k8s.aws/v1",)),
}


def stranger(document: Document) -> str:
    """Return why an object is not of the kind its name suggests, or an empty string.

    Raise FieldError where its apiVersion is a mistake. One without apiVersion is taken at its
    word: the items of a list may come without.
    """
    expected = _KNOWN.get(document.kind)
    if expected is None or not document.api_version:
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


def _group(api_version: str) -> str:
    return api_version.rpartition("/")[0]
