"""etcd and kube-apiserver on loopback, and schedulers beside them.

Law: a context manager; nothing survives it but the log text in an error.
"""

import contextlib
import http.client
import json
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from . import audit
from .api import Client
from .model import Object
from .processes import Child, child, free_ports

_EVENTS_HANDLED = re.compile(
    r'^scheduler_event_handling_duration_seconds_count{event="([^"]+)"} (\d+)$', re.MULTILINE
)
_WRITTEN_BY_THE_SCHEDULER = (
    "pods", "persistentvolumeclaims", "persistentvolumes", "tokenreviews", "subjectaccessreviews",
)  # fmt: skip
USERS = ("test", "scheduler", "observer", "reader")
"""Who has a token: what the first three may do is said here, of the last only by RBAC."""
DISABLED_ADMISSION = "ServiceAccount,TaintNodesByCondition,StorageObjectInUseProtection"
AUDIT_LOG = "audit.jsonl"


@dataclass(frozen=True)
class ServerSettings:
    """How an API server is set up; the default is for who asks a scheduler for decisions.

    ``groups`` are (user, group): further users, and the groups of any. ``audited`` lets the server
    record every request.
    """

    groups: tuple[tuple[str, str], ...] = ()
    authorization: str = "ABAC,RBAC"
    disabled_admission: str = DISABLED_ADMISSION
    event_ttl: str = "10s"
    audited: bool = False

    def tokens(self, token: str) -> str:
        """Return the lines of the file of tokens: token, user, identifier, group."""
        groups = dict.fromkeys(USERS, "") | dict(self.groups)
        return "".join(f'{token}{user},{user},{user},"{group}"\n' for user, group in groups.items())


@dataclass(frozen=True)
class Scheduler:
    """A running kube-scheduler and a client of its metrics."""

    process: Child
    probe: Client

    def events_handled(self) -> dict[str, int]:
        """Return how many events of each kind, such as NodeAdd, the scheduler has handled."""
        text = self.probe.call("GET", "/metrics").decode()
        return {name: int(count) for name, count in _EVENTS_HANDLED.findall(text)}


@dataclass(frozen=True)
class ControlPlane:
    """A running API server, its client, and the means to run schedulers against it."""

    binaries: Path
    folder: Path
    api: Client
    port: int
    token: str
    lasting: dict[tuple[str, str], Object] = field(default_factory=dict)
    """The objects that stay from cluster to cluster, by kind and name."""

    def audited_requests(self, user: str = "") -> list[audit.AuditedRequest]:
        """Return every request that an audited server has recorded, or those of one user."""
        return audit.read(self.folder / AUDIT_LOG, user)

    def kubeconfig_of(self, user: str) -> str:
        """Return a kubeconfig whose only context, "local", is a user's."""
        path = self.folder / f"{user}.kubeconfig"
        path.write_text(
            json.dumps(_kubeconfig(self.port, user, self.token + user)), encoding="utf-8"
        )
        return str(path)

    @contextlib.contextmanager
    def scheduler(
        self,
        configuration: Object,
        *,
        name: str = "kube-scheduler",
        heard: Callable[[bytes], object] | None = None,
        writes: bool = True,
        retries: bool = True,
        verbosity: int = 2,
    ) -> Iterator[Scheduler]:
        """Run a kube-scheduler with these profiles and extenders for the length of a block.

        One that may not write binds nothing and reports nothing: what it decides is ``heard``
        from its log, which saves the API server most of the work.
        Without ``retries`` a rejected pod sits out its backoff even while the queue is empty.
        """
        user = "scheduler" if writes else "observer"
        file = self.folder / f"{name}.json"
        path = self.kubeconfig_of(user)
        file.write_text(json.dumps(_scheduler(configuration, path)), encoding="utf-8")
        (port,) = free_ports(1)
        command = [
            str(self.binaries / "kube-scheduler"),
            f"--config={file}",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            f"--cert-dir={self.folder / name}",
            "--authorization-always-allow-paths=/healthz,/readyz,/livez,/metrics",
            f"--feature-gates=SchedulerPopFromBackoffQ={str(retries).lower()}",
            "--logging-format=json",
            f"--v={verbosity}",
        ]
        with child(name, command, heard) as running:
            probe = Client(port, "", connections=1)
            try:
                running.wait_until(lambda: is_ready(probe))
                yield Scheduler(running, probe)
            finally:
                probe.close()


