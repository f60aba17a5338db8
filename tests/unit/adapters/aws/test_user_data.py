"""User data, parsed as the machine images parse it."""

import tomllib
from dataclasses import replace
from email import message_from_string
from typing import Any

import pytest
import yaml

from kubestow.adapters.aws.eks_cluster import EksCluster
from kubestow.adapters.aws.mime_parts import NODE_CONFIG, SHELL_SCRIPT, UserDataPart, mime_document
from kubestow.adapters.aws.user_data import USER_DATA_BYTES_MAX, kubelet_labels, user_data
from kubestow.model.input_error import InputError
from kubestow.model.launch_class import ImageTerm, KubeletSettings, LaunchClass, PlaceTerm
from kubestow.model.taints import Taint

CLUSTER = EksCluster("shop", "https://api.example", "Q0E=", "10.100.0.0/16", "1.34")
IPV6 = replace(CLUSTER, service_cidr="fd30:1c53:5f8a::/108")
EVERYWHERE = (PlaceTerm(tags=(("cluster", "shop"),)),)
CLASS = LaunchClass(
    "web", "AL2023", (ImageTerm(alias="al2023@latest"),), EVERYWHERE, EVERYWHERE, role="nodes"
)
FULL = KubeletSettings(
    ("10.0.0.10",), None, 4, (("cpu", "100m"),), (("cpu", "1"), ("memory", "1Gi")),
    (("memory.available", "5%"),), (("memory.available", "1Gi"),),
    (("memory.available", "1m30s"),), 60, 80, 70, False,
)  # fmt: skip
LABELS = {"team": "a", "karpenter.sh/nodepool": "web", "topology.kubernetes.io/zone": "a",
          "node-role.kubernetes.io/web": "", "x.k8s.io/y": "z"}  # fmt: skip
HELD = Taint("kubestow.dev/held", "", "NoSchedule")
TAINTS = [Taint("t", "v", "NoExecute"), HELD, HELD]


def made(launch_class: LaunchClass = CLASS, cluster: EksCluster = CLUSTER) -> str:
    return user_data(launch_class, cluster, labels=LABELS, taints=TAINTS, max_pods=58)


def parts(text: str) -> list[tuple[str, str]]:
    message: Any = message_from_string(text)
    return [(part.get_content_type(), part.get_payload()) for part in message.get_payload()]


def node_config(text: str) -> Any:
    kind, content = parts(text)[-1]
    assert kind == "application/node.eks.aws"
    return yaml.safe_load(content)


def test_al2023_is_told_by_a_node_config() -> None:
    assert node_config(made()) == {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": {
            "cluster": {
                "name": "shop",
                "apiServerEndpoint": "https://api.example",
                "certificateAuthority": "Q0E=",
                "cidr": "10.100.0.0/16",
            },
            "kubelet": {
                "config": {
                    "maxPods": 58,
                    "registerWithTaints": [
                        {"key": "t", "value": "v", "effect": "NoExecute"},
                        {"key": "kubestow.dev/held", "effect": "NoSchedule"},
                    ],
                },
                "flags": ['--node-labels="karpenter.sh/nodepool=web,team=a"'],
            },
        },
    }


def test_all_settings_of_kubelet_are_in_the_node_config() -> None:
    spec = node_config(made(replace(CLASS, kubelet=FULL, raid0_instance_store=True)))["spec"]
    config = spec["kubelet"]["config"]
    del config["registerWithTaints"]
    assert config == {
        "clusterDNS": ["10.0.0.10"], "maxPods": 58, "podsPerCore": 4,
        "systemReserved": {"cpu": "100m"}, "kubeReserved": {"cpu": "1", "memory": "1Gi"},
        "evictionHard": {"memory.available": "5%"}, "evictionSoft": {"memory.available": "1Gi"},
        "evictionSoftGracePeriod": {"memory.available": "1m30s"}, "evictionMaxPodGracePeriod": 60,
        "imageGCHighThresholdPercent": 80, "imageGCLowThresholdPercent": 70, "cpuCFSQuota": False,
    }  # fmt: skip
    assert spec["instance"] == {"localStorage": {"strategy": "RAID0"}}


def test_the_pods_of_a_class_win_over_those_of_the_type() -> None:
    own = replace(CLASS, kubelet=KubeletSettings(max_pods=20))
    assert node_config(made(own))["spec"]["kubelet"]["config"]["maxPods"] == 20


