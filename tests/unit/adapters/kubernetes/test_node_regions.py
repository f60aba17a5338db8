"""The region of a node."""

import pytest
from kubestow.adapters.kubernetes.node_regions import region_of

from kubestow.adapters.kubernetes import wire

REGION, ZONE = "topology.kubernetes.io/region", "topology.kubernetes.io/zone"
OLD = "failure-domain.beta.kubernetes.io/"


@pytest.mark.parametrize(
    ("labels", "provider", "region"),
    [
        ({REGION: "us-east-1"}, None, "us-east-1"),
        ({f"{OLD}region": "us-east-1"}, None, "us-east-1"),
        ({ZONE: "ap-northeast-2a"}, None, "ap-northeast-2"),
        ({f"{OLD}zone": "us-gov-west-1b"}, None, "us-gov-west-1"),
        ({}, "aws:///eu-west-1c/i-0123", "eu-west-1"),
        ({ZONE: "us-west-2-lax-1a"}, "aws:///us-west-2-lax-1a/i-1", ""),
        ({ZONE: "zone-one"}, None, ""),
        ({}, None, ""),
        ({REGION: "us-central1"}, "gce://project/us-central1-a/vm", "us-central1 (Google Cloud)"),
        ({REGION: "eastus"}, "azure:///subscriptions/1", "eastus (Azure)"),
        ({}, "kind://docker/kind/kind-control-plane", "an unknown region (kind)"),
    ],
)
def test_the_region_is_its_own_or_follows_from_its_zone(
    labels: dict[str, str], provider: str | None, region: str
) -> None:
    spec = wire.NodeSpec(provider_id=provider)
    assert region_of(wire.NodeWire(wire.Metadata("n", labels=labels), spec)) == region
