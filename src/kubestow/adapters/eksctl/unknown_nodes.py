"""Why kubestow cannot know the nodes of a group: settings that decide what they are.

Such a group is left out of a plan, by name; the other groups of the file are planned with.
Source: eksctl's pkg/apis/eksctl.io/v1alpha5/types.go.
"""

from kubestow.adapters.eksctl.bottlerocket_settings import unread_setting
from kubestow.adapters.eksctl.node_group import EksctlNodeGroup
from kubestow.adapters.eksctl.wire import ConfigShape, SelfManagedGroupShape
from kubestow.model.suggestion import did_you_mean

_FAMILIES = ("AmazonLinux2", "AmazonLinux2023", "Bottlerocket")
_OTHER_FAMILIES = ("Ubuntu", "Windows")


def why_unknown(group: EksctlNodeGroup, config: ConfigShape) -> str:
    """Return why the nodes of a group are not known; empty where they are."""
    shape = group.shape
    if config.outpost is not None or shape.outpost_arn:
        return "it runs on an Outpost, which is not in the catalog"
    if isinstance(shape, SelfManagedGroupShape) and shape.local_zones:
        return "it runs in Local Zones, which are not in the catalog"
    if group.unknown:
        kind = "managed" if group.is_managed else "self-managed"
        return f"{group.unknown[0]} is not a field that kubestow knows of a {kind} node group"
    if isinstance(shape, SelfManagedGroupShape) and shape.spot_ocean is not None:
        return "spotOcean: Spot Ocean launches its nodes, and of which types is not in the file"
    if group.has_launch_template:
        return "launchTemplate: what its launch template says is not in the file"
    if shape.instance_selector:
        return "instanceSelector: eksctl chooses its instance types when it creates the group"
    if shape.ami and shape.ami.startswith("ami-"):
        return f"ami: what {shape.ami} reserves for the system is not known"
    if shape.override_bootstrap_command:
        return "overrideBootstrapCommand: what it sets for kubelet is not read"
    unread = unread_setting(shape)
    if unread:
        return f"bottlerocket.{unread} is not read"
    if (shape.instance_market_options or {}).get("marketType") == "capacity-block":
        return "instanceMarketOptions: Capacity Blocks are not in the catalog"
    return _why_family(shape.ami_family or "")


def _why_family(family: str) -> str:
    if not family or family in _FAMILIES:
        return ""
    if family.startswith("Windows"):
        return f"amiFamily {family}: kubestow plans Linux nodes"
    known = did_you_mean(family, _FAMILIES) if not family.startswith(_OTHER_FAMILIES) else ""
    return f"amiFamily {family} is not one of {', '.join(_FAMILIES)}" + (known and f" ({known})")
