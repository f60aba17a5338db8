"""What an instance is told when it boots, so that it joins the cluster as the Node it should be.

A pure function of the class, the cluster, and the labels and taints that the caller decides. The
same arguments give the same text: a launch template is named by it. Sources: Amazon EKS AMI,
nodeadm documentation (parts are merged in their order, the last wins) and bootstrap.sh;
karpenter-provider-aws pkg/providers/amifamily/bootstrap (the user's parts come first, ours win);
Kubernetes plugin/pkg/admission/noderestriction (labels that kubelet may not set).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kubestow.adapters.aws.bottlerocket_settings import bottlerocket_settings
from kubestow.adapters.aws.eks_cluster import EksCluster
from kubestow.adapters.aws.mime_parts import (
    NODE_CONFIG,
    SHELL_SCRIPT,
    UserDataPart,
    is_mime,
    mime_document,
    parts_of,
)
from kubestow.model.input_error import InputError
from kubestow.model.launch_class import (
    AL2,
    AL2023,
    BOTTLEROCKET,
    CUSTOM,
    KubeletSettings,
    LaunchClass,
    Pairs,
)
from kubestow.model.taints import Taint

USER_DATA_BYTES_MAX = 16_384
"""Before base64; EC2 user guide, "Run commands when you launch an EC2 instance"."""
_RESTRICTED_DOMAINS = ("kubernetes.io", "k8s.io")
_BOOTSTRAP = "/etc/eks/bootstrap.sh"


def kubelet_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the labels that kubelet sets by itself, sorted: none of Kubernetes' own domains.

    Kubelet and the cloud controller manager know those of the instance; any other has to be set
    once the Node exists. Source: karpenter-provider-aws pkg/providers/amifamily/resolver.go
    RejectForbiddenLabels.
    """
    return {key: labels[key] for key in sorted(labels) if not _is_restricted(key)}


def _is_restricted(key: str) -> bool:
    domain = key.rpartition("/")[0]
    return any(domain == own or domain.endswith(f".{own}") for own in _RESTRICTED_DOMAINS)


def user_data(
    launch_class: LaunchClass,
    cluster: EksCluster,
    *,
    labels: Mapping[str, str],
    taints: Sequence[Taint],
    max_pods: int | None = None,
) -> str:
    """Return the user data of an instance, not encoded; empty for Custom without any.

    ``max_pods`` counts where the class does not set maxPods. Labels that kubelet may not set are
    left out (see kubelet_labels). Raises InputError for the user's own data that cannot be merged,
    or for a result beyond what EC2 takes.
    """
    kubelet = launch_class.kubelet
    if kubelet.max_pods is None:
        kubelet = replace(kubelet, max_pods=max_pods)
    labels, taints = kubelet_labels(labels), list(dict.fromkeys(taints))
    if launch_class.ami_family == CUSTOM:
        text = launch_class.user_data
    else:
        write = _WRITERS[launch_class.ami_family]
        text = write(launch_class, cluster, kubelet, labels, taints)
    size = len(text.encode())
    if size > USER_DATA_BYTES_MAX:
        raise InputError(
            f"the user data of EC2NodeClass {launch_class.name} has {size} bytes, and EC2 takes "
            f"{USER_DATA_BYTES_MAX}",
            hint="shorten spec.userData, for example by fetching a script from S3",
        )
    return text


def _own_parts(launch_class: LaunchClass) -> list[UserDataPart]:
    """Return the user's own data as parts: a MIME document's, else a NodeConfig or a script."""
    text = launch_class.user_data
    if not text.strip():
        return []
    if is_mime(text):
        return parts_of(text, f"spec.userData of EC2NodeClass {launch_class.name}")
    is_config = launch_class.ami_family == AL2023 and _is_mapping(text)
    return [UserDataPart.of(NODE_CONFIG if is_config else SHELL_SCRIPT, text)]


def _is_mapping(text: str) -> bool:
    from kubestow.adapters.manifest_yaml import YamlError, read_values

    try:
        return isinstance(next(iter(read_values(text)), None), dict)
    except YamlError:
        return False


def _with_node_config(
    launch_class: LaunchClass,
    cluster: EksCluster,
    kubelet: KubeletSettings,
    labels: Mapping[str, str],
    taints: Sequence[Taint],
) -> str:
    """Return the user's parts and our NodeConfig, which is last and therefore wins.

    nodeadm derives the address of kube-dns from the service range where no part names one.
    """
    import yaml

    config = _kubelet_configuration(kubelet)
    config["registerWithTaints"] = [_taint(taint) for taint in taints]
    spec: dict[str, Any] = {
        "cluster": {
            "name": cluster.name,
            "apiServerEndpoint": cluster.endpoint,
            "certificateAuthority": cluster.certificate_authority,
            "cidr": cluster.service_cidr,
        },
        "kubelet": {"config": config},
    }
    if labels:
        spec["kubelet"]["flags"] = [_label_flag(labels)]
    if launch_class.raid0_instance_store:
        spec["instance"] = {"localStorage": {"strategy": "RAID0"}}
    text = yaml.safe_dump(
        {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec}, width=2**16
    )
    return mime_document([*_own_parts(launch_class), UserDataPart.of(NODE_CONFIG, text)])


