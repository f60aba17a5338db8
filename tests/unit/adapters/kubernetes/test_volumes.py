from collections.abc import Callable

import pytest

from kubestow.model.selectors import SelectorRequirement
from kubestow.model.snapshot import Cluster

Read = Callable[..., Cluster]


def test_a_storage_class_says_when_and_where_volumes_are_made(read: Read) -> None:
    found = read(
        "{kind: StorageClass, metadata: {name: s, annotations: "
        "{storageclass.kubernetes.io/is-default-class: 'true'}}, provisioner: ebs.csi.aws.com, "
        "volumeBindingMode: WaitForFirstConsumer, allowedTopologies: [{matchLabelExpressions: "
        "[{key: zone, values: [b, a]}]}]}"
    ).storage_classes["s"]
    assert (found.provisioner, found.waits_for_first_consumer, found.is_default) == (
        "ebs.csi.aws.com", True, True,
    )  # fmt: skip
    assert found.allowed_topologies[0].expressions == (
        SelectorRequirement("zone", "In", ("a", "b")),
    )


def test_a_storage_class_binds_at_once_unless_it_says_otherwise(read: Read) -> None:
    found = read("{kind: StorageClass, metadata: {name: s}, provisioner: x}").storage_classes["s"]
    assert (found.waits_for_first_consumer, found.is_default) == (False, False)


@pytest.mark.parametrize(
    ("spec", "is_ebs"),
    [
        ("{csi: {driver: ebs.csi.aws.com, volumeHandle: vol-1}}", True),
        ("{csi: {driver: efs.csi.aws.com}}", False),
        ("{awsElasticBlockStore: {volumeID: vol-1}}", True),
        ("{hostPath: {path: /x}}", False),
    ],
)
def test_a_volume_knows_whether_it_is_on_ebs(read: Read, spec: str, is_ebs: bool) -> None:
    volume = read(f"{{kind: PersistentVolume, metadata: {{name: v}}, spec: {spec}}}").volumes["v"]
    assert volume.is_ebs is is_ebs
    assert volume.node_affinity is None


def test_a_volume_may_only_be_reachable_from_some_nodes(read: Read) -> None:
    volume = read(
        "{kind: PersistentVolume, metadata: {name: v, labels: {a: b}}, spec: {nodeAffinity: "
        "{required: "
        "{nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: In, values: [a]}]}]}}}}"
    ).volumes["v"]
    assert volume.node_affinity is not None
    assert volume.node_affinity[0].matches("n", {"zone": "a"})
    assert not volume.node_affinity[0].matches("n", {"zone": "b"})
    assert volume.labels == (("a", "b"),)


def test_a_claim_names_its_class_and_its_volume(read: Read) -> None:
    cluster = read(
        "{kind: PersistentVolumeClaim, metadata: {name: c, namespace: n}, spec: "
        "{storageClassName: s, volumeName: v, accessModes: [ReadWriteMany]}}",
        "{kind: PersistentVolumeClaim, metadata: {name: d}}",
    )
    full, bare = cluster.claims["n", "c"], cluster.claims["default", "d"]
    assert (full.storage_class, full.volume_name, full.access_modes) == (
        "s",
        "v",
        ("ReadWriteMany",),
    )
    assert (bare.storage_class, bare.volume_name, bare.access_modes) == (
        None,
        "",
        ("ReadWriteOnce",),
    )
