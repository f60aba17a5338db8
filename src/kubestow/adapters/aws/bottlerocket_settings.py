"""User data of Bottlerocket: TOML settings, the user's with ours over them.

Sources: Bottlerocket documentation, "Kubernetes settings" and "Bootstrap commands";
karpenter-provider-aws pkg/providers/amifamily/bootstrap/bottlerocket.go (which settings win:
labels are merged, taints are replaced) and bottlerocketsettings.go. Bottlerocket has no setting
for podsPerCore, which counts in maxPods alone.
"""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from kubestow.adapters.aws.eks_cluster import EksCluster
from kubestow.adapters.aws.toml_text import toml_text
from kubestow.model.input_error import InputError
from kubestow.model.launch_class import KubeletSettings, LaunchClass
from kubestow.model.taints import Taint

_HINT = "give Bottlerocket's settings as TOML, in tables below [settings]; see bottlerocket.dev"
_INSTANCE_STORE = {
    "commands": [
        ["apiclient", "ephemeral-storage", "init"],
        ["apiclient", "ephemeral-storage", "bind", "--dirs", "/var/lib/containerd",
         "/var/lib/kubelet", "/var/log/pods"],
    ],
    "mode": "always",
    "essential": True,
}  # fmt: skip
_INSTANCE_STORE_NAME = "000-mount-instance-storage"
"""Commands run in the order of their names: before the user's."""


def bottlerocket_settings(
    launch_class: LaunchClass,
    cluster: EksCluster,
    kubelet: KubeletSettings,
    labels: Mapping[str, str],
    taints: Sequence[Taint],
) -> str:
    """Return the settings of a node; raise InputError for user data that cannot be merged."""
    where = f"spec.userData of EC2NodeClass {launch_class.name}"
    config = _read(launch_class.user_data, where)
    settings = _below(config, "settings", where)
    kubernetes = _below(settings, "kubernetes", f"{where}: settings")
    kubernetes |= {
        "api-server": cluster.endpoint,
        "cluster-certificate": cluster.certificate_authority,
        "cluster-name": cluster.name,
    }
    kubernetes |= _kubelet(kubelet)
    # The user's own, such as a NodeLocal DNSCache, counts where the class names no clusterDNS.
    kubernetes.setdefault("cluster-dns-ip", cluster.dns_address)
    own_labels = _below(kubernetes, "node-labels", f"{where}: settings.kubernetes")
    kubernetes["node-labels"] = own_labels | dict(labels)
    kubernetes.pop("node-taints", None)
    if taints:
        kubernetes["node-taints"] = _taints(taints)
    if isinstance(settings.get("autoscaling"), dict) and "should-wait" in settings["autoscaling"]:
        # It waits for an Auto Scaling group, which these nodes are not in.
        settings["autoscaling"]["should-wait"] = False
    if launch_class.raid0_instance_store:
        commands = _below(settings, "bootstrap-commands", f"{where}: settings")
        commands[_INSTANCE_STORE_NAME] = _INSTANCE_STORE
    return toml_text(config)


def _read(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise InputError(f"{where} is not valid TOML: {problem}", hint=_HINT) from problem


def _below(table: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    """Return a table inside another, made if it is not there."""
    inner = table.setdefault(key, {})
    if not isinstance(inner, dict):
        raise InputError(f"{where}: {key} is not a table", hint=_HINT)
    return inner


def _taints(taints: Sequence[Taint]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for taint in taints:
        found.setdefault(taint.key, []).append(f"{taint.value}:{taint.effect}")
    return found


def _kubelet(kubelet: KubeletSettings) -> dict[str, Any]:
    """Return what of kubelet's settings is set, under Bottlerocket's names."""
    dns = kubelet.cluster_dns
    high, low = kubelet.image_gc_high_threshold_percent, kubelet.image_gc_low_threshold_percent
    values: dict[str, Any] = {
        "cluster-dns-ip": dns[0] if len(dns) == 1 else list(dns) or None,
        "max-pods": kubelet.max_pods,
        "system-reserved": dict(kubelet.system_reserved) or None,
        "kube-reserved": dict(kubelet.kube_reserved) or None,
        "eviction-hard": dict(kubelet.eviction_hard) or None,
        "eviction-soft": dict(kubelet.eviction_soft) or None,
        "eviction-soft-grace-period": dict(kubelet.eviction_soft_grace_period) or None,
        "eviction-max-pod-grace-period": kubelet.eviction_max_pod_grace_period_seconds,
        "image-gc-high-threshold-percent": None if high is None else str(high),
        "image-gc-low-threshold-percent": None if low is None else str(low),
        "cpu-cfs-quota-enforced": kubelet.cpu_cfs_quota,
    }
    return {name: value for name, value in values.items() if value is not None}
