"""The cluster that a live command looks at: one that is watched, or files.

``opened_observer`` says what it found; what could not be read is a note of each observation.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from kubestow.adapters.files import read_files
from kubestow.cli.console import progress_line, say
from kubestow.cli.reading import InputOptions, check_pools_left, read_input, snapshot_reader
from kubestow.model.input_error import InputError
from kubestow.model.nodepool import Networking

if TYPE_CHECKING:
    from kubestow.live.observers import ClusterObserver, FileObserver, Observer

_FIRST_SECONDS = 60.0  # for the first lists


def now() -> int:
    """Return the time in seconds since 1970."""
    return int(time.time())


@contextmanager
def opened_observer(source: InputOptions, networking: Networking) -> Iterator["Observer"]:
    """Yield who observes the input's cluster; raise InputError where it cannot be.

    Files are read once; with a cluster they are read beside it.
    """
    _ = source.use  # a wrong share is told before anything is read
    if source.is_live:
        with _watching(source, networking) as observer:
            yield observer
    else:
        yield _reading(source, networking)


def _reading(source: InputOptions, networking: Networking) -> "FileObserver":
    from kubestow.live.observers import FileObserver

    reading = read_input(source)
    check_pools_left(reading.cluster)
    if not reading.cluster.nodes and not reading.cluster.pods:
        raise InputError(
            "no nodes and no pods in the input",
            hint="pass what 'kubestow snapshot' or 'kubectl get nodes,pods -A -o json' writes, "
            "or --cluster",
        )
    reader = snapshot_reader(source, networking, reading.cluster)
    name = ", ".join(source.filename or source.kustomize or ())
    return FileObserver(name, source.manifests(), reader, now())


@contextmanager
def _watching(source: InputOptions, networking: Networking) -> Iterator["ClusterObserver"]:
    from kubestow.adapters.kubernetes_api.api_server import ApiServer
    from kubestow.adapters.kubernetes_api.cluster_cache import ClusterCache
    from kubestow.live.observers import ClusterObserver

    with ClusterCache(ApiServer.of(source.context, source.kubeconfig)) as cache:
        with progress_line() as reporter:
            reporter.progress(f"listing {cache.name}", 0, 0)
            cache.wait_until_listed(_FIRST_SECONDS)
        sources = cache.sources()
        for note in sources.notes:
            say(f"note: {note}")
        files = tuple(source.files())
        first = read_files([*sources.sources, *files], namespace=source.namespace)
        check_pools_left(first.cluster)
        reader = snapshot_reader(source, networking, first.cluster)
        yield ClusterObserver(cache, replace(reader, files=files), now)
