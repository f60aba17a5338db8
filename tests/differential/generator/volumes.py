"""What pods mount: claims in every state, volumes with zones, disks named in the pod itself."""

from typing import Any

from ..model import Object
from . import words
from .dice import Dice, Stress
from .storage import (
    ATTRIBUTES,
    EBS,
    LVM,
    SIZES,
    attachment,
    capacities,
    classes,
    csi_nodes,
    csi_source,
    required,
    static_volumes,
    volume,
)

COMPLETED = "pv.kubernetes.io/bind-completed"
CLAIM = "PersistentVolumeClaim"
SELECTED = "volume.kubernetes.io/selected-node"

_BY_FOCUS: dict[str, tuple[str, ...]] = {
    "disks": ("disk", "disk", "disk", "once"),
    "limits": ("bound", "bound", "shared", "shared", "in-tree", "fast", "disk"),
    "binding": (
        "located", "located", "located", "located", "zonal", "zonal", "static", "static", "static",
        "tracked", "tracked", "selected", "bad", "fast", "nowhere",
    ),
    "zone": ("labelled", "labelled", "labelled", "bound"),
}  # fmt: skip
_BAD = ("missing", "lost", "deleting", "immediate", "prebound", "gone", "classless")
_ALL = tuple(kind for kinds in _BY_FOCUS.values() for kind in kinds)


