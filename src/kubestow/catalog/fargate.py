"""The sizes that Fargate sells: combinations of cpu and memory.

A pod's requests (the larger of its init containers' and of all other containers' together, with
sidecars) plus 256 MiB are rounded up to the next size; a pod without requests gets the smallest.
Source: EKS user guide, "Understand Fargate Pod configuration details".
"""

from collections.abc import Mapping

from kubestow.model.nodepool import GIB, MIB
from kubestow.model.resources import CPU, MEMORY

OVERHEAD = 256 * MIB
"""Bytes of memory that Kubernetes components need beside each pod."""
EPHEMERAL_MOST = 175 * GIB
SIZES: tuple[tuple[int, tuple[int, ...]], ...] = (
    (250, (512, 1024, 2048)),
    (500, tuple(range(1024, 4096 + 1, 1024))),
    (1000, tuple(range(2048, 8192 + 1, 1024))),
    (2000, tuple(range(4096, 16384 + 1, 1024))),
    (4000, tuple(range(8192, 30720 + 1, 1024))),
    (8000, tuple(range(16384, 61440 + 1, 4096))),
    (16000, tuple(range(32768, 122880 + 1, 8192))),
)
"""Millicpu, and the MiB of memory that can go with it."""
CPU_MOST = SIZES[-1][0]
MEMORY_MOST = SIZES[-1][1][-1] * MIB


def size(requests: Mapping[str, int]) -> tuple[int, int] | None:
    """Return the billed millicpu and MiB for a pod's requests; None if no size is large enough."""
    cpu = requests.get(CPU, 0)
    memory = -(-(requests.get(MEMORY, 0) + OVERHEAD) // MIB)
    for milli, choices in SIZES:
        if milli >= cpu:
            for mib in choices:
                if mib >= memory:
                    return milli, mib
    return None
