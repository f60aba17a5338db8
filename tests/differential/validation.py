"""Objects shown to the real API server and to kubestow's reader: who takes which.

Law: what the API server accepts is never refused; what it refuses is never read in silence.
"""

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

from kubestow.adapters.documents import Document
from kubestow.adapters.kubernetes.cluster import read_cluster
from kubestow.model.input_error import InputProblem
from kubestow.model.snapshot import Cluster

from .api import Client
from .generator.dice import Dice
from .model import Object
from .objects import KINDS, broken, valid
from .objects.definitions import definition

_GROUPS = {"v1": "/api/v1"}
_IRREGULAR = {
    "StorageClass": "storageclasses", "PriorityClass": "priorityclasses",
    "RuntimeClass": "runtimeclasses", "CSIStorageCapacity": "csistoragecapacities",
    "EC2NodeClass": "ec2nodeclasses",
}  # fmt: skip
_CLUSTER = {"Namespace", "PriorityClass", "RuntimeClass", "PersistentVolume", "StorageClass",
            "CSINode", "CSIDriver", "VolumeAttachment", "Node", "NodePool",
            "EC2NodeClass"}  # fmt: skip
NAMESPACE = "shop"
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_TRIES, _PAUSE_SECONDS = 100, 0.1
_SEGMENT = re.compile(r"[A-Za-z0-9._-]+")
_UNKNOWN = re.compile(r'unknown field "([^"]+)"')


_OTHER_VERSIONS = frozenset({
    "bindMountOptions", "clusterName", "declaredFeatures", "defaultUser", "evictionResponders",
    "initializers", "ipFamily", "mode", "podPreemptionPolicy", "preventPodSchedulingIfMissing",
    "protocol", "readOnly", "rollbackTo", "runningInUserNamespace", "scheduling",
    "schedulingGroup", "serviceAccountTokenInSecrets", "source", "topologyKeys", "user",
    "userAnnotations", "workloadRef",
})  # fmt: skip
"""Fields of core kinds that Kubernetes 1.34 does not have and another version has."""


@dataclass(frozen=True)
class Difference:
    """An object that one side takes and the other does not, and what both said."""

    seed: int
    change: str
    item: Object
    server: str
    """Why the API server refuses it; empty where it accepts it."""
    kubestow: str


@dataclass
class Totals:
    """What was compared."""

    accepted: int = 0
    beside_the_point: int = 0
    """In a namespace that does not exist, with a field of another version, or of too many pods."""
    refused: int = 0
    stricter: list[Difference] = field(default_factory=list)
    """Accepted by the API server and refused by kubestow."""
    laxer: list[Difference] = field(default_factory=list)
    """Refused by the API server and read in silence."""
    kinds: Counter[str] = field(default_factory=Counter)

    def table(self) -> str:
        """Return the totals and the differences, one a line."""
        lines = [
            f"objects: {self.accepted + self.refused:,}",
            f"accepted by the API server: {self.accepted:,}; of these refused by kubestow: "
            f"{len(self.stricter)}",
            f"refused by the API server: {self.refused:,}; of these read in silence: "
            f"{len(self.laxer)}",
        ]
        for name, found in (("stricter", self.stricter), ("laxer", self.laxer)):
            for one in found:
                said = one.server or one.kubestow
                lines.append(f"{name}: {one.seed} {one.item['kind']}: {one.change} | {said}")
        return "\n".join(lines)


def path(item: Object) -> str:
    """Return where an object is posted to."""
    version, kind = item["apiVersion"], item["kind"]
    root = _GROUPS.get(version, f"/apis/{version}")
    plural = _IRREGULAR.get(kind, f"{kind.lower()}s")
    if kind in _CLUSTER:
        return f"{root}/{plural}"
    metadata = item.get("metadata")
    space = metadata.get("namespace") if isinstance(metadata, dict) else None
    known = space if isinstance(space, str) and _SEGMENT.fullmatch(space) else "default"
    return f"{root}/namespaces/{known}/{plural}"


