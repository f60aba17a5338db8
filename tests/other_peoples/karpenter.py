"""The shapes of Karpenter's examples and blueprints, with values of our own.

aws/karpenter-provider-aws: examples/v1 and examples/workloads; aws-samples/karpenter-blueprints:
blueprints.
"""

from typing import Any

from tests.other_peoples.shape import Shape

_AL2023 = "amiSelectorTerms: [{alias: al2023@latest}]"
_BOTTLEROCKET = "amiSelectorTerms: [{alias: bottlerocket@latest}]"
_SELECTORS = (
    "role: nodes, subnetSelectorTerms: [{tags: {use: demo}}], "
    "securityGroupSelectorTerms: [{tags: {use: demo}}]"
)


def _in(key: str, *values: str) -> str:
    return f"{{key: {key}, operator: In, values: [{', '.join(map(repr, values))}]}}"


_LINUX, _AMD64 = _in("kubernetes.io/os", "linux"), _in("kubernetes.io/arch", "amd64")
_ON_DEMAND = _in("karpenter.sh/capacity-type", "on-demand")
_BOTH = _in("karpenter.sh/capacity-type", "spot", "on-demand")
_CATEGORY = _in("karpenter.k8s.aws/instance-category", "c", "m", "r")
_GENERATION = "{key: karpenter.k8s.aws/instance-generation, operator: Gt, values: ['2']}"
_USUAL = (_AMD64, _LINUX, _ON_DEMAND, _CATEGORY, _GENERATION)
_AUTO = "eks.amazonaws.com"
_AUTO_CATEGORY = _in("eks.amazonaws.com/instance-category", "c", "m", "r")


def _pool(
    *requirements: str,
    name: str = "a",
    spec: str = "",
    template: str = "",
    group: str = "karpenter.k8s.aws",
    version: str = "v1",
) -> str:
    kind = "NodeClass" if group == _AUTO else "EC2NodeClass"
    reference = f"{{group: {group}, kind: {kind}, name: own}}"
    inner = f"{{requirements: [{', '.join(requirements)}], nodeClassRef: {reference}{template}}}"
    return (
        f"---\n{{apiVersion: karpenter.sh/{version}, kind: NodePool, metadata: {{name: {name}}}, "
        f"spec: {{template: {{metadata: {{labels: {{intent: x}}}}, spec: {inner}}}{spec}}}}}\n"
    )


def _class(fields: str, version: str = "v1") -> str:
    return (
        f"---\n{{apiVersion: karpenter.k8s.aws/{version}, kind: EC2NodeClass, metadata: "
        f"{{name: own}}, spec: {{{_SELECTORS}, {fields}}}}}\n"
    )


def _auto_class(fields: str = "") -> str:
    return (
        f"---\n{{apiVersion: {_AUTO}/v1, kind: NodeClass, metadata: {{name: own}}, "
        f"spec: {{{_SELECTORS}{fields}}}}}\n"
    )


def _user_data(text: str) -> str:
    return f", userData: {text!r}"


def _of(like: str, of: str, *documents: str, **more: Any) -> Shape:
    return Shape(like, of, "".join(documents), more.pop("pools", ("a",)), **more)


_SCRIPT = "#!/bin/bash\\necho hello"
_WINDOWS = (_in("kubernetes.io/os", "windows"), _AMD64, _ON_DEMAND, _CATEGORY)
_LEFT_OUT: dict[str, Any] = {"pools": (), "error": "no NodePool is left to launch from"}


def _disk(device: str, size: str) -> str:
    return f"{{deviceName: {device}, ebs: {{volumeType: gp3, volumeSize: {size}}}}}"


