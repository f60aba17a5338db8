"""Names of well-known labels and annotations.

Source: k8s.io/api core/v1 well_known_labels.go and Karpenter's pkg/apis/v1/labels.go (core and
AWS provider); EKS user guide, "Create a NodePool for EKS Auto Mode" (supported labels).
"""

ARCH = "kubernetes.io/arch"
OS = "kubernetes.io/os"
HOSTNAME = "kubernetes.io/hostname"
INSTANCE_TYPE = "node.kubernetes.io/instance-type"
ZONE = "topology.kubernetes.io/zone"
REGION = "topology.kubernetes.io/region"
ZONE_ID = "topology.k8s.aws/zone-id"
CAPACITY_TYPE = "karpenter.sh/capacity-type"
MANAGED_CAPACITY_TYPE = "eks.amazonaws.com/capacityType"  # of managed node groups: ON_DEMAND, SPOT
NODEPOOL = "karpenter.sh/nodepool"
AWS_PREFIX = "karpenter.k8s.aws/"
NODE_CLASS = AWS_PREFIX + "ec2nodeclass"
EKS_NODE_GROUP = "eks.amazonaws.com/nodegroup"
EKSCTL_NODE_GROUP = "alpha.eksctl.io/nodegroup-name"
EKSCTL_LIFECYCLE = "node-lifecycle"  # of self-managed nodes of AL2: on-demand or spot
CAPACITY_TYPES = (CAPACITY_TYPE, MANAGED_CAPACITY_TYPE, EKSCTL_LIFECYCLE)  # the first counts
EKSCTL_CLUSTER = "alpha.eksctl.io/cluster-name"
NODE_GROUPS = (EKS_NODE_GROUP, EKSCTL_NODE_GROUP)
EKS_NODE_GROUP_IMAGE = "eks.amazonaws.com/nodegroup-image"
SOURCE_LAUNCH_TEMPLATE = "eks.amazonaws.com/sourceLaunchTemplateId"
SOURCE_TEMPLATE_VERSION = "eks.amazonaws.com/sourceLaunchTemplateVersion"
REGISTERED = "karpenter.sh/registered"
INITIALIZED = "karpenter.sh/initialized"
AUTO_MODE_PREFIX = "eks.amazonaws.com/"
AUTO_MODE_NODE_CLASS = AUTO_MODE_PREFIX + "nodeclass"
AUTO_MODE_COMPUTE = AUTO_MODE_PREFIX + "compute-type"
MANAGED_BY = "app.kubernetes.io/managed-by"  # eks, on the nodes of EKS Auto Mode
AUTO_MODE_OWN = (AUTO_MODE_NODE_CLASS, AUTO_MODE_COMPUTE, MANAGED_BY)
PLANNED_NODES = "kubestow.dev/planned-nodes"  # an annotation of NodePools written by a plan
PLANNED_POOL = "kubestow.dev/nodepool"  # of held nodes: the NodePool that they are planned for
CPU_USE = "kubestow.dev/cpu-use"  # an annotation of pods
EVICTION_COST = "kubestow.dev/eviction-cost"  # an annotation of pods
DO_NOT_DISRUPT = "karpenter.sh/do-not-disrupt"  # an annotation, as those below
DO_NOT_EVICT = "karpenter.sh/do-not-evict"  # its name before v1
SAFE_TO_EVICT = "cluster-autoscaler.kubernetes.io/safe-to-evict"
SCALE_DOWN_DISABLED = "cluster-autoscaler.kubernetes.io/scale-down-disabled"  # of nodes
SAFE_LOCAL_VOLUMES = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"  # an annotation of kubectl
CURRENT_GENERATION = "kubestow.dev/current-generation"  # in requirements; not a label

BETA_ALIASES = {
    "beta.kubernetes.io/arch": ARCH,
    "beta.kubernetes.io/os": OS,
    "beta.kubernetes.io/instance-type": INSTANCE_TYPE,
    "failure-domain.beta.kubernetes.io/zone": ZONE,
    "failure-domain.beta.kubernetes.io/region": REGION,
    "topology.ebs.csi.aws.com/zone": ZONE,
}
"""Deprecated or driver-specific labels with the same value on every EKS node."""

_INSTANCE_KEYS = (
    "accelerator-count", "accelerator-manufacturer", "accelerator-name", "capability-flex",
    "category", "cpu", "cpu-manufacturer", "cpu-sustained-clock-speed-mhz", "ebs-bandwidth",
    "encryption-in-transit-supported", "family", "generation", "gpu-count", "gpu-manufacturer",
    "gpu-memory", "gpu-name", "hypervisor", "local-nvme", "memory", "network-bandwidth", "size",
)  # fmt: skip
AUTO_MODE_LABELS = frozenset(
    {AUTO_MODE_NODE_CLASS, AUTO_MODE_COMPUTE}
    | {f"{AUTO_MODE_PREFIX}instance-{key}" for key in _INSTANCE_KEYS}
)
"""The labels of EKS Auto Mode's nodes that say what their offering is, in place of Karpenter's."""
WELL_KNOWN = frozenset(
    {ARCH, OS, HOSTNAME, INSTANCE_TYPE, ZONE, REGION, ZONE_ID, CAPACITY_TYPE, NODEPOOL, NODE_CLASS}
    | {REGISTERED, INITIALIZED}
    | {f"{AWS_PREFIX}instance-{key}" for key in _INSTANCE_KEYS}
    | {f"{AWS_PREFIX}instance-tenancy"}
    | AUTO_MODE_LABELS
)
"""The labels whose value the offering or the launcher decides: NodePools only choose among them."""


def normalised(key: str) -> str:
    """Return the current name of a label key that has a deprecated alias."""
    return BETA_ALIASES.get(key, key)
