"""Many calls of a function on dask.distributed: in local processes, or on a remote cluster.

Dask repeats a call whose worker dies; each call has one outcome. Local processes listen on loopback
only, speak TLS with a key that is made for them (Security.temporary), and end with the program: a
scheduler runs whatever it is sent, so nobody else on the machine may send it anything. dask is
imported when it is first needed.
"""

import logging
import pickle
import queue
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Any

from kubestow import __version__
from kubestow.model.input_error import InputError
from kubestow.model.sweep import RunOutcome

HINT = "pip install 'kubestow[sweep]'"
_LOOPBACK = "127.0.0.1"
_TLS = "tls://"
_ENCRYPTED = (_TLS, "wss://")
_TICK_SECONDS = 0.5
_CONNECT_SECONDS = 20
_PATIENCE = "1 day"
"""How long a local cluster waits for a worker that died to be there again.

After the default of 15 seconds it gives the worker up, also while a busy machine still starts it,
and waits for ever without one (distributed.deploy.spec, _update_worker_status).
"""
_CLOSED = ("closed", "closing")
_GO_ON = "finished runs are kept; continue with --resume"


def require_dask() -> Any:
    """Return dask.distributed; raise InputError where it is not installed."""
    try:
        import distributed
    except ImportError:
        raise InputError("sweep needs dask.distributed", hint=HINT) from None
    return distributed


@contextmanager
def local_client(workers: int) -> Iterator[Any]:
    """Yield a client of local worker processes, which end with it."""
    distributed = require_dask()
    security = _temporary_security(distributed)
    import dask

    with ExitStack() as stack:
        stack.enter_context(dask.config.set({"distributed.deploy.lost-worker-timeout": _PATIENCE}))
        scratch = stack.enter_context(TemporaryDirectory(prefix="kubestow-"))
        cluster = stack.enter_context(
            distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host=_LOOPBACK,
                protocol=_TLS,
                security=security,
                dashboard_address=f"{_LOOPBACK}:0",  # None would use a fixed port
                scheduler_kwargs={"dashboard": False},
                silence_logs=logging.CRITICAL,
                memory_limit=0,
                local_directory=scratch,
                preload=["kubestow.adapters.dask_worker"],
            )
        )
        yield stack.enter_context(distributed.Client(cluster, security=security))


def _temporary_security(distributed: Any) -> Any:
    """Return a certificate and key that exist in memory, for these processes alone."""
    try:
        return distributed.Security.temporary()
    except ImportError:
        raise InputError("sweep needs cryptography", hint=HINT) from None


def check_encryption(scheduler: str, *, insecure: bool) -> None:
    """Raise InputError for a scheduler without TLS, unless the user says that it may be one."""
    if insecure or scheduler.strip().lower().startswith(_ENCRYPTED):
        return
    raise InputError(
        f"--scheduler {scheduler}: without TLS, whoever reaches it can run code on its workers",
        hint="use tls://HOST:PORT, with certificates in dask's configuration "
        "(distributed.comm.tls); or add --insecure-scheduler on a network that you trust",
    )


@contextmanager
def remote_client(scheduler: str) -> Iterator[Any]:
    """Yield a client of a running cluster that has this version of kubestow.

    Certificates for TLS come from dask's own configuration (distributed.comm.tls).
    """
    distributed = require_dask()
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client = distributed.Client(scheduler, timeout=_CONNECT_SECONDS)
    except TypeError as problem:  # TLS without a certificate in the configuration
        raise InputError(
            f"--scheduler {scheduler}: {problem}",
            hint="name the certificates in dask's configuration: distributed.comm.tls",
        ) from None
    except (OSError, ValueError, TimeoutError):
        raise InputError(
            f"--scheduler {scheduler}: no Dask scheduler responds at this address",
            hint="pass the scheduler's address, such as tls://10.0.0.5:8786",
        ) from None
    with client:
        _same_version(client, scheduler)
        yield client


def version_there() -> str:
    """Return the version of kubestow; runs on the workers."""
    return __version__


def _same_version(client: Any, scheduler: str) -> None:
    hint = f"install kubestow {__version__} on the workers, with the same Python version"
    try:
        versions = client.run(version_there)
    except Exception as problem:  # any error of a worker without kubestow
        raise InputError(f"--scheduler {scheduler}: {problem}", hint=hint) from None
    for worker, version in sorted(versions.items()):
        if version != __version__:
            raise InputError(
                f"--scheduler {scheduler}: {worker} runs kubestow {version}", hint=hint
            )


def given(pickled: bytes) -> Any:
    """Return the shared argument; runs on a worker, and again if the worker dies."""
    return pickle.loads(pickled)


def outcomes(
    client: Any, function: Callable[..., Any], shared: Any, calls: Mapping[str, Any]
) -> Generator[list[RunOutcome], None, None]:
    """Yield the outcomes of function(shared, call) for every call, in batches as they finish.

    Batches may be empty, so that the caller regains control regularly. ``shared`` is sent to the
    scheduler once and from there to each worker: as a task rather than as scattered data, which is
    lost when the workers that hold it die.
    """
    done: queue.Queue[Any] = queue.Queue()
    keys = list(calls)
    base = client.submit(given, pickle.dumps(shared), key=_name("shared", keys[0]))
    futures = client.map(
        function,
        [base] * len(keys),
        [calls[key] for key in keys],
        key=[_name("run", key) for key in keys],
    )
    waiting = dict(zip((future.key for future in futures), keys, strict=True))
    for future in futures:
        future.add_done_callback(done.put)
    try:
        while waiting:
            ready = _ready(done)
            if client.status in _CLOSED:
                raise InputError("the connection to the Dask scheduler was lost", hint=_GO_ON)
            collected = _collected(client, ready, done)
            yield [replace(item, key=waiting.pop(item.key)) for item in collected]
    finally:
        if waiting and client.status not in _CLOSED:
            client.cancel([future for future in futures if future.key in waiting])


def _name(kind: str, key: str) -> str:
    return f"kubestow-{kind}-{key}"


def _ready(done: queue.Queue[Any]) -> list[Any]:
    """Wait briefly for a finished future, and return all that have finished by then."""
    try:
        ready = [done.get(timeout=_TICK_SECONDS)]
    except queue.Empty:
        return []
    while not done.empty():
        ready.append(done.get())
    return ready


def _collected(client: Any, ready: list[Any], done: queue.Queue[Any]) -> list[RunOutcome]:
    """Return what came of the futures that are really over, by their keys."""
    statuses = [(future, future.status) for future in ready]
    finished = [future for future, status in statuses if status == "finished"]
    values = client.gather(finished)
    results = [
        RunOutcome(future.key, value) for future, value in zip(finished, values, strict=True)
    ]
    for future, status in statuses:
        if status == "error":
            error = future.exception()
            is_lost = isinstance(error, require_dask().KilledWorker)
            results.append(RunOutcome(future.key, None, error, is_lost))
        elif status == "cancelled":
            raise InputError("the Dask scheduler cancelled the runs", hint=_GO_ON)
        elif status != "finished":  # its result was lost with its worker: it runs again
            future.add_done_callback(done.put)
    return results
