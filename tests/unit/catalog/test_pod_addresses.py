"""How pods get addresses: what a user says, what was found, and what is told of it."""

import pytest

from kubestow.catalog.pod_addresses import with_pod_addresses
from kubestow.model.nodepool import Networking, VpcCni, WantedNetworking
from kubestow.model.snapshot import Cluster

PREFIXES, CUSTOM = Networking(prefix_delegation=True), Networking(custom_networking=True)
SILENT = WantedNetworking()


@pytest.mark.parametrize(
    ("cluster", "wanted", "networking", "told"),
    [
        (Cluster(), SILENT, Networking(), []),
        (Cluster(vpc_cni=VpcCni(PREFIXES, True)), SILENT, PREFIXES, ["planned with them"]),
        (Cluster(vpc_cni=VpcCni(PREFIXES)), SILENT, Networking(), ["planned without"]),
        (Cluster(vpc_cni=VpcCni(PREFIXES)), WantedNetworking(True), PREFIXES, []),
        (Cluster(vpc_cni=VpcCni(PREFIXES, True)), WantedNetworking(False), Networking(), []),
        (Cluster(vpc_cni=VpcCni(CUSTOM)), SILENT, CUSTOM, ["custom networking"]),
        (Cluster(custom_networking=True), SILENT, CUSTOM, []),
        (Cluster(custom_networking=True), WantedNetworking(None, False), Networking(), []),
    ],
)
def test_an_option_wins_over_what_is_found_and_what_counts_is_told(
    cluster: Cluster, wanted: WantedNetworking, networking: Networking, told: list[str]
) -> None:
    planned, found = with_pod_addresses(cluster, wanted)
    assert found == networking
    assert len(planned.assumptions) == len(told)
    assert all(text in note for text, note in zip(told, planned.assumptions, strict=True))
