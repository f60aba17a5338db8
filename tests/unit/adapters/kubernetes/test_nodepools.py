from collections.abc import Callable

import pytest

from kubestow.adapters.documents import read_documents
from kubestow.adapters.kubernetes.cluster import read_cluster
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputProblem
from kubestow.model.nodepool import GIB, Launcher, NodeClass, NodePool
from kubestow.model.resources import USD_PER_HOUR
from kubestow.model.snapshot import Cluster
from kubestow.model.taints import Taint

Read = Callable[..., Cluster]


def pool_of(read: Read, *texts: str) -> NodePool:
    (pool,) = read(*texts).nodepools
    return pool


def requirements_of(pool: NodePool) -> list[str]:
    return sorted(item.describe() for item in pool.requirements.by_key.values())


def class_of(read: Read, spec: str) -> NodeClass:
    return pool_of(
        read,
        "{kind: NodePool, metadata: {name: p}, spec: {template: {spec: {nodeClassRef: "
        "{name: c}}}}}",
        f"{{kind: EC2NodeClass, metadata: {{name: c}}, spec: {spec}}}",
    ).node_class


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_a_nodepool_is_read_whole(read: Read, version: str) -> None:
    pool = pool_of(
        read,
        f"{{apiVersion: karpenter.sh/{version}, kind: NodePool, metadata: {{name: p}}, spec: "
        "{weight: 7, limits: {cpu: '1000', memory: 4Ti, nodes: 9}, template: {metadata: {labels: "
        "{team: a}}, spec: {taints: [{key: t, effect: NoSchedule}], requirements: ["
        "{key: kubernetes.io/arch, operator: In, values: [amd64]}, "
        "{key: karpenter.k8s.aws/instance-generation, operator: Gt, values: ['4']}, "
        "{key: karpenter.k8s.aws/instance-family, operator: Exists, minValues: 5}]}}}}",
    )
    assert (pool.name, pool.weight, pool.source) == ("p", 7, "in.yaml")
    assert pool.labels == (("team", "a"),)
    assert pool.taints == (Taint("t", "", "NoSchedule"),)
    assert pool.limits == (("cpu", 1_000_000), ("memory", 4 * 2**40), ("nodes", 9))
    assert requirements_of(pool) == [
        "karpenter.k8s.aws/instance-family Exists",
        "karpenter.k8s.aws/instance-generation >= 5",
        "kubernetes.io/arch In [amd64]",
    ]
    family = pool.requirements.get("karpenter.k8s.aws/instance-family")
    assert family is not None
    assert family.min_values == 5


def test_a_provisioner_gets_the_defaults_its_webhook_gave(read: Read) -> None:
    pool = pool_of(read, "{kind: Provisioner, metadata: {name: p}}")
    assert requirements_of(pool) == [
        "karpenter.k8s.aws/instance-category In [c, m, r]",
        "karpenter.k8s.aws/instance-generation >= 3",
        "karpenter.sh/capacity-type In [on-demand]",
        "kubernetes.io/arch In [amd64]",
        "kubernetes.io/os In [linux]",
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("{key: node.kubernetes.io/instance-type, operator: In, values: [m5.large]}",
         "node.kubernetes.io/instance-type In [m5.large]"),
        ("{key: beta.kubernetes.io/instance-type, operator: In, values: [m5.large]}",
         "node.kubernetes.io/instance-type In [m5.large]"),
        ("{key: karpenter.k8s.aws/instance-family, operator: In, values: [t3]}",
         "karpenter.k8s.aws/instance-family In [t3]"),
    ],
)  # fmt: skip
def test_a_provisioner_that_names_instances_gets_no_default_ones(
    read: Read, said: str, expected: str
) -> None:
    pool = pool_of(
        read, f"{{kind: Provisioner, metadata: {{name: p}}, spec: {{requirements: [{said}]}}}}"
    )
    found = requirements_of(pool)
    assert expected in found
    assert not any("category" in text or "generation" in text for text in found)


