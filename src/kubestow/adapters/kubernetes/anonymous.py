"""Objects without names that tell whose they are; the plan for them is the same.

Every word of a name becomes a short code, the same wherever it is, so that what refers to each
other still does (pods and their StatefulSet, claims, selectors). Codes are in the order of the
words, so that what depends on the order of names stays as it is. Numbers, public label keys
and technical values such as zones and instance types are kept. What is given is expected to have
the fields that are read and no others (``dump``): of the strings in them, names are those of the
fields below, and annotations are those that are read.
"""

import re
from collections.abc import Iterable
from typing import Any

from kubestow.adapters.kubernetes.replicas import PAUSED_REPLICAS
from kubestow.model.labels import (
    CPU_USE,
    DO_NOT_DISRUPT,
    EVICTION_COST,
    SAFE_LOCAL_VOLUMES,
    SAFE_TO_EVICT,
)

Object = dict[str, Any]
_WORD = re.compile(r"[A-Za-z0-9]+")
_ADDRESS = re.compile(r"i[p-]-?[0-9a-f]+([-.]|$)")  # node names such as ip-10-0-1-2.ec2.internal
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_KEPT = frozenset({  # words of names that every cluster has
    "agent", "app", "aws", "cluster", "com", "controller", "coredns", "critical", "csi", "default",
    "driver", "ebs", "efs", "eks", "gp2", "gp3", "identity", "io", "k8s", "karpenter", "kube",
    "kubernetes", "lease", "metrics", "node", "pod", "proxy", "public", "server", "sh", "system",
})  # fmt: skip
_PUBLIC = ("csi.aws.com", "kubernetes.io", "k8s.io", "karpenter.sh", "k8s.aws", "eks.amazonaws.com",
           "kubestow.dev", "nvidia.com", "keda.sh")  # fmt: skip
_NAMES = frozenset({  # public keys whose values are names
    "karpenter.k8s.aws/ec2nodeclass", "karpenter.sh/nodepool", "kubernetes.io/hostname",
    "kubernetes.io/metadata.name", "eks.amazonaws.com/nodegroup", "eks.amazonaws.com/nodeclass",
    "eks.amazonaws.com/sourceLaunchTemplateId", "karpenter.sh/provisioner-name", "metadata.name",
    "statefulset.kubernetes.io/pod-name",
})  # fmt: skip
_BARE = frozenset({  # keys without a domain that Kubernetes' controllers write
    "controller-revision-hash", "controller-uid", "job-name", "k8s-app", "pod-template-generation",
    "pod-template-hash", "rollouts-pod-template-hash",
})  # fmt: skip
_NAME_DOMAINS = ("app.kubernetes.io", "batch.kubernetes.io", "node-restriction.kubernetes.io")
_NOTES = frozenset({  # annotations that are read
    CPU_USE, DO_NOT_DISRUPT, EVICTION_COST, SAFE_LOCAL_VOLUMES, SAFE_TO_EVICT, PAUSED_REPLICAS,
    "pv.kubernetes.io/bind-completed", "storage.alpha.kubernetes.io/migrated-plugins",
    "storageclass.kubernetes.io/is-default-class",
})  # fmt: skip
_NAMED_NOTES = frozenset({
    "volume.beta.kubernetes.io/storage-class", "volume.kubernetes.io/selected-node",
})  # fmt: skip
_KEYS = frozenset({"matchLabelKeys", "mismatchLabelKeys", "topologyKeys"})
_DRIVER = re.compile(r"(^|\.)csi\.")  # names of CSI drivers, of which limits are known
_NAME_FIELDS = frozenset({
    "claimName", "generateName", "name", "namespace", "namespaces", "nodeName",
    "nominatedNodeName", "path", "persistentVolumeName",
    "portName", "priorityClassName", "runtimeClassName", "secretName", "serviceName",
    "storageClass", "storageClassName", "targetPort", "volumeAttributesClassName", "volumeHandle",
    "volumeName",
})  # fmt: skip
_EMPTIED = frozenset({"azureDisk", "cinder", "emptyDir", "hostPath"})
_LABELS = frozenset({"labels", "matchLabels", "nodeSelector", "selector"})
_LEFT_OUT = frozenset({
    "addresses", "clusterIP", "clusterIPs", "description", "endpoints", "externalName",
    "finalizers", "hostIP", "hostIPs", "hostname", "imageID", "imagePullSecrets",
    "instanceProfile", "loadBalancer", "message", "monitors", "nodeID", "nodeInfo", "parameters",
    "podIP", "podIPs", "providerID", "role", "securityContext", "securityGroupSelectorTerms",
    "securityGroups", "server", "serviceAccount", "serviceAccountName", "subdomain",
    "subnetSelectorTerms", "subnets", "tags", "triggers",
})  # fmt: skip