@contextlib.contextmanager
def control_plane(binaries: Path, settings: ServerSettings | None = None) -> Iterator[ControlPlane]:
    """Run etcd and kube-apiserver for the length of a block."""
    settings = settings or ServerSettings()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kubestow-")))
        client_port, peer_port, port = free_ports(3)
        etcd = stack.enter_context(child("etcd", _etcd(binaries, folder, client_port, peer_port)))
        etcd.wait_until(lambda: _etcd_ready(client_port))
        token = secrets.token_hex(16)
        command = [
            *_apiserver(binaries, folder, client_port, port),
            *_access(folder, token, settings),
            *(audit.flags(folder / AUDIT_LOG) if settings.audited else ()),
        ]
        server = stack.enter_context(child("kube-apiserver", command))
        api = Client(port, token + "test")
        stack.callback(api.close)
        server.wait_until(lambda: is_ready(api) and _has_namespace(api))
        yield ControlPlane(binaries, folder, api, port, token)


def _etcd(binaries: Path, folder: Path, client_port: int, peer_port: int) -> list[str]:
    client, peer = f"http://127.0.0.1:{client_port}", f"http://127.0.0.1:{peer_port}"
    return [
        str(binaries / "etcd"),
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
        "--quota-backend-bytes=8589934592",
        "--log-level=warn",
    ]


def _apiserver(binaries: Path, folder: Path, etcd_port: int, port: int) -> list[str]:
    signing_key = folder / "service-account.key"
    signing_key.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    return [
        str(binaries / "kube-apiserver"),
        f"--etcd-servers=http://127.0.0.1:{etcd_port}",
        "--etcd-compaction-interval=1m",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder / 'apiserver'}",
        "--allow-privileged=true",
        "--service-account-issuer=https://kubestow.test",
        f"--service-account-key-file={signing_key}",
        f"--service-account-signing-key-file={signing_key}",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--endpoint-reconciler-type=none",
        "--enable-priority-and-fairness=false",
        "--max-requests-inflight=0",
        "--max-mutating-requests-inflight=0",
        "--delete-collection-workers=8",
        "--profiling=false",
    ]


def _access(folder: Path, token: str, settings: ServerSettings) -> list[str]:
    """Return the flags that say who may do what, and what becomes of it."""
    tokens = folder / "tokens.csv"
    tokens.write_text(settings.tokens(token), encoding="utf-8")
    flags = [
        f"--token-auth-file={tokens}",
        f"--authorization-mode={settings.authorization}",
        f"--disable-admission-plugins={settings.disabled_admission}",
        f"--event-ttl={settings.event_ttl}",
    ]
    if "ABAC" in settings.authorization:
        policy = folder / "policy.jsonl"
        policy.write_text("".join(f"{json.dumps(line)}\n" for line in _policy()), encoding="utf-8")
        flags.append(f"--authorization-policy-file={policy}")
    return flags


def _policy() -> Iterator[Object]:
    """Yield who may do what: a scheduler may write what it needs except events, or nothing.

    Nobody reads its events, and they would be a third of the API server's work.
    """
    everything = {"namespace": "*", "resource": "*", "apiGroup": "*", "nonResourcePath": "*"}
    yield _may({"user": "test", **everything})
    yield _may({"user": "scheduler", "readonly": True, **everything})
    yield _may({"user": "observer", "readonly": True, **everything})
    for resource in _WRITTEN_BY_THE_SCHEDULER:
        yield _may({"user": "scheduler", **everything, "resource": resource})


def _may(spec: Object) -> Object:
    return {
        "apiVersion": "abac.authorization.kubernetes.io/v1beta1",
        "kind": "Policy",
        "spec": spec,
    }


def _scheduler(configuration: Object, kubeconfig: str) -> Object:
    connection = {"kubeconfig": kubeconfig, "qps": 2000, "burst": 4000}
    return {
        "apiVersion": "kubescheduler.config.k8s.io/v1",
        "kind": "KubeSchedulerConfiguration",
        "clientConnection": connection,
        "leaderElection": {"leaderElect": False},
        **configuration,
    }


def _kubeconfig(port: int, user: str, token: str) -> Object:
    cluster = {"server": f"https://127.0.0.1:{port}", "insecure-skip-tls-verify": True}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "local", "cluster": cluster}],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{"name": "local", "context": {"cluster": "local", "user": user}}],
        "current-context": "local",
    }


def is_ready(api: Client, where: str = "/readyz") -> bool:
    """Return whether a server says that it is ready, or healthy."""
    try:
        return api.request("GET", where)[0] == 200
    except OSError:
        return False


def _has_namespace(api: Client) -> bool:
    return api.request("GET", "/api/v1/namespaces/default")[0] == 200


def _etcd_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