def test_a_provisioner_keeps_what_it_says_of_arch_capacity_and_limits(read: Read) -> None:
    pool = pool_of(
        read,
        "{apiVersion: karpenter.sh/v1alpha5, kind: Provisioner, metadata: {name: p}, spec: "
        "{labels: {a: b}, taints: [{key: t, effect: NoSchedule}], limits: {resources: {cpu: 8}}, "
        "providerRef: {name: c}, kubeletConfiguration: {maxPods: 20}, requirements: "
        "[{key: kubernetes.io/arch, operator: In, values: [arm64]}, "
        "{key: karpenter.sh/capacity-type, operator: In, values: [spot]}]}}",
        "{apiVersion: karpenter.k8s.aws/v1alpha1, kind: AWSNodeTemplate, metadata: {name: c}, "
        "spec: {amiFamily: Bottlerocket}}",
    )
    assert "kubernetes.io/arch In [arm64]" in requirements_of(pool)
    assert "karpenter.sh/capacity-type In [spot]" in requirements_of(pool)
    assert pool.limits == (("cpu", 8000),)
    assert pool.labels == (("a", "b"),)
    assert (pool.node_class.ami_family, pool.node_class.max_pods) == ("Bottlerocket", 20)


@pytest.mark.parametrize(
    ("spec", "family"),
    [
        ("{}", "AL2023"),
        ("{amiFamily: AL2}", "AL2"),
        ("{amiFamily: Custom}", "AL2023"),
        ("{amiSelectorTerms: [{alias: al2023@latest}]}", "AL2023"),
        ("{amiSelectorTerms: [{alias: al2@v20240807}]}", "AL2"),
        ("{amiSelectorTerms: [{alias: bottlerocket@v1.20.3}]}", "Bottlerocket"),
        ("{amiSelectorTerms: [{id: ami-1}], amiFamily: Bottlerocket}", "Bottlerocket"),
        ("{amiSelectorTerms: [{tags: {a: b}}, {id: ami-1}]}", "AL2023"),
    ],
)
def test_the_ami_family_comes_from_the_alias_or_is_named(
    read: Read, spec: str, family: str
) -> None:
    assert class_of(read, spec).ami_family == family


@pytest.mark.parametrize(
    ("spec", "gib", "devices"),
    [
        ("{}", 20, 1),
        ("{blockDeviceMappings: [{deviceName: /dev/xvda, ebs: {volumeSize: 50Gi}}]}", 50, 1),
        ("{blockDeviceMappings: [{deviceName: /dev/sdz, ebs: {volumeSize: 50Gi}}]}", 20, 1),
        ("{amiFamily: Custom, blockDeviceMappings: [{deviceName: /dev/sda1, ebs: "
         "{volumeSize: 50Gi}}, {deviceName: /dev/sdz, ebs: {volumeSize: 9Gi}}]}", 9, 2),
        ("{amiFamily: Custom, blockDeviceMappings: [{deviceName: /dev/sda1, rootVolume: true, ebs: "
         "{volumeSize: 50Gi}}, {deviceName: /dev/sdz, ebs: {volumeSize: 9Gi}}]}", 50, 2),
        ("{amiFamily: Custom}", 20, 1),
        ("{blockDeviceMappings: [{deviceName: /dev/sdz, ebs: {volumeSize: 9Gi}}, "
         "{deviceName: /dev/xvda, ebs: {volumeSize: 30Gi}}]}", 30, 2),
        ("{blockDeviceMappings: [{deviceName: /dev/sdz, rootVolume: true, ebs: {volumeSize: 9Gi}}, "
         "{deviceName: /dev/xvda, ebs: {volumeSize: 30Gi}}]}", 9, 2),
        ("{amiFamily: Bottlerocket}", 20, 2),
        ("{amiFamily: Bottlerocket, blockDeviceMappings: "
         "[{deviceName: /dev/xvda, ebs: {volumeSize: 4Gi}}]}", 20, 2),
        ("{amiFamily: Bottlerocket, blockDeviceMappings: [{deviceName: /dev/xvda, "
         "ebs: {volumeSize: 4Gi}}, {deviceName: /dev/xvdb, ebs: {volumeSize: 80Gi}}]}", 80, 2),
        ("{blockDeviceMappings: [{deviceName: /dev/xvda, ebs: null}]}", 20, 1),
    ],
)  # fmt: skip
def test_pods_storage_is_on_the_root_volume_or_bottlerockets_data_volume(
    read: Read, spec: str, gib: int, devices: int
) -> None:
    found = class_of(read, spec)
    assert (found.root_volume_bytes, found.block_devices) == (gib * GIB, devices)


