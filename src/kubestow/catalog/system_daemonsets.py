"""The DaemonSets that EKS runs on every node, for an input that does not have them.

Facts, by version: what their pods request and where they run. Sources: aws/amazon-vpc-cni-k8s
config/master/aws-k8s-cni.yaml (1.20: 25m for the CNI and 25m for the network policy agent); the
kube-proxy add-on (1.34: 100m); aws/eks-pod-identity-agent charts (1.2: no requests);
kubernetes-sigs/aws-ebs-csi-driver charts (2.x: 10m and 40Mi for each of three containers).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kubestow.model import labels as names
from kubestow.model.nodepool import MIB, Launcher
from kubestow.model.pod import DaemonSet, HostPort, PodTemplate
from kubestow.model.resources import CPU, MEMORY, amounts
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Cluster
from kubestow.model.taints import Toleration

NAMESPACE = "kube-system"
_CRITICAL = 2_000_001_000  # the priority class system-node-critical
_INSTEAD = ("cilium", "calico-node", "kube-router", "antrea-agent")
"""Networks that replace the VPC CNI, and may replace kube-proxy."""
_VPC_CNI = "aws-node"


@dataclass(frozen=True, slots=True)
class _Facts:
    """A system DaemonSet; ``addon`` is the EKS add-on that brings it, empty for every cluster."""

    name: str
    version: str
    requests: tuple[tuple[str, int], ...]
    ports: tuple[int, ...]
    not_on: tuple[str, ...]
    addon: str = ""

    def daemonset(self) -> DaemonSet:
        """Return it as the DaemonSet of an input."""
        term = NodeSelectorTerm(
            tuple(
                sorted(
                    (
                        SelectorRequirement(names.OS, "In", ("linux",)),
                        SelectorRequirement(names.AUTO_MODE_COMPUTE, "NotIn", self.not_on),
                    )
                )
            ),
            (),
        )
        template = PodTemplate(
            requests=amounts(self.requests),
            node_affinity=(term,),
            tolerations=(Toleration("", "Exists", "", ""),),
            host_ports=tuple(HostPort("0.0.0.0", "TCP", port) for port in self.ports),
            priority=_CRITICAL,
        )
        return DaemonSet(NAMESPACE, self.name, template, (("k8s-app", self.name),))


_EVERYWHERE = (
    _Facts("aws-node", "VPC CNI 1.20", ((CPU, 50),), (8162, 61678), ("auto", "fargate", "hybrid")),
    _Facts("kube-proxy", "kube-proxy 1.34", ((CPU, 100),), (), ("auto", "fargate")),
)
_OF_ADDONS = (
    _Facts(
        "ebs-csi-node",
        "EBS CSI driver 2",
        ((CPU, 30), (MEMORY, 120 * MIB)),
        (),
        ("auto", "fargate", "hybrid"),
        "aws-ebs-csi-driver",
    ),
    _Facts(
        "eks-pod-identity-agent",
        "pod identity agent 1.2",
        (),
        (80, 2703),
        ("auto", "fargate", "hybrid"),
        "eks-pod-identity-agent",
    ),
)


def with_system_daemonsets(cluster: Cluster) -> Cluster:
    """Return a cluster with the DaemonSets that every node of it runs and its input leaves out.

    Nodes with DaemonSets of kube-system are taken to have all of them. Another network's DaemonSet
    stands for the VPC CNI's; whether it stands for kube-proxy as well is not known.
    """
    own = {(item.namespace, item.name) for item in cluster.daemonsets}
    in_system = {name for namespace, name in own if namespace == NAMESPACE}
    replaced = {name for _, name in own} & set(_INSTEAD)
    automatic = {pool.launched_by is Launcher.AUTO_MODE for pool in cluster.nodepools} == {True}
    if cluster.nodes and in_system:
        return cluster
    if automatic and not cluster.nodes:
        return cluster  # AWS runs on the node itself what they do
    missing = [
        facts
        for facts in (*_EVERYWHERE, *_OF_ADDONS)
        if (not facts.addon or facts.addon in cluster.addons)
        and facts.name not in in_system
        and not (replaced and facts.name == _VPC_CNI)
    ]
    if not missing:
        return cluster
    daemonsets = sorted(
        (*cluster.daemonsets, *(facts.daemonset() for facts in missing)), key=lambda d: d.key
    )
    note = f"every node runs {_listed(missing)}, which the input leaves out: counted; "
    note += "--no-system-daemonsets leaves them out"
    return replace(cluster, daemonsets=tuple(daemonsets), assumptions=(*cluster.assumptions, note))


def _listed(missing: Iterable[_Facts]) -> str:
    *most, last = [f"{facts.name} ({facts.version})" for facts in missing]
    return f"{', '.join(most)} and {last}" if most else last