EXAMPLES = (
    _of("100-cpu-limit.yaml", "a limit on cpu", _pool(*_USUAL, spec=", limits: {cpu: 100}"),
        _class(_AL2023)),
    _of("al2-custom-ami.yaml", "own AMIs of a family", _pool(*_USUAL),
        _class("amiFamily: AL2, amiSelectorTerms: [{id: ami-1}, {id: ami-2}]"
               + _user_data(_SCRIPT))),
    _of("al2-custom-userdata.yaml", "a script at boot", _pool(*_USUAL),
        _class(_AL2023 + _user_data(_SCRIPT))),
    _of("al2-kubelet-log-query.yaml", "a script that changes kubelet's flags", _pool(*_USUAL),
        _class(_AL2023 + _user_data("KUBELET_EXTRA_ARGS=--feature-gates=NodeLogQuery=true"))),
    _of("al2023-custom-userdata.yaml", "a NodeConfig that mounts local disks", _pool(*_USUAL),
        _class(_AL2023 + _user_data("spec: {instance: {localStorage: {strategy: Mount}}}")),
        said=("userData",)),
    _of("bottlerocket-fips.yaml", "Bottlerocket with FIPS", _pool(*_USUAL),
        _class("amiSelectorTerms: [{alias: bottlerocket-fips@latest}], blockDeviceMappings: "
               f"[{_disk('/dev/xvda', '4Gi')}, {_disk('/dev/xvdb', '20Gi')}]")),
    _of("bottlerocket.yaml", "Bottlerocket with a data volume", _pool(*_USUAL),
        _class(f"{_BOTTLEROCKET}, blockDeviceMappings: [{_disk('/dev/xvda', '4Gi')}, "
               f"{_disk('/dev/xvdb', '20Gi')}]")),
    _of("br-custom-userdata.yaml", "Bottlerocket's settings", _pool(*_USUAL),
        _class(_BOTTLEROCKET + _user_data("[settings.kubernetes]\\nmax-pods = 20")),
        said=("userData",)),
    _of("custom-family-with-alias.yaml", "amiFamily Custom with an alias", _pool(*_USUAL),
        _class(f"amiFamily: Custom, {_BOTTLEROCKET}" + _user_data("--node-labels=a=b")),
        said=("userData",)),
    _of("custom-family.yaml", "amiFamily Custom with AMIs", _pool(*_USUAL),
        _class("amiFamily: Custom, amiSelectorTerms: [{id: ami-1}]"),
        said=("spec.amiSelectorTerms[].id is not modelled",)),
    _of("general-purpose.yaml", "general purpose", _pool(*_USUAL), _class(_AL2023)),
    _of("instance-store-ephemeral-storage.yaml", "local disks as ephemeral storage",
        _pool(*_USUAL, "{key: karpenter.k8s.aws/instance-local-nvme, operator: Gt, values: "
              "['300']}"),
        _class(f"{_AL2023}, instanceStorePolicy: RAID0")),
    _of("large-instances.yaml", "no small types",
        _pool("{key: karpenter.k8s.aws/instance-cpu, operator: Gt, values: ['3']}",
              "{key: karpenter.k8s.aws/instance-memory, operator: Gt, values: ['8191']}"),
        _class(_AL2023)),
    _of("max-node-lifetime.yaml", "a node's longest life",
        _pool(*_USUAL, template=", expireAfter: 168h, terminationGracePeriod: 24h",
              spec=", disruption: {consolidationPolicy: WhenEmpty, consolidateAfter: 60s}"),
        _class(_AL2023)),
    _of("max-spot-prices.yaml", "a ConfigMap of highest spot prices",
        "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: prices}, data: "
        "{m5.large: '0.05'}}\n",
        pools=(), left_out={"ConfigMap": "this kind does not affect placement"}),
    _of("min-values-family.yaml", "at least so many families",
        _pool(_in("karpenter.sh/capacity-type", "spot"), _AMD64, _LINUX, _CATEGORY, _GENERATION,
              "{key: karpenter.k8s.aws/instance-family, operator: Exists, minValues: 5}"),
        _class("amiSelectorTerms: [{alias: al2023@v20240625}]")),
    _of("min-values-multiple-keys.yaml", "at least so many of several keys",
        _pool(_in("karpenter.sh/capacity-type", "spot"), _AMD64, _LINUX, _GENERATION,
              _CATEGORY.replace("}", ", minValues: 2}"),
              "{key: karpenter.k8s.aws/instance-family, operator: Exists, minValues: 5}",
              "{key: node.kubernetes.io/instance-type, operator: Exists, minValues: 2}"),
        _class(_AL2023)),
    _of("multiple-arch.yaml", "a NodePool for each architecture", _pool(*_USUAL),
        _pool(_in("kubernetes.io/arch", "arm64"), _LINUX, _ON_DEMAND,
              _in("karpenter.k8s.aws/instance-category", "c", "a"), name="b"),
        _class(_AL2023), pools=("a", "b")),
    _of("multiple-ebs.yaml", "several volumes", _pool(*_USUAL),
        _class(f"{_AL2023}, blockDeviceMappings: [{_disk('/dev/xvda', '20Gi')}, "
               f"{_disk('/dev/xvdb', '100Gi')}, {_disk('/dev/xvdc', '2000Gi')}]")),
    _of("node-ttls.yaml", "expiry", _pool(*_USUAL, template=", expireAfter: 168h"),
        _class(_AL2023)),
    _of("placement-group.yaml", "a placement group",
        _pool(_in("topology.kubernetes.io/zone", "us-west-2a")),
        _class(f"amiFamily: AL2023, {_AL2023}, placementGroup: {{name: pg, partition: 2}}"),
        pools=(), left_out={"NodePool": "its node class own is left out"},
        problems=("spec.placementGroup: is not a field",)),
    _of("security-group-with-vpc.yaml", "security groups of a VPC",
        _pool(_BOTH, _AMD64, _CATEGORY, spec=", limits: {cpu: 1000}"),
        _class(_AL2023).replace("securityGroupSelectorTerms: [{tags: {use: demo}}]",
                                "securityGroupSelectorTerms: [{name: sg, vpcID: vpc-1}]"),
        pools=(), left_out={"NodePool": "its node class own is left out"},
        problems=("securityGroupSelectorTerms[0].vpcID: is not a field",)),
    _of("spot.yaml", "spot alone",
        _pool(_in("karpenter.sh/capacity-type", "spot"), _AMD64, _LINUX, _CATEGORY),
        _class(_AL2023)),
    _of("windows-2019.yaml", "Windows", _pool(*_WINDOWS),
        _class("amiSelectorTerms: [{alias: windows2019@latest}]"),
        left_out={"NodePool": "kubestow plans Linux nodes",
                  "EC2NodeClass": "AMI family windows2019 is not supported"}, **_LEFT_OUT),
    _of("windows-2022.yaml", "Windows beside Linux", _pool(*_WINDOWS),
        _class("amiSelectorTerms: [{alias: windows2022@latest}], metadataOptions: {httpTokens: "
               "required}"), _pool(*_USUAL, name="b").replace("name: own", "name: other"),
        _class(_AL2023).replace("name: own", "name: other"),
        pools=("b",), left_out={"NodePool": "kubestow plans Linux nodes",
                               "EC2NodeClass": "AMI family windows2022 is not supported"}),
    _of("windows-2025.yaml", "Windows", _pool(*_WINDOWS),
        _class("amiSelectorTerms: [{alias: windows2025@latest}]"),
        left_out={"NodePool": "kubestow plans Linux nodes",
                  "EC2NodeClass": "AMI family windows2025 is not supported"}, **_LEFT_OUT),
    _of("windows-custom-userdata.yaml", "a version in nodeClassRef's group",
        _pool(*_WINDOWS, group="karpenter.k8s.aws/v1"), _class("amiFamily: Windows2022"),
        pools=(), left_out={"EC2NodeClass": "AMI family Windows2022"},
        problems=("'karpenter.k8s.aws/v1' is not an API group",)),
)  # fmt: skip