def test_kubelet_settings_of_the_pool_win_over_those_of_its_class(read: Read) -> None:
    pool = pool_of(
        read,
        "{kind: NodePool, metadata: {name: p}, spec: {template: {spec: {nodeClassRef: {name: c}, "
        "kubelet: {maxPods: 0, evictionHard: {memory.available: 5%}}}}}}",
        "{kind: EC2NodeClass, metadata: {name: c}, spec: {instanceStorePolicy: RAID0, kubelet: "
        "{maxPods: 20, podsPerCore: 4, kubeReserved: {cpu: 100m, memory: 1Gi}, "
        "systemReserved: {memory: 500M}}}}",
    )
    assert pool.node_class == NodeClass(
        name="c",
        max_pods=0,
        pods_per_core=4,
        kube_reserved=(("cpu", 100), ("memory", GIB)),
        system_reserved=(("memory", 500_000_000),),
        eviction_hard=(("memory.available", "5%"),),
        raid0_instance_store=True,
    )


def test_a_node_class_that_is_not_in_the_input_has_the_defaults(read: Read) -> None:
    pool = pool_of(
        read,
        "{kind: NodePool, metadata: {name: p}, spec: {template: {spec: {nodeClassRef: "
        "{name: x}}}}}",
    )
    assert pool.node_class == NodeClass(name="x")


@pytest.mark.parametrize(
    ("text", "nano"),
    [
        ("12.5", 12_500_000_000),
        ("'0.123456789'", 123_456_789),
        ("3", 3 * 10**9),
        ("12500m", 12_500_000_000),
        ("0", 0),
    ],
)
def test_a_limit_in_dollars_is_read_exactly(read: Read, text: str, nano: int) -> None:
    limits = f"limits: {{cpu: 8, {USD_PER_HOUR}: {text}}}"
    template = "template: {spec: {nodeClassRef: {name: x}}}"
    pool = pool_of(
        read, f"{{kind: NodePool, metadata: {{name: p}}, spec: {{{limits}, {template}}}}}"
    )
    assert pool.limits == (("cpu", 8000), (USD_PER_HOUR, nano))
    resources = f"{{limits: {{resources: {{{USD_PER_HOUR}: {text}}}}}}}"
    old = pool_of(read, f"{{kind: Provisioner, metadata: {{name: p}}, spec: {resources}}}")
    assert old.limits == ((USD_PER_HOUR, nano),)


AUTO_POOL = (
    "{{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {{name: p}}, spec: {{template: "
    "{{spec: {{nodeClassRef: {{group: eks.amazonaws.com, kind: NodeClass, name: {name}}}, "
    "requirements: [{requirements}]}}}}}}}}"
)
CATEGORY = "{key: eks.amazonaws.com/instance-category, operator: In, values: [m]}"


def test_a_nodepool_of_auto_mode_is_read_as_one(read: Read) -> None:
    pool = pool_of(read, AUTO_POOL.format(name="default", requirements=CATEGORY))
    assert pool.launched_by is Launcher.AUTO_MODE
    assert requirements_of(pool) == [
        "eks.amazonaws.com/instance-category In [m]",
        "eks.amazonaws.com/instance-cpu >= 2",
        "eks.amazonaws.com/instance-hypervisor In [nitro]",
        "eks.amazonaws.com/instance-size NotIn [micro, nano, small]",
    ]
    node_class = pool.node_class
    assert (node_class.ami_family, node_class.pods_at_most) == ("Bottlerocket", (110, 110))
    assert node_class.root_volume_bytes == 80 * GIB


def test_a_nodeclass_of_auto_mode_is_not_an_ec2nodeclass_of_its_name(read: Read) -> None:
    pool = pool_of(
        read,
        AUTO_POOL.format(name="big", requirements=CATEGORY),
        "{apiVersion: eks.amazonaws.com/v1, kind: NodeClass, metadata: {name: big}, spec: "
        "{ephemeralStorage: {size: 160Gi}}}",
        "{apiVersion: karpenter.k8s.aws/v1, kind: EC2NodeClass, metadata: {name: big}, spec: "
        "{amiSelectorTerms: [{alias: al2023@latest}]}}",
    )
    assert pool.node_class.root_volume_bytes == 160 * GIB


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            AUTO_POOL.format(
                name="default",
                requirements=CATEGORY.replace("eks.amazonaws.com/", "karpenter.k8s.aws/"),
            ),
            "use eks.amazonaws.com/instance-category",
        ),
        (
            AUTO_POOL.format(name="default", requirements=CATEGORY.replace("category", "categry")),
            "did you mean 'eks.amazonaws.com/instance-category'",
        ),
        (
            "{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {name: p}, spec: {template: "
            "{spec: {kubelet: {maxPods: 3}}}}}",
            "move it to spec.kubelet of the EC2NodeClass",
        ),
        (
            "{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {name: p}, spec: {replicas: "
            "-1, template: {spec: {}}}}",
            "spec.replicas: -1 is negative",
        ),
    ],
)
def test_a_nodepool_that_cannot_be_followed_says_why(text: str, expected: str) -> None:
    problems: list[InputProblem] = []
    read_cluster(read_documents(Source("in.yaml", text.encode()), problems), problems)
    (problem,) = problems
    assert expected in f"{problem.describe()} {problem.hint}"


