"""A small cluster to migrate: nodes old-1 and old-2, node new."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from kubestow.model.migration import Request
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster
from kubestow.model.workload import Lifecycle
from kubestow.testing import node, pod

Made = Callable[..., tuple[Pod, ...]]


@pytest.fixture
def workload_pods() -> Made:
    """Return pods of a workload on nodes; further arguments are Lifecycle's or the pod's."""

    def make(
        name: str, nodes: Iterable[str], cpu: str = "500m", kind: str = "Deployment", **more: Any
    ) -> tuple[Pod, ...]:
        ends = {k: more.pop(k) for k in list(more) if k in Lifecycle.__slots__}
        owner = ends.pop("owner", (kind, name))
        more.setdefault("labels", {"app": name})
        return tuple(
            replace(
                pod(f"{name}-{i}", cpu, "64Mi", node=where, **more),
                lifecycle=Lifecycle(owner, **ends),
            )
            for i, where in enumerate(nodes)
        )

    return make


@pytest.fixture
def cluster() -> Callable[..., Cluster]:
    """Return the cluster with these pods; further arguments are Cluster's fields."""

    def make(*pods: Pod, new: int = 1, **more: Any) -> Cluster:
        nodes = [node("old-1"), node("old-2"), *(node(f"new-{n + 1}") for n in range(new))]
        return Cluster(pods=pods, nodes=tuple(nodes), **more)

    return make


@pytest.fixture
def request_of() -> Callable[..., Request]:
    """Return the request to leave old-1 and old-2."""
    return lambda **more: Request(("old-1", "old-2"), **more)