class Names:
    """What becomes of the names of objects: their words are remembered, and nothing changes."""

    def __init__(self) -> None:
        self.words: set[str] = set()

    def of(self, text: str) -> str:
        """Return a name with its words changed."""
        if _ADDRESS.match(text):
            return self.whole(text)
        return text if _DRIVER.search(text) else _WORD.sub(self._word, text)

    def whole(self, text: str) -> str:
        """Return what stands for a text of which nothing may be left."""
        self.words.add(text)
        return text

    def _word(self, found: re.Match[str]) -> str:
        word = found[0]
        return word if word.isdigit() or word in _KEPT else self.whole(word)


class _Coded(Names):
    """Codes for words that were collected."""

    def __init__(self, words: Iterable[str]) -> None:
        super().__init__()
        self._code_of = _codes(words)

    def whole(self, text: str) -> str:
        """Return the code of a text."""
        return self._code_of[text]


def anonymous(objects: list[Object]) -> list[Object]:
    """Return the objects with codes for the words of their names."""
    collected = Names()
    for item in objects:
        _walked(item, collected)
    coded = _Coded(collected.words)
    return [_walked(item, coded) for item in objects]


def _codes(words: Iterable[str]) -> dict[str, str]:
    """Return codes of one length, in the order of the words."""
    ranked = sorted(words)
    length = 1
    while len(_DIGITS) ** length < len(ranked):
        length += 1
    return {word: "x" + _number(rank, length) for rank, word in enumerate(ranked)}


def _number(rank: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        rank, digit = divmod(rank, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits


def _walked(value: Any, names: Names) -> Any:
    """Return a value with its names changed, and without what people write freely."""
    if isinstance(value, list):
        return [_walked(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("key"), str):
        return _term(value, names)
    if isinstance(value.get("scopeName"), str):  # of a quota: its values are PriorityClasses
        return value | {"values": [names.of(each) for each in value.get("values") or []]}
    found: Object = {}
    for key, item in value.items():
        if key in _LEFT_OUT:
            continue
        if key == "annotations" and isinstance(item, dict):
            kept = {k: v for k, v in item.items() if k in _NOTES}
            named = {k: names.of(v) for k, v in item.items() if k in _NAMED_NOTES}
            found[key] = kept | named
        elif key in _KEYS and isinstance(item, list):
            found[key] = [_key(each, names) for each in item]
        elif key in _EMPTIED and isinstance(item, dict):
            found[key] = {k: v for k, v in item.items() if k in ("medium", "sizeLimit")}
        elif key in _LABELS and isinstance(item, dict) and _is_text(item.values()):
            found[key] = {_key(k, names): _value(k, v, names) for k, v in item.items()}
        elif key in ("image", "images"):
            found[key] = _images(item, names)
        elif key == "topologyKey" and isinstance(item, str):
            found[key] = _key(item, names)
        elif key in _NAME_FIELDS and isinstance(item, str):
            found[key] = names.of(item)
        elif key in _NAME_FIELDS and isinstance(item, list) and _is_text(item):
            found[key] = [names.of(each) for each in item]
        else:
            found[key] = _walked(item, names)
    return found


def _term(value: Object, names: Names) -> Object:
    """Return a requirement, taint or toleration: a key and values of labels."""
    key, found = value["key"], dict(value)
    found["key"] = _key(key, names)
    if isinstance(value.get("value"), str):
        found["value"] = _value(key, value["value"], names)
    if isinstance(value.get("values"), list):
        found["values"] = [_value(key, each, names) for each in value["values"]]
    return found


def _images(value: Any, names: Names) -> Any:
    """Return images under names of which nothing is left but that they are the same."""
    if isinstance(value, str):
        return names.whole(value)
    if isinstance(value, list):
        return [_images(each, names) for each in value]
    if isinstance(value, dict):
        return {k: _images(v, names) if k == "names" else v for k, v in value.items()}
    return value


def _is_text(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def _is_public(key: str) -> bool:
    domain = key.rpartition("/")[0]
    return any(domain == public or domain.endswith("." + public) for public in _PUBLIC)


def _key(key: str, names: Names) -> str:
    if key == "metadata.name" or key in _BARE:
        return key
    if not _is_public(key):
        return names.of(key)
    domain, slash, own = key.rpartition("/")
    is_own = domain.startswith(("node-role.", "node-restriction."))
    return domain + slash + (names.of(own) if is_own else own)


def _value(key: str, value: Any, names: Names) -> Any:
    """Return the value of a label: names change, what AWS and Kubernetes define does not."""
    if not isinstance(value, str):
        return value
    is_name = key in _NAMES or key.startswith(_NAME_DOMAINS)
    return value if _is_public(key) and not is_name else names.of(value)
