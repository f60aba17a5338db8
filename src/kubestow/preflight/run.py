"""All checks, in a fixed order: capacity, network, disruption, Fargate, pods, storage, versions.

CHECKS is the only list of checks. Findings are sorted by severity, then in this order.
"""

from collections.abc import Iterator
from typing import Protocol

from kubestow.model.finding import SEVERITIES, Finding, NotJudged, Report, Rule
from kubestow.model.setup import Setup
from kubestow.preflight import (
    ami_family_version,
    anti_affinity_needs_nodes,
    autoscaler_beyond_capacity,
    autoscaler_target,
    bare_pod,
    burstable_steady_load,
    claim_shared_apart,
    crowd_in_one_zone,
    crowd_on_one_node,
    daemonset_not_tolerating,
    deprecated_api,
    ebs_slots,
    fargate_no_profile,
    fargate_prohibition,
    fargate_several_profiles,
    gp2_volume,
    group_of_unequal_sizes,
    image_platform,
    imds_hop_limit,
    imds_v1_allowed,
    invalid_object,
    kubernetes_version,
    limit_below_request,
    local_storage_eviction,
    max_pods_above_addresses,
    memory_limit_missing,
    memory_overcommit,
    missing_requests,
    node_volume_not_encrypted,
    pdb_blocks_drain,
    pdb_overlap,
    pdb_selects_nothing,
    prefix_delegation_unsupported,
    private_cluster_endpoints,
    public_subnet_without_address,
    quantity_unit,
    request_too_large,
    selector_matches_no_node,
    single_replica,
    spread_cannot_be_met,
    storage_class_immediate,
    subnet_addresses,
    taints_not_tolerated,
    too_few_pod_slots,
    type_not_in_zone,
    zonal_volume,
)
from kubestow.preflight.check_context import CheckContext


class Check(Protocol):
    """A module with a rule and a function that checks it."""

    RULE: Rule

    def judge(self, context: CheckContext) -> Iterator[Finding | NotJudged]:
        """Yield the findings, and what could not be checked."""


CHECKS: tuple[Check, ...] = (
    invalid_object,
    type_not_in_zone,
    group_of_unequal_sizes,
    image_platform,
    selector_matches_no_node,
    taints_not_tolerated,
    request_too_large,
    anti_affinity_needs_nodes,
    spread_cannot_be_met,
    too_few_pod_slots,
    max_pods_above_addresses,
    prefix_delegation_unsupported,
    burstable_steady_load,
    autoscaler_beyond_capacity,
    autoscaler_target,
    subnet_addresses,
    public_subnet_without_address,
    private_cluster_endpoints,
    pdb_blocks_drain,
    pdb_overlap,
    pdb_selects_nothing,
    single_replica,
    bare_pod,
    crowd_on_one_node,
    crowd_in_one_zone,
    local_storage_eviction,
    fargate_no_profile,
    fargate_prohibition,
    fargate_several_profiles,
    daemonset_not_tolerating,
    limit_below_request,
    quantity_unit,
    missing_requests,
    memory_overcommit,
    memory_limit_missing,
    zonal_volume,
    claim_shared_apart,
    ebs_slots,
    storage_class_immediate,
    gp2_volume,
    node_volume_not_encrypted,
    imds_hop_limit,
    imds_v1_allowed,
    ami_family_version,
    kubernetes_version,
    deprecated_api,
)


def run(setup: Setup) -> Report:
    """Run every check on a Setup."""
    context = CheckContext(setup)
    findings: list[Finding] = []
    not_judged: list[NotJudged] = []
    for check in CHECKS:
        for item in check.judge(context):
            if isinstance(item, Finding):
                findings.append(item)
            else:
                not_judged.append(item)
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return Report(
        tuple(findings), tuple(dict.fromkeys(not_judged)), tuple(check.RULE for check in CHECKS)
    )
