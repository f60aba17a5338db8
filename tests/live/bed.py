"""A live cluster on loopback: API server, scheduler, controllers, and KWOK for the kubelets.

Law: every part is a child process that ends with the block; the cluster begins without nodes.
"""

import contextlib
import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.differential.api import Client
from tests.differential.binaries import find_or_build
from tests.differential.control_plane import (
    ControlPlane,
    Scheduler,
    ServerSettings,
    control_plane,
    is_ready,
)
from tests.differential.model import Object
from tests.differential.processes import Child, child, free_ports
from tests.differential.volume_controller import volume_controller

from .binaries import LIVE

KWOK_CONFIGURATION = Path(__file__).resolve().parent / "kwok.yaml"
CONTROLLERS = (
    "cronjob-controller", "daemonset-controller", "deployment-controller", "disruption-controller",
    "garbage-collector-controller", "job-controller", "namespace-controller",
    "node-lifecycle-controller", "pod-garbage-collector-controller", "replicaset-controller",
    "statefulset-controller", "taint-eviction-controller", "ttl-after-finished-controller",
)  # fmt: skip
ADMINISTRATORS = ("test", "scheduler", "controllers", "kubelets")
"""Who may do everything; what any other user may do, only RBAC says."""
_EXISTS = 409
_SUPERUSERS = "system:masters"


@dataclass(frozen=True)
class LiveBed:
    """A running cluster. ``plane.kubeconfig_of`` gives out access to it."""

    plane: ControlPlane
    scheduler: Scheduler
    controllers: Child
    kubelets: Child

    @property
    def api(self) -> Client:
        """Return the client of a user who may do everything."""
        return self.plane.api

    def kubeconfig_of_reader(self, *roles: Object) -> str:
        """Return the kubeconfig of a user who may do what (Cluster)Roles allow, and no more."""
        group = "rbac.authorization.k8s.io"
        for role in roles:
            name, kind = role["metadata"]["name"], role["kind"]
            metadata = dict(role["metadata"])
            binding = {
                "apiVersion": f"{group}/v1",
                "kind": f"{kind}Binding",
                "metadata": metadata,
                "roleRef": {"apiGroup": group, "kind": kind, "name": name},
                "subjects": [{"kind": "User", "name": "reader", "apiGroup": group}],
            }
            space = metadata.get("namespace")
            root = f"/apis/{group}/v1" + (f"/namespaces/{space}" if space else "")
            for resource, item in (("s", role), ("bindings", binding)):
                where = f"{root}/{kind.lower()}{resource}"
                status, answer = self.api.request("POST", where, item)
                assert status in (201, _EXISTS), answer
        return self.plane.kubeconfig_of("reader")


@contextlib.contextmanager
def live_bed(
    progress: Callable[[str], object] = lambda _: None,
    *,
    audited: bool = False,
    filled: Callable[[Client], object] = lambda _: None,
    node_monitor_grace_seconds: int = 50,
    users: tuple[str, ...] = (),
) -> Iterator[LiveBed]:
    """Run a cluster for the length of a block; build the binaries first if need be.

    ``filled`` puts objects into it before there are controllers and a scheduler; ``users`` are more
    users, who may do what RBAC says. Raise UnavailableError if the binaries cannot be had.
    """
    scheduling, live = find_or_build(progress), find_or_build(progress, LIVE)
    settings = ServerSettings(
        groups=(
            *((user, _SUPERUSERS) for user in ADMINISTRATORS),
            *((user, "") for user in users),
        ),
        authorization="RBAC",
        disabled_admission="ServiceAccount,StorageObjectInUseProtection",
        event_ttl="1h",
        audited=audited,
    )
    with contextlib.ExitStack() as stack:
        plane = stack.enter_context(control_plane(scheduling, settings))
        kubelets = stack.enter_context(_kubelets(plane, live))
        filled(plane.api)
        controllers = stack.enter_context(_controllers(plane, live, node_monitor_grace_seconds))
        scheduler = stack.enter_context(plane.scheduler({}))
        stack.enter_context(volume_controller(plane.api, from_the_start=True))
        yield LiveBed(plane, scheduler, controllers, kubelets)


@contextlib.contextmanager
def _controllers(plane: ControlPlane, binaries: Path, grace_seconds: int) -> Iterator[Child]:
    """Run kube-controller-manager. It needs no certificates: nothing here has a service account."""
    (port,) = free_ports(1)
    command = [
        str(binaries / "kube-controller-manager"),
        f"--kubeconfig={plane.kubeconfig_of('controllers')}",
        f"--controllers={','.join(CONTROLLERS)}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={plane.folder / 'controllers'}",
        "--authorization-always-allow-paths=/healthz,/metrics",
        "--leader-elect=false",
        "--kube-api-qps=1000",
        "--kube-api-burst=2000",
        "--concurrent-deployment-syncs=20",
        "--concurrent-replicaset-syncs=20",
        f"--node-monitor-grace-period={grace_seconds}s",
        "--profiling=false",
    ]
    with child("kube-controller-manager", command) as running:
        probe = Client(port, "", connections=1)
        try:
            running.wait_until(lambda: is_ready(probe, "/healthz"))
        finally:
            probe.close()
        yield running


@contextlib.contextmanager
def _kubelets(plane: ControlPlane, binaries: Path) -> Iterator[Child]:
    (port,) = free_ports(1)
    command = [
        str(binaries / "kwok"),
        f"--kubeconfig={plane.kubeconfig_of('kubelets')}",
        f"--config={KWOK_CONFIGURATION}",
        f"--server-address=127.0.0.1:{port}",
        "--v=4",  # warnings alone
    ]
    with child("kwok", command) as running:
        running.wait_until(lambda: _serves(port))
        yield running


def _serves(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