def _deployment(name: str, pod: str = "", **limits: str) -> str:
    listed = ", ".join(f"{key}: {value!r}" for key, value in limits.items())
    limited = f", limits: {{{listed}}}" if limits else ""
    resources = f"{{requests: {{cpu: '1', memory: 256M}}{limited}}}"
    containers = f"containers: [{{name: c, image: pause, resources: {resources}}}]"
    return (
        f"---\n{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: {name}}}, spec: "
        f"{{replicas: "
        f"2, selector: {{matchLabels: {{app: {name}}}}}, template: {{metadata: {{labels: {{app: "
        f"{name}}}}}, spec: {{{containers}{pod}}}}}}}}}\n"
    )


def _spread(key: str, skew: int, unsatisfiable: str = "DoNotSchedule") -> str:
    return (
        f"{{maxSkew: {skew}, topologyKey: {key}, whenUnsatisfiable: {unsatisfiable}, "
        "labelSelector: {matchLabels: {app: w}}}"
    )


_ZONE, _HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
_GPU_POOL = _pool(_in("karpenter.k8s.aws/instance-category", "g", "p", "inf", "trn"))
WORKLOADS = (
    _of("arm64.yaml", "arm64 by nodeSelector",
        _deployment("w", ", nodeSelector: {kubernetes.io/arch: arm64}"), pools=()),
    _of("disruption-budget.yaml", "a budget in percent",
        _deployment("w", ", nodeSelector: {kubernetes.io/arch: amd64}"),
        "---\n{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: w}, spec: "
        "{minAvailable: '80%', selector: {matchLabels: {app: w}}}}\n", pools=()),
    _of("gpu-amd.yaml", "AMD's GPUs, which the catalog has not in this region",
        _deployment("w", **{"amd.com/gpu": "1"}), _GPU_POOL, _class(_AL2023), unschedulable=2),
    _of("gpu-nvidia.yaml", "NVIDIA's GPUs", _deployment("w", **{"nvidia.com/gpu": "1"}), _GPU_POOL,
        _class(_AL2023)),
    _of("inflate.yaml", "plain replicas", _deployment("w"), pools=()),
    _of("mig-nvidia.yaml", "a slice of a GPU, which no node of the catalog has",
        _deployment("w", **{"nvidia.com/mig-1g.5gb": "1"}), _GPU_POOL, _class(_AL2023),
        unschedulable=2),
    _of("neuron.yaml", "Neuron devices", _deployment("w", **{"aws.amazon.com/neuron": "1"}),
        _GPU_POOL, _class(_AL2023)),
    _of("prefer-arm.yaml", "arm64 preferred",
        _deployment("w", ", affinity: {nodeAffinity: "
                    "{preferredDuringSchedulingIgnoredDuringExecution: "
                    "[{weight: 50, preference: {matchExpressions: "
                    f"[{_in('kubernetes.io/arch', 'arm64')}]}}}}]}}}}"), pools=()),
    _of("spot.yaml", "spot by nodeSelector",
        _deployment("w", ", nodeSelector: {karpenter.sh/capacity-type: spot}"),
        _pool(_BOTH, _AMD64), _class(_AL2023)),
    _of("spread-hostname-zone.yaml", "spread over nodes and zones",
        _deployment(
            "w", f", topologySpreadConstraints: [{_spread(_HOST, 2)}, {_spread(_ZONE, 5)}]"),
        pools=()),
    _of("spread-hostname.yaml", "spread over nodes",
        _deployment("w", f", topologySpreadConstraints: [{_spread(_HOST, 1)}]"), pools=()),
    _of("spread-zone.yaml", "spread over zones",
        _deployment("w", f", topologySpreadConstraints: [{_spread(_ZONE, 1)}]"), pools=()),
)  # fmt: skip