class Storage:
    """A case's storage, growing as pods mount things."""

    def __init__(self, dice: Dice, stress: Stress, nodes: list[Object]) -> None:
        self._dice = dice
        self._focus = stress.focus
        self._nodes = [node["metadata"]["name"] for node in nodes]
        self._shared: dict[str, list[str]] = {}
        self._once: dict[str, list[str]] = {}
        self._names = 0
        self.objects: list[Object] = [
            *classes(dice),
            *csi_nodes(dice, stress, nodes),
            *capacities(dice),
            *static_volumes(dice, nodes),
        ]

    def mount(self, spec: Object, namespace: str, *, bound: bool) -> None:
        """Give a pod a volume or two."""
        kinds = _BY_FOCUS.get(self._focus, _ALL)
        if bound:
            usual = {"located", "labelled", "bound", "shared", "in-tree", "disk", "once"}
            kinds = tuple(kind for kind in kinds if kind in usual) or ("bound",)
        volumes = spec.setdefault("volumes", [])
        for _ in range(self._dice.choice((1, 1, 2))):
            kind = self._dice.choice(kinds)
            name = f"v{len(volumes)}"
            if kind == "disk":
                volumes.append({"name": name, **self._disk()})
            elif kind == "bad" and self._dice.chance(0.15):
                template = {"spec": self._claim_spec("fast")}
                volumes.append({"name": name, "ephemeral": {"volumeClaimTemplate": template}})
            else:
                claim = self._claim(kind, namespace)
                if all(claim != _claim_of(each) for each in volumes):
                    volumes.append({"name": name, "persistentVolumeClaim": {"claimName": claim}})

    def attach(self) -> None:
        """Attach some volumes that no pod of the node may be using."""
        volumes = [item["metadata"]["name"] for item in self.objects if _is_bound_volume(item)]
        count = self._dice.randint(0, 6) if self._focus in ("limits", "mixed") else 0
        for number in range(count if volumes and self._nodes else 0):
            node = self._dice.choice(self._nodes)
            self.objects.append(attachment(number, node, self._dice.choice(volumes)))

    def _claim(self, kind: str, namespace: str) -> str:
        if kind in ("shared", "once"):
            known = (self._shared if kind == "shared" else self._once).setdefault(namespace, [])
            if known and self._dice.chance(0.7):
                return self._dice.choice(known)
            modes = ["ReadWriteOncePod"] if kind == "once" else ["ReadWriteOnce"]
            known.append(self._bound(namespace, modes=modes))
            return known[-1]
        if kind in ("bound", "located", "labelled", "in-tree"):
            return self._bound(namespace, kind)
        if kind == "bad":
            return self._bad(namespace)
        return self._unbound(namespace, kind)

    def _bound(self, namespace: str, kind: str = "bound", modes: list[str] | None = None) -> str:
        dice, name = self._dice, self._name()
        source = csi_source(f"vol-{name}", EBS if dice.chance(0.9) else LVM)
        if kind == "in-tree":
            prefix = dice.choice(("", "aws://zone-a/"))
            source = {"awsElasticBlockStore": {"volumeID": f"{prefix}vol-{dice.randrange(6):017x}"}}
        made = volume(f"pv-{name}", source, "fast")
        made["spec"]["accessModes"] = modes or ["ReadWriteOnce"]
        made["status"] = {"phase": "Bound"}
        made["spec"]["claimRef"] = {"kind": CLAIM, "namespace": namespace, "name": name}
        if kind == "located":
            key, values = dice.choice(
                (
                    (words.ZONE, dice.some(words.ZONES, 1, 2)),
                    (words.RACK, dice.some(words.RACKS, 1, 2)),
                    (words.HOSTNAME, dice.some(self._nodes, 1, 3)),
                )
            )
            made["spec"]["nodeAffinity"] = required((key, values))
        if kind == "labelled":
            made["metadata"]["labels"] = self._zone_labels()
        self.objects.append(made)
        claim = self._new_claim(namespace, name, "fast", modes)
        claim["metadata"]["annotations"] = {COMPLETED: "yes"}
        claim["spec"]["volumeName"] = made["metadata"]["name"]
        claim["status"] = {"phase": "Bound"}
        return name

    def _zone_labels(self) -> dict[str, str]:
        dice = self._dice
        zones = "__".join(dice.some(words.ZONES, 1, 2))
        key = dice.choice((words.ZONE, words.ZONE, words.BETA_ZONE))
        labels = {key: zones}
        if dice.chance(0.3):
            region = dice.choice(("region-1", "region-1", "region-2", "region-1__region-2"))
            labels[dice.choice((words.REGION, words.BETA_REGION))] = region
        return labels

    def _unbound(self, namespace: str, kind: str) -> str:
        dice, name = self._dice, self._name()
        classes_of = {"static": ("local",), "selected": ("fast", "zonal", "local", "in-tree")}
        storage_class = dice.choice(classes_of.get(kind, (kind,)))
        claim = self._new_claim(namespace, name, storage_class)
        if kind == "selected":
            claim["metadata"]["annotations"] = {SELECTED: dice.choice((*self._nodes, "gone"))}
        if kind == "static":
            self._particular(claim["spec"])
        return name

    def _particular(self, spec: Object) -> None:
        """Let a claim be particular about the volume that it is given."""
        dice = self._dice
        if dice.chance(0.3):
            spec["selector"] = {"matchLabels": {"grade": dice.choice(("a", "b"))}}
        if dice.chance(0.12):
            spec["volumeMode"] = "Block"
        if dice.chance(0.1):
            spec["accessModes"] = ["ReadWriteOnce", "ReadOnlyMany"]
        if dice.chance(0.1):
            spec["volumeAttributesClassName"] = dice.choice(ATTRIBUTES)

    def _bad(self, namespace: str) -> str:
        """Return the name of a claim that no pod can use as it is."""
        dice, name = self._dice, self._name()
        kind = dice.choice(_BAD)
        if kind == "missing":
            return name
        of_kind = {"immediate": "immediate", "gone": "gone", "classless": ""}
        claim = self._new_claim(namespace, name, of_kind.get(kind, "fast"))
        if kind == "lost":
            claim["status"] = {"phase": "Lost"}
            claim["metadata"]["annotations"] = {COMPLETED: "yes"}
            claim["spec"]["volumeName"] = "pv-lost"
        if kind == "deleting":
            claim["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        if kind == "prebound":
            claim["spec"]["volumeName"] = "static-0"
            if dice.chance(0.4):
                claim["spec"]["volumeName"] = "pv-gone"
                claim["metadata"]["annotations"] = {COMPLETED: "yes"}
                claim["status"] = {"phase": "Bound"}
        return name

    def _new_claim(
        self, namespace: str, name: str, storage_class: str, modes: list[str] | None = None
    ) -> Object:
        claim: Object = {
            "apiVersion": "v1",
            "kind": CLAIM,
            "metadata": {"name": name, "namespace": namespace},
            "spec": self._claim_spec(storage_class) | ({"accessModes": modes} if modes else {}),
        }
        self.objects.append(claim)
        return claim

    def _claim_spec(self, storage_class: str) -> Object:
        return {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": storage_class,
            "resources": {"requests": {"storage": self._dice.choice(SIZES)}},
        }

    def _disk(self) -> Object:
        dice = self._dice
        number, read_only = dice.randrange(4), {"readOnly": True} if dice.chance(0.5) else {}
        kind = dice.choice(("ebs", "gce", "iscsi", "rbd"))
        if kind == "ebs":
            prefix = dice.choice(("", "", "aws://zone-a/"))
            disk: Any = {"volumeID": f"{prefix}vol-{number:017x}", **read_only}
            return {"awsElasticBlockStore": disk}
        if kind == "gce":
            return {"gcePersistentDisk": {"pdName": f"disk-{number}", **read_only}}
        if kind == "iscsi":
            target = {"targetPortal": f"10.0.0.{dice.randrange(2)}:3260", "lun": dice.randrange(2)}
            return {"iscsi": {**target, "iqn": f"iqn.2026-01.com.example:d{number}", **read_only}}
        monitors = dice.some(("m1", "m2", "m3"), 1, 2)
        pool = {"pool": dice.choice(("p", "q"))} if dice.chance(0.3) else {}
        return {"rbd": {"monitors": monitors, "image": f"i{number % 2}", **pool, **read_only}}

    def _name(self) -> str:
        self._names += 1
        return f"claim-{self._names}"


def _claim_of(mounted: Object) -> str | None:
    claim: Object = mounted.get("persistentVolumeClaim", {})
    return claim.get("claimName")


def _is_bound_volume(item: Object) -> bool:
    return item["kind"] == "PersistentVolume" and item.get("status", {}).get("phase") == "Bound"
