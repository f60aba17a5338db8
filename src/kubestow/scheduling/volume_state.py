"""Claims and volumes as pods bind them, and what is attached to each node.

The cluster's own objects never change; what the scheduler has decided since is kept beside them.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from kubestow.model import labels as names
from kubestow.model.node import Node
from kubestow.model.pod import Pod
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import (
    EBS_DRIVER,
    EBS_PROVISIONERS,
    PersistentVolume,
    PersistentVolumeClaim,
    StorageClass,
)

IN_TREE_DRIVERS = {
    "kubernetes.io/aws-ebs": EBS_DRIVER,
    "kubernetes.io/gce-pd": "pd.csi.storage.gke.io",
    "kubernetes.io/azure-disk": "disk.csi.azure.com",
    "kubernetes.io/cinder": "cinder.csi.openstack.org",
}
"""The CSI drivers that have taken over in-tree plugins (csi-translation-lib)."""
_INLINE_PLUGINS = {"ebs": "kubernetes.io/aws-ebs", "gce": "kubernetes.io/gce-pd"}
NO_PROVISIONER = "kubernetes.io/no-provisioner"


@dataclass(slots=True)
class VolumeState:
    """The storage of one cluster while pods are placed."""

    cluster: Cluster
    claims: dict[tuple[str, str], PersistentVolumeClaim] = field(default_factory=dict)
    volumes: dict[str, PersistentVolume] = field(default_factory=dict)
    users: dict[tuple[str, str], int] = field(default_factory=dict)
    """Pods on nodes by claim, as the ReadWriteOncePod rule counts them."""
    on_node: dict[int, dict[Pod, None]] = field(default_factory=dict)
    """Pods with volumes by node."""
    attached_most: dict[int, int] = field(default_factory=dict)
    """Volumes of the pods on a node, each counted as often as a pod names it."""
    _default_class: str | None = None
    _by_class: dict[str, list[PersistentVolume]] | None = None

    def copy(self) -> "VolumeState":
        """Return the same storage, to be changed apart from this."""
        on_node = {node: dict(pods) for node, pods in self.on_node.items()}
        return replace(
            self,
            claims=dict(self.claims),
            volumes=dict(self.volumes),
            users=dict(self.users),
            on_node=on_node,
            attached_most=dict(self.attached_most),
        )

    def claim(self, namespace: str, name: str) -> PersistentVolumeClaim | None:
        """Return a claim as it is now."""
        key = (namespace, name)
        return self.claims.get(key) or self.cluster.claims.get(key)

    def volume(self, name: str) -> PersistentVolume | None:
        """Return a volume as it is now."""
        return self.volumes.get(name) or self.cluster.volumes.get(name)

    def of_class(self, name: str) -> list[PersistentVolume]:
        """Return the volumes of a storage class as they are now."""
        if self._by_class is None:
            self._by_class = {}
            for volume in self.cluster.volumes.values():
                self._by_class.setdefault(volume.storage_class, []).append(volume)
        return [self.volumes.get(v.name, v) for v in self._by_class.get(name, ())]

    def class_name(self, claim: PersistentVolumeClaim) -> str:
        """Return a claim's class; one that names none has the cluster's default, if any.

        The API server's DefaultStorageClass admission fills it in when the claim is created.
        """
        if claim.storage_class is not None:
            return claim.storage_class
        if self._default_class is None:
            defaults = sorted(c.name for c in self.cluster.storage_classes.values() if c.is_default)
            self._default_class = defaults[0] if defaults else ""
        return self._default_class

    def storage_class(self, claim: PersistentVolumeClaim) -> StorageClass | None:
        """Return a claim's StorageClass, or None where there is none."""
        return self.cluster.storage_classes.get(self.class_name(claim))

    def known_of(self, namespace: str, names: Iterable[str]) -> Hashable | None:
        """Return what these claims and their volumes are now; None if they may choose a volume.

        While it is the same, the claims refuse the same nodes, whatever else changes.
        """
        claims = [self.claim(namespace, name) for name in names]
        if any(
            c is not None and not c.volume_name and self.of_class(self.class_name(c))
            for c in claims
        ):
            return None
        return tuple(
            (c, self.volume(c.volume_name) if c and c.volume_name else None) for c in claims
        )

    def attach(self, pod: Pod, node: int) -> None:
        """Note that a pod uses its volumes on a node."""
        if pod.volume_claims or pod.template.inline_volumes:
            self.on_node.setdefault(node, {})[pod] = None
            self._use(pod, node, 1)

    def detach(self, pod: Pod, node: int) -> None:
        """Note that a pod uses its volumes no more."""
        if pod.volume_claims or pod.template.inline_volumes:
            del self.on_node[node][pod]
            self._use(pod, node, -1)

    def _use(self, pod: Pod, node: int, sign: int) -> None:
        volumes = len(pod.volume_claims) + len(pod.template.inline_volumes)
        self.attached_most[node] = self.attached_most.get(node, 0) + sign * volumes
        for name in pod.volume_claims:
            if name not in pod.ephemeral_claims:
                key = (pod.namespace, name)
                self.users[key] = self.users.get(key, 0) + sign

    def attachments(
        self, pod_namespace: str, claims: tuple[str, ...], inline: tuple[str, ...], node: Node
    ) -> Iterator[tuple[str, str]]:
        """Yield (driver, volume) of what a pod attaches to a node; each volume may come twice.

        ``inline`` are (kind/name) of inline volumes. What has no driver there is not counted.
        """
        for name in claims:
            claim = self.claim(pod_namespace, name)
            attachment = None if claim is None else self._attachment(claim, node)
            if attachment is not None:
                yield attachment
        for item in inline:
            kind, _, name = item.partition("/")
            plugin = _INLINE_PLUGINS.get(kind)
            if plugin is not None and is_migrated(plugin, node):
                handle = name.rpartition("/")[2] if name.startswith("aws://") else name
                yield IN_TREE_DRIVERS[plugin], handle

    def _attachment(self, claim: PersistentVolumeClaim, node: Node) -> tuple[str, str] | None:
        volume = self.volume(claim.volume_name) if claim.volume_name else None
        if volume is not None:
            if not volume.driver or not volume.handle:
                return None
            if volume.plugin and not is_migrated(volume.plugin, node):
                return None
            return volume.driver, volume.handle
        storage_class = self.storage_class(claim)
        if storage_class is None:
            return None
        provisioner = storage_class.provisioner
        if provisioner in IN_TREE_DRIVERS:
            if not is_migrated(provisioner, node):
                return None
            provisioner = IN_TREE_DRIVERS[provisioner]
        return provisioner, f"new {claim.namespace}/{claim.name}"

    def bind(self, pod: Pod, node: Node, chosen: Mapping[str, str]) -> None:
        """Bind a pod's claims that waited for it: to the chosen volumes, or to new ones."""
        for name in pod.volume_claims:
            claim = self.claim(pod.namespace, name)
            if claim is None or claim.volume_name:
                continue
            key = (pod.namespace, name)
            if name in chosen:
                volume = self.volume(chosen[name])
                assert volume is not None, "a chosen volume exists"
                self.volumes[volume.name] = replace(volume, claim=(*key, claim.uid))
            else:
                volume = self._provisioned(claim, node)
                self.volumes[volume.name] = volume
            self.claims[key] = replace(claim, volume_name=volume.name, bind_completed=True)

    def _provisioned(self, claim: PersistentVolumeClaim, node: Node) -> PersistentVolume:
        """Return the volume a provisioner makes: EBS volumes stay in the node's zone."""
        storage_class = self.storage_class(claim)
        provisioner = storage_class.provisioner if storage_class else ""
        is_ebs = provisioner in EBS_PROVISIONERS
        zone = dict(node.labels).get(names.ZONE, "")
        term = NodeSelectorTerm((SelectorRequirement(names.ZONE, "In", (zone,)),))
        return PersistentVolume(
            f"new {claim.namespace}/{claim.name}",
            (term,) if is_ebs else None,
            is_ebs=is_ebs,
            driver=IN_TREE_DRIVERS.get(provisioner, provisioner),
            handle=f"new {claim.namespace}/{claim.name}",
        )


def is_migrated(plugin: str, node: Node) -> bool:
    """Return whether a CSI driver has taken an in-tree plugin over on a node.

    EBS and GCE disks always count as migrated where there is a CSINode, as all but Portworx do
    (nodevolumelimits/utils.go).
    """
    return node.migrated_plugins is not None and plugin in IN_TREE_DRIVERS