_SPLIT = ", taints: [{key: intent, value: split, effect: NoSchedule}]"
_RESERVED = _in("karpenter.sh/capacity-type", "reserved", "on-demand")
_RESERVATIONS = "capacityReservationSelectorTerms: [{tags: {use: demo}}]"
_GPU_SPEC = ", limits: {cpu: 100, memory: 100Gi, nvidia.com/gpu: 5}"
_GPU_TAINT = ", taints: [{key: nvidia.com/gpu, effect: NoSchedule}]"
_STATIC = ", replicas: 1, limits: {nodes: 2}"
_G6E = _in("node.kubernetes.io/instance-type", "g6e.8xlarge")
_BUDGET = (
    ", disruption: {consolidationPolicy: WhenEmptyOrUnderutilized, consolidateAfter: 1m, "
    "budgets: "
    "[{nodes: '0', schedule: '0 0 * * *', duration: 24h}]}"
)
_OVERLAY = (
    "---\n{apiVersion: karpenter.sh/v1alpha1, kind: NodeOverlay, metadata: {name: o}, "
    "spec: {weight: "
    f"10, requirements: [{_in('karpenter.k8s.aws/instance-generation', '5')}], "
    "priceAdjustment: '+45%'}}\n"
)
BLUEPRINTS = (
    _of("batch-jobs", "Jobs that must not be disrupted",
        "---\n{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: "
        "{ttlSecondsAfterFinished: "
        "10, backoffLimit: 2, template: {metadata: {annotations: {karpenter.sh/do-not-disrupt: "
        "'true'}}, spec: {restartPolicy: Never, containers: [{name: c, image: i, resources: "
        "{requests: {cpu: '7'}}}]}}}}\n", pools=()),
    _of("custom-ami", "AMIs by name", _pool(
        "{key: karpenter.k8s.aws/instance-hypervisor, operator: NotIn, values: ['']}",
        _BOTH, *_USUAL,
        spec=", limits: {cpu: 1k, memory: 500Gi}"),
        _class("amiFamily: AL2, amiSelectorTerms: [{name: '*node-1.30-*'}]")),
    _of("disruption-budgets", "budgets with windows", _pool(
        _ON_DEMAND, _CATEGORY, _in("karpenter.k8s.aws/instance-hypervisor", "nitro"),
        "{key: karpenter.k8s.aws/instance-size, operator: NotIn, values: [nano, micro]}",
        spec=_BUDGET), _class(_BOTTLEROCKET)),
    _of("disruption-budgets (Auto Mode)", "budgets with windows, on Auto Mode", _pool(
        _ON_DEMAND, _AUTO_CATEGORY, _in("eks.amazonaws.com/instance-hypervisor", "nitro"),
        spec=_BUDGET, group=_AUTO, template=", expireAfter: 336h"), _auto_class()),
    _of("dynamic-disk-ebs-volume", "a script that grows the disk", _pool(_BOTH, _LINUX, _CATEGORY),
        _class(f"amiFamily: AL2023, {_AL2023}, blockDeviceMappings: [{_disk('/dev/xvda', '20Gi')}]"
               + _user_data("aws ec2 modify-volume --size 100")),
        said=("userData",)),
    _of("graviton", "a workload for both architectures",
        _deployment("w", ", nodeSelector: {karpenter.sh/capacity-type: on-demand}"), pools=()),
    _of("ha-az-nodes", "soft spread over zones and nodes", _deployment(
        "w", ", topologySpreadConstraints: "
        f"[{_spread(_HOST, 1, 'ScheduleAnyway')}, "
        f"{_spread(_ZONE, 1, 'ScheduleAnyway')}]"), pools=()),
    _of("multi-ebs", "two volumes", _pool(
        _CATEGORY, _in("karpenter.k8s.aws/instance-cpu", "4", "8"), _BOTH, _LINUX, _AMD64,
        template=", expireAfter: 168h0m0s"), _class(
        f"amiFamily: AL2, amiSelectorTerms: [{{alias: al2@latest}}], blockDeviceMappings: "
        f"[{_disk('/dev/xvda', '20Gi')}, {_disk('/dev/xvdb', '100Gi')}]")),
    _of("neuron-workload (Auto Mode)", "Neuron on Auto Mode", _pool(
        _BOTH, _in("eks.amazonaws.com/instance-category", "inf", "trn"), group=_AUTO,
        spec=", limits: {aws.amazon.com/neuron: 5}",
        template=", taints: [{key: aws.amazon.com/neuron, effect: NoSchedule}]"),
        _auto_class(", ephemeralStorage: {size: 100Gi}")),
    _of("node-overlay", "prices that prefer newer types", _pool(*_USUAL), _class(_AL2023), _OVERLAY,
        left_out={"NodeOverlay": "prices or resources by which Karpenter chooses"}),
    _of("node-reserved-headroom", "room held by a DaemonSet",
        "---\n{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: "
        "high}, value: "
        "1000}\n---\n{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: d}, spec: "
        "{selector: "
        "{matchLabels: {app: d}}, template: {metadata: {labels: {app: d}}, spec: "
        "{priorityClassName: "
        "high, containers: [{name: c, image: i, resources: {requests: {cpu: 500m, memory: "
        "512Mi}}}]}}}}\n", pools=()),
    _of("nvidia-gpu-workload", "GPUs", _pool(
        _ON_DEMAND, _in("karpenter.k8s.aws/instance-category", "g"),
        _in("karpenter.k8s.aws/instance-gpu-manufacturer", "nvidia"),
        spec=_GPU_SPEC, template=_GPU_TAINT), _class(_AL2023)),
    _of("nvidia-gpu-workload (Auto Mode)", "GPUs on Auto Mode", _pool(
        _ON_DEMAND, _in("eks.amazonaws.com/instance-category", "g"),
        _in("eks.amazonaws.com/instance-gpu-manufacturer", "nvidia"),
        spec=_GPU_SPEC, template=_GPU_TAINT, group=_AUTO),
        _auto_class(", ephemeralStorage: {size: 100Gi}")),
    _of("od-spot-split", "a share on demand by a label of its own", _pool(
        _in("capacity-spread", "1"), *_USUAL, version="v1beta1", template=_SPLIT,
        spec=", disruption: {consolidationPolicy: WhenUnderutilized, expireAfter: 168h0m0s}"),
        _pool(_in("capacity-spread", "2", "3"), _AMD64, _in("karpenter.sh/capacity-type", "spot"),
              name="b", version="v1beta1", template=_SPLIT),
        _deployment("w", ", tolerations: [{key: intent, operator: Equal, value: split, effect: "
                    "NoSchedule}], nodeSelector: {intent: x}, topologySpreadConstraints: "
                    f"[{_spread('capacity-spread', 1)}]"),
        pools=("a", "b"), said=("EC2NodeClass own of NodePool a is not in the input",)),
    _of("overprovision", "room held by pods of low priority",
        "---\n{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: "
        "low}, value: "
        "-10}\n", _deployment("w", ", priorityClassName: low"), pools=()),
    _of("reserved-capacity (ODCR)", "capacity reservations first, then on demand",
        _pool(_LINUX, _AMD64, _RESERVED), _class(f"{_AL2023}, {_RESERVATIONS}"),
        said=("may launch from capacity reservations",)),
    _of("reserved-capacity (ODCR, Auto Mode)", "capacity reservations on Auto Mode", _pool(
        _LINUX, _AMD64, _RESERVED, _in("node.kubernetes.io/instance-type", "m7i.large"),
        _in(_ZONE, "us-west-2a"), group=_AUTO), _auto_class(", " + _RESERVATIONS),
        said=("may launch from capacity reservations",)),
    _of("reserved-capacity (reserved alone)",
        "capacity reservations and nothing else, beside others",
        _pool(_in("karpenter.sh/capacity-type", "reserved")), _pool(*_USUAL, name="b"),
        _class(f"{_AL2023}, {_RESERVATIONS}"), pools=("b",),
        left_out={"NodePool": "left out: a: it launches from capacity reservations only"}),
    _of("reserved-capacity (Reserved Instances)", "types that are paid for, with weight", _pool(
        _in("node.kubernetes.io/instance-type", "c5.xlarge", "c5.2xlarge"), _ON_DEMAND,
        spec=", weight: 100, limits: {cpu: '16'}"), _class(_AL2023)),
    _of("reserved-capacity (Savings Plans)", "a family that is paid for, with weight", _pool(
        _in("karpenter.k8s.aws/instance-family", "c4"), _ON_DEMAND, _AMD64,
        spec=", weight: 100, limits: {cpu: '20'}"), _class(_AL2023)),
    _of("reserved-capacity (migration, Auto Mode)", "both architectures in one zone", _pool(
        _ON_DEMAND, _in("kubernetes.io/arch", "amd64", "arm64"), _in(_ZONE, "us-west-2a"),
        group=_AUTO), _auto_class()),
    _of("soci-snapshotter", "a snapshotter by NodeConfig, on local disks", _pool(_BOTH, _CATEGORY),
        _class(f"{_AL2023}, instanceStorePolicy: RAID0, blockDeviceMappings: [{{deviceName: "
               "/dev/xvda, "
               "ebs: {volumeSize: 100Gi, volumeType: gp3, throughput: 600}}]"
               + _user_data("kind: NodeConfig\\nspec: {containerd: {config: x}}"))),
    _of("soci-snapshotter (Auto Mode)", "local disks on Auto Mode",
        _pool(_LINUX, _AUTO_CATEGORY, _AMD64, _BOTH, group=_AUTO),
        _auto_class(", ephemeralStorage: {size: 100Gi}")),
    _of("stateful", "volumes of one zone",
        "---\n{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: gp3}, "
        "provisioner: "
        "ebs.csi.aws.com, parameters: {type: gp3}, volumeBindingMode: WaitForFirstConsumer, "
        "allowedTopologies: [{matchLabelExpressions: [{key: "
        "topology.ebs.csi.aws.com/zone, values: "
        "[us-west-2a]}]}]}\n---\n{apiVersion: apps/v1, kind: StatefulSet, metadata: "
        "{name: s}, spec: "
        "{serviceName: s, replicas: 3, selector: {matchLabels: {app: s}}, template: {metadata: "
        "{labels: {app: s}}, spec: {containers: [{name: c, image: i, resources: {requests: {cpu: "
        "1}}, volumeMounts: [{name: data, mountPath: /data}]}]}}, volumeClaimTemplates: "
        "[{metadata: "
        "{name: data}, spec: {accessModes: [ReadWriteOnce], storageClassName: gp3, resources: "
        "{requests: {storage: 4Gi}}}}]}}\n", pools=()),
    _of("static-nodepool", "a fixed number of nodes with EFA", _pool(
        _BOTH, _G6E, spec=_STATIC, template=_GPU_TAINT + ", expireAfter: Never"),
        _class(f"{_AL2023}, instanceStorePolicy: RAID0, networkInterfaces: [{{networkCardIndex: 0, "
               "deviceIndex: 1, interfaceType: efa-only}]"),
        said=("networkInterfaces",)),
    _of("static-nodepool (Auto Mode)", "a fixed number of nodes on Auto Mode",
        _pool(_ON_DEMAND, _G6E, spec=_STATIC, template=_GPU_TAINT, group=_AUTO), _auto_class()),
    _of("update-nodes-with-drift", "AMIs that drift, in v1beta1", _pool(
        _CATEGORY, _BOTH, _LINUX, version="v1beta1", spec=", disruption: {consolidationPolicy: "
        "WhenUnderutilized, expireAfter: 168h0m0s}, limits: {cpu: 100k}"),
        _class("amiFamily: AL2, amiSelectorTerms: [{name: '*1.30*', owner: amazon}]", "v1beta1")),
    _of("update-nodes-with-drift (Auto Mode)", "versions on Auto Mode", _pool(
        _AUTO_CATEGORY, _in("eks.amazonaws.com/instance-cpu", "4", "8"), _BOTH, group=_AUTO,
        template=", expireAfter: 168h0m0s"), _auto_class(", tags: {KubernetesVersion: '1.31'}")),
    _of("userdata", "kubelet's flags, in v1beta1", _pool(
        "{key: karpenter.k8s.aws/instance-hypervisor, operator: NotIn, values: ['']}", *_USUAL,
        version="v1beta1"), _class("amiFamily: AL2" + _user_data(
            "KUBELET_EXTRA_ARGS=--max-pods=20"), "v1beta1"), said=("userData",)),
    _of("volume-initialization-rate", "pods that tolerate a NodePool each", _deployment(
        "w", ", nodeSelector: {intent: x}, tolerations: [{key: intent, operator: Equal, "
        "value: fast, "
        "effect: NoSchedule}]"), _pool(*_USUAL, template=", taints: [{key: intent, value: fast, "
                                       "effect: NoSchedule}]"), _class(_AL2023)),
)  # fmt: skip
