"""The names of fields that eksctl knows."""

from kubestow.adapters.eksctl.wire import CONFIG_FIELDS, MANAGED_FIELDS, SELF_MANAGED_FIELDS
from kubestow.adapters.kubernetes.published import facts


def test_names_are_those_that_eksctl_writes() -> None:
    assert {"managedNodeGroups", "fargateProfiles", "autoModeConfig", "karpenter"} <= CONFIG_FIELDS
    acronyms = {"disableIMDSv1", "disablePodIMDS", "outpostARN", "volumeIOPS", "propagateASGTags"}
    assert acronyms <= MANAGED_FIELDS & SELF_MANAGED_FIELDS


def test_some_fields_are_of_one_sort_of_group_only() -> None:
    managed = {"instanceTypes", "spot", "launchTemplate", "releaseVersion", "nodeRepairConfig"}
    assert managed == MANAGED_FIELDS - SELF_MANAGED_FIELDS
    own = {"instancesDistribution", "kubeletExtraConfig", "cpuCredits", "localZones", "clusterDNS"}
    assert own <= SELF_MANAGED_FIELDS - MANAGED_FIELDS


def test_every_field_that_eksctl_publishes_is_known() -> None:
    types = facts().types
    for name, known in (
        ("eksctl.ClusterConfig", CONFIG_FIELDS),
        ("eksctl.ManagedNodeGroup", MANAGED_FIELDS),
        ("eksctl.NodeGroup", SELF_MANAGED_FIELDS),
    ):
        assert sorted(types[name].keys() - known) == []