def _taint(taint: Taint) -> dict[str, str]:
    value = {"value": taint.value} if taint.value else {}
    return {"key": taint.key, **value, "effect": taint.effect}


def _kubelet_configuration(kubelet: KubeletSettings) -> dict[str, Any]:
    """Return what is set, under the names of kubelet.config.k8s.io/v1beta1."""
    values: dict[str, Any] = {
        "clusterDNS": list(kubelet.cluster_dns) or None,
        "maxPods": kubelet.max_pods,
        "podsPerCore": kubelet.pods_per_core,
        "systemReserved": dict(kubelet.system_reserved) or None,
        "kubeReserved": dict(kubelet.kube_reserved) or None,
        "evictionHard": dict(kubelet.eviction_hard) or None,
        "evictionSoft": dict(kubelet.eviction_soft) or None,
        "evictionSoftGracePeriod": dict(kubelet.eviction_soft_grace_period) or None,
        "evictionMaxPodGracePeriod": kubelet.eviction_max_pod_grace_period_seconds,
        "imageGCHighThresholdPercent": kubelet.image_gc_high_threshold_percent,
        "imageGCLowThresholdPercent": kubelet.image_gc_low_threshold_percent,
        "cpuCFSQuota": kubelet.cpu_cfs_quota,
    }
    return {name: value for name, value in values.items() if value is not None}


def _with_bootstrap(
    launch_class: LaunchClass,
    cluster: EksCluster,
    kubelet: KubeletSettings,
    labels: Mapping[str, str],
    taints: Sequence[Taint],
) -> str:
    """Return the user's parts and a script that calls the AMI's bootstrap.sh."""
    arguments = [
        f"{_BOOTSTRAP} '{cluster.name}' --apiserver-endpoint '{cluster.endpoint}' "
        f"--b64-cluster-ca '{cluster.certificate_authority}'"
    ]
    if cluster.is_ipv6:
        arguments.append("--ip-family ipv6")
    dns = kubelet.cluster_dns or (cluster.dns_address,)
    arguments.append(f"--dns-cluster-ip '{dns[0]}'")
    if kubelet.max_pods is not None:
        arguments.append("--use-max-pods false")
    flags = _kubelet_flags(kubelet, labels, taints)
    if flags:
        arguments.append(f"--kubelet-extra-args '{' '.join(flags)}'")
    if launch_class.raid0_instance_store:
        arguments.append("--local-disks raid0")
    script = (
        "#!/bin/bash -xe\n"
        "exec > >(tee /var/log/user-data.log|logger -t user-data -s 2>/dev/console) 2>&1\n"
        + " \\\n".join(arguments)
        + "\n"
    )
    return mime_document([*_own_parts(launch_class), UserDataPart.of(SHELL_SCRIPT, script)])


def _kubelet_flags(
    kubelet: KubeletSettings, labels: Mapping[str, str], taints: Sequence[Taint]
) -> list[str]:
    """Return kubelet's command line flags for what is set."""
    numbers = {
        "max-pods": kubelet.max_pods,
        "pods-per-core": kubelet.pods_per_core,
        "eviction-max-pod-grace-period": kubelet.eviction_max_pod_grace_period_seconds,
        "image-gc-high-threshold": kubelet.image_gc_high_threshold_percent,
        "image-gc-low-threshold": kubelet.image_gc_low_threshold_percent,
    }
    joined = {
        "system-reserved": _joined(kubelet.system_reserved, "="),
        "kube-reserved": _joined(kubelet.kube_reserved, "="),
        "eviction-hard": _joined(kubelet.eviction_hard, "<"),
        "eviction-soft": _joined(kubelet.eviction_soft, "<"),
        "eviction-soft-grace-period": _joined(kubelet.eviction_soft_grace_period, "="),
    }
    flags = [_label_flag(labels)] if labels else []
    if taints:
        flags.append(f'--register-with-taints="{",".join(t.describe() for t in taints)}"')
    flags += [f"--{name}={number}" for name, number in numbers.items() if number is not None]
    flags += [f'--{name}="{text}"' for name, text in joined.items() if text]
    if kubelet.cpu_cfs_quota is not None:
        flags.append(f"--cpu-cfs-quota={str(kubelet.cpu_cfs_quota).lower()}")
    return flags


def _label_flag(labels: Mapping[str, str]) -> str:
    return f'--node-labels="{_joined(tuple(labels.items()), "=")}"'


def _joined(pairs: Pairs, separator: str) -> str:
    return ",".join(f"{key}{separator}{value}" for key, value in pairs)


_WRITERS = {
    AL2: _with_bootstrap,
    AL2023: _with_node_config,
    BOTTLEROCKET: bottlerocket_settings,
}
