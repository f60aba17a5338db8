"""What a pod is billed for on Fargate."""

from collections.abc import Mapping

import pytest

from kubestow.catalog.fargate import CPU_MOST, MEMORY_MOST, size
from kubestow.testing import quantities


@pytest.mark.parametrize(
    ("why", "requests", "billed"),
    [
        ("no request is the smallest size", {}, (250, 512)),
        ("256 MiB more: 256 MiB are 512", {"cpu": "250m", "memory": "256Mi"}, (250, 512)),
        ("and 257 MiB are no longer", {"cpu": "250m", "memory": "257Mi"}, (250, 1024)),
        ("cpu is rounded up to a size", {"cpu": "300m", "memory": "256Mi"}, (500, 1024)),
        ("1 vCPU and 7.75 GiB are 1 vCPU and 8", {"cpu": "1", "memory": "7936Mi"}, (1000, 8192)),
        ("1 vCPU and 8 GiB are 2 vCPU and 9", {"cpu": "1", "memory": "8Gi"}, (2000, 9216)),
        ("memory alone decides the vCPUs too", {"memory": "20Gi"}, (4000, 21504)),
        ("steps of 4 GiB from 8 vCPU on", {"cpu": "8", "memory": "16Gi"}, (8000, 20480)),
        ("steps of 8 GiB at 16 vCPU", {"cpu": "16", "memory": "32Gi"}, (16000, 40960)),
        ("more than 16 vCPU is too much", {"cpu": "16001m"}, None),
        ("more than 120 GB with the 256 MiB", {"memory": "120Gi"}, None),
    ],
)
def test_a_pod_is_billed_by_the_next_size(
    why: str, requests: Mapping[str, str], billed: tuple[int, int] | None
) -> None:
    assert size(dict(quantities(**requests))) == billed, why


def test_the_largest_size_is_16_vcpu_and_120_gib() -> None:
    assert (CPU_MOST, MEMORY_MOST) == (16_000, 120 * 2**30)