@pytest.mark.parametrize(
    ("own", "kinds"),
    [
        ("#!/bin/bash\necho hello\n", ["text/x-shellscript"]),
        ("apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\n", ["application/node.eks.aws"]),
        ("a: [\n", ["text/x-shellscript"]),
        (mime_document([UserDataPart.of(NODE_CONFIG, "a: b"), UserDataPart.of(SHELL_SCRIPT, "x")]),
         ["application/node.eks.aws", "text/x-shellscript"]),
        ("  \n", []),
    ],
)  # fmt: skip
def test_the_user_s_parts_come_before_ours(own: str, kinds: list[str]) -> None:
    found = parts(made(replace(CLASS, user_data=own)))
    assert [kind for kind, _ in found[:-1]] == kinds
    assert [kind for kind, _ in found[-1:]] == ["application/node.eks.aws"]


def test_al2_is_told_by_its_bootstrap_script() -> None:
    own = replace(CLASS, ami_family="AL2", user_data="kind: x", raid0_instance_store=True)
    (first, second), script = zip(*parts(made(replace(own, kubelet=FULL))), strict=True)
    assert (first, second) == ("text/x-shellscript",) * 2
    assert script[0] == "kind: x"
    lines = script[1].splitlines()
    assert lines[0] == "#!/bin/bash -xe"
    assert lines[2:] == [
        "/etc/eks/bootstrap.sh 'shop' --apiserver-endpoint 'https://api.example' "
        "--b64-cluster-ca 'Q0E=' \\",
        "--dns-cluster-ip '10.0.0.10' \\",
        "--use-max-pods false \\",
        '--kubelet-extra-args \'--node-labels="karpenter.sh/nodepool=web,team=a" '
        '--register-with-taints="t=v:NoExecute,kubestow.dev/held:NoSchedule" --max-pods=58 '
        "--pods-per-core=4 --eviction-max-pod-grace-period=60 --image-gc-high-threshold=80 "
        '--image-gc-low-threshold=70 --system-reserved="cpu=100m" '
        '--kube-reserved="cpu=1,memory=1Gi" --eviction-hard="memory.available<5%" '
        '--eviction-soft="memory.available<1Gi" '
        '--eviction-soft-grace-period="memory.available=1m30s" --cpu-cfs-quota=false\' \\',
        "--local-disks raid0",
    ]
    assert "--ip-family" not in script[1]


def test_nodes_of_an_ipv6_cluster_are_told_so() -> None:
    script = made(replace(CLASS, ami_family="AL2"), IPV6)
    assert "--ip-family ipv6" in script
    assert "--dns-cluster-ip 'fd30:1c53:5f8a::a'" in script
    spec = node_config(made(CLASS, IPV6))["spec"]
    assert spec["cluster"]["cidr"] == "fd30:1c53:5f8a::/108"


def test_bottlerocket_is_told_by_settings() -> None:
    found = tomllib.loads(made(replace(CLASS, ami_family="Bottlerocket")))["settings"]["kubernetes"]
    assert found["max-pods"] == 58
    assert found["node-labels"] == {"karpenter.sh/nodepool": "web", "team": "a"}
    assert found["node-taints"] == {"t": ["v:NoExecute"], "kubestow.dev/held": [":NoSchedule"]}


def test_a_custom_image_is_told_what_the_user_says_and_nothing_else() -> None:
    custom = replace(CLASS, ami_family="Custom")
    assert made(custom) == ""
    assert made(replace(custom, user_data="anything")) == "anything"


def test_kubelet_is_given_no_label_of_kubernetes_own_domains() -> None:
    assert kubelet_labels(LABELS) == {"karpenter.sh/nodepool": "web", "team": "a"}
    assert kubelet_labels({"karpenter.k8s.aws/x": "", "mykubernetes.io/y": ""}) == {
        "karpenter.k8s.aws/x": "", "mykubernetes.io/y": "",
    }  # fmt: skip


def test_the_order_of_labels_does_not_matter() -> None:
    turned = dict(reversed(LABELS.items()))
    assert user_data(CLASS, CLUSTER, labels=turned, taints=TAINTS, max_pods=58) == made()


def test_more_than_ec2_takes_is_refused() -> None:
    with pytest.raises(InputError, match=f"and EC2 takes {USER_DATA_BYTES_MAX}") as refusal:
        made(replace(CLASS, user_data="#" * USER_DATA_BYTES_MAX))
    assert "spec.userData" in refusal.value.hint