def test_kubelet_settings_of_a_v1beta1_nodepool_are_read(read: Read) -> None:
    pool = pool_of(
        read,
        "{apiVersion: karpenter.sh/v1beta1, kind: NodePool, metadata: {name: p}, spec: {template: "
        "{spec: {kubelet: {maxPods: 3}}}}}",
    )
    assert pool.node_class.max_pods == 3


def test_a_static_nodepool_is_its_replicas_and_no_more(read: Read) -> None:
    pool = pool_of(
        read,
        "{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {name: p}, spec: {replicas: 2, "
        "limits: {nodes: 4}, template: {spec: {}}}}",
    )
    assert (pool.replicas, pool.limits) == (2, (("nodes", 2),))


def test_a_nodepool_whose_nodes_are_not_known_is_left_out_by_name(read: Read) -> None:
    wanted = "{key: karpenter.sh/capacity-type, operator: In, values: [reserved]}"
    pool = (
        "{{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {{name: {}}}, spec: {{template: "
        "{{spec: {{requirements: [{}]}}}}}}}}"
    )
    cluster = read(pool.format("a", wanted), pool.format("b", ""))
    assert [item.name for item in cluster.nodepools] == ["b"]
    assert cluster.pools_left_out == ("a",)
    (ignored,) = cluster.ignored
    assert ignored.reason.startswith("left out: a: it launches from capacity reservations only")


def test_a_fips_alias_is_bottlerocket(read: Read) -> None:
    node_class = class_of(read, "{amiSelectorTerms: [{alias: bottlerocket-fips@latest}]}")
    assert node_class.ami_family == "Bottlerocket"


@pytest.mark.parametrize(("limit", "runs"), [("1", 1), ("2", 2), ("9", 3)])
def test_a_limit_of_nodes_lowers_the_replicas_of_a_static_nodepool(
    read: Read, limit: str, runs: int
) -> None:
    pool = pool_of(
        read,
        "{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {name: p}, spec: {replicas: 3, "
        f"limits: {{nodes: {limit}}}, template: {{spec: {{}}}}}}}}",
    )
    assert (pool.replicas, pool.limits) == (runs, (("nodes", runs),))


def test_nodes_are_launched_in_the_zones_of_the_subnets_that_were_found(read: Read) -> None:
    pool = pool_of(
        read,
        "{kind: NodePool, metadata: {name: p}, spec: {template: {spec: "
        "{nodeClassRef: {name: c}}}}}",
        "{kind: EC2NodeClass, metadata: {name: c}, spec: {}, status: {subnets: [{id: subnet-1, "
        "zone: us-east-1c}, {id: subnet-2, zone: us-east-1c}]}}",
    )
    assert requirements_of(pool) == ["topology.kubernetes.io/zone In [us-east-1c]"]


@pytest.mark.parametrize(
    "wanted",
    [
        "{key: eks.amazonaws.com/instance-hypervisor, operator: NotIn, values: [nitro]}",
        "{key: eks.amazonaws.com/instance-size, operator: In, values: [micro, small]}",
        "{key: eks.amazonaws.com/instance-cpu, operator: In, values: ['1']}",
    ],
)
def test_requirements_that_leave_nothing_of_auto_mode_say_so(wanted: str) -> None:
    problems: list[InputProblem] = []
    text = AUTO_POOL.format(name="default", requirements=wanted)
    read_cluster(read_documents(Source("in.yaml", text.encode()), problems), problems)
    assert "leaves nothing that EKS Auto Mode launches" in problems[0].message