def ask_server(api: Client, item: Object) -> str | None:
    """Return why the API server refuses an object, or None where its answer says nothing of it.

    Nothing is created.
    """
    where = f"{path(item)}?dryRun=All&fieldValidation=Strict"
    status, answer = api.request("POST", where, item)
    if status < 300:
        return ""
    message = json.loads(answer).get("message", "")
    return None if _is_beside_the_point(message) else f"{status} {message}"


def _is_beside_the_point(message: str) -> bool:
    """Return whether an object is only refused for where it is, or for the server's age.

    The namespace need not exist in a plan's input. A field that another version of Kubernetes has
    is no mistake.
    """
    if re.fullmatch(r'namespaces "[^"]*" (not found|already exists)', message):
        return True
    unknown = _UNKNOWN.findall(message)
    names = {name.rpartition(".")[2].partition("[")[0] for name in unknown}
    others = message.count("strict decoding error") == 0 or message.count(", ") >= len(unknown)
    return bool(names) and not others and names <= _OTHER_VERSIONS


def ask_kubestow(item: Object) -> tuple[str, str]:
    """Return why kubestow refuses an object, and what it says of its place among others.

    Both are empty where it is silent.
    """
    problems: list[InputProblem] = []
    encoded = json.dumps(item).encode()
    document = Document("in.json", item["kind"], item.get("apiVersion", ""), encoded)
    cluster = read_cluster([document], problems)
    said = [problem.describe() for problem in problems]
    said += [text for text in cluster.remarks if "would refuse" in text]
    return "; ".join(said), "; ".join(_refused_on_admission(cluster))


def _is_own_limit(kind: str, said: str) -> bool:
    """Return whether kubestow refuses what it cannot plan, valid as it is.

    More pods than Kubernetes supports; negative limits of a LimitRange, by which the API server
    would refuse every pod; and what Karpenter's definitions take and its nodes cannot run with,
    such as a kubelet's quantity that is none.
    """
    if kind in ("NodePool", "EC2NodeClass") and said and "would refuse" not in said:
        return True
    negative = "LimitRange" in said and "is negative" in said
    return negative or "pods that Kubernetes supports in a cluster" in said


def _refused_on_admission(cluster: Cluster) -> Iterator[str]:
    """Yield what is said of classes that the input lacks: the server's admission refuses them."""
    for text in (*cluster.assumptions, *(t for p in cluster.pods for t in p.template.unsupported)):
        if "in the input" in text:
            yield text


def objects(seed: int) -> tuple[Object, str]:
    """Return the object of a seed, and what was changed in a valid one."""
    dice = Dice(seed)
    item = valid(dice)
    return broken(item, dice) if dice.chance(0.75) else (item, "as it is")


def _wait_for(api: Client, kind: str) -> None:
    """Wait until the API server serves a kind of its own."""
    item = KINDS[kind](Dice(0))
    for _ in range(_TRIES):
        if api.request("POST", f"{path(item)}?dryRun=All", item)[0] != HTTPStatus.NOT_FOUND:
            return
        time.sleep(_PAUSE_SECONDS)
    raise AssertionError(f"{kind} is not served")


def run(
    api: Client, count: int, start: int = 0, *, say: Callable[[str], object] = lambda _: None
) -> Totals:
    """Compare so many objects."""
    totals = Totals()
    for kind in ("NodePool", "EC2NodeClass"):
        api.request("POST", _DEFINITIONS, definition(kind))
        _wait_for(api, kind)
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    api.request("POST", "/api/v1/namespaces", space)
    for seed in range(start, start + count):
        item, change = objects(seed)
        server, (own, admission) = ask_server(api, item), ask_kubestow(item)
        if server is None or _is_own_limit(item["kind"], own):
            totals.beside_the_point += 1
            continue
        totals.kinds[item["kind"]] += 1
        difference = Difference(seed, change, item, server, own)
        if server:
            totals.refused += 1
            if not own and not admission:
                totals.laxer.append(difference)
        else:
            totals.accepted += 1
            if own:
                totals.stricter.append(difference)
        if (seed - start) % 1000 == 999:
            say(f"{seed - start + 1:,} objects: {len(totals.stricter)} stricter, "
                f"{len(totals.laxer)} laxer")  # fmt: skip
    return totals
