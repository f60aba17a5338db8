"""The cluster that a live command looks at: one that is watched, or files.

``opened_observer`` says what it found; what could not be read is a note of each observation.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cyclopts import Parameter

from kubestow.adapters.files import read_files
from kubestow.adapters.sources import read_sources
from kubestow.cli.catalog_options import Flag
from kubestow.cli.console import progress_line, say, say_problems
from kubestow.cli.reading import InputOptions, check_pools_left, read_input, snapshot_reader
from kubestow.model.input_error import InputError, InputProblem
from kubestow.model.nodepool import WantedNetworking

if TYPE_CHECKING:
    from kubestow.adapters.kubernetes_api.api_hand import ApiHand
    from kubestow.adapters.kubernetes_api.cluster_cache import ClusterCache
    from kubestow.live.cloud import Ec2Cloud
    from kubestow.live.observers import ClusterObserver, FileObserver, Observer
    from kubestow.live.snapshot_reader import SnapshotReader

_FIRST_SECONDS = 60.0  # for the first lists


def now() -> int:
    """Return the time in seconds since 1970."""
    return int(time.time())


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class LiveOptions:
    """What is asked beside the API server.

    Parameters
    ----------
    ec2
        Ask EC2 what the nodes' instances are, and what spot costs now, instead of taking labels and
        the catalog's spot prices. It takes ec2:DescribeInstances and
        ec2:DescribeSpotPriceHistory.
    """

    ec2: Flag = False


NOTHING_BESIDE = LiveOptions()


@contextmanager
def opened_observer(
    source: InputOptions, networking: WantedNetworking, live: LiveOptions = NOTHING_BESIDE
) -> Iterator["Observer"]:
    """Yield who observes the input's cluster; raise InputError where it cannot be.

    Files are read once; with a cluster they are read beside it.
    """
    _ = source.use  # a wrong share is told before anything is read
    if source.is_live:
        with _watching(source, networking, live) as observer:
            yield observer
        return
    if live.ec2:
        raise InputError("--ec2 is for a running cluster", hint="use it with --cluster, or omit it")
    yield _reading(source, networking)


def _reading(source: InputOptions, networking: WantedNetworking) -> "FileObserver":
    from kubestow.live.observers import FileObserver

    problems: list[InputProblem] = []
    files = list(read_sources(source.manifests(), problems))  # once: one may be standard input
    say_problems(problems)
    reading = read_input(source, files)
    check_pools_left(reading.cluster)
    if not reading.cluster.nodes and not reading.cluster.pods:
        raise InputError(
            "no nodes and no pods in the input",
            hint="pass what 'kubestow snapshot' or 'kubectl get nodes,pods -A -o json' writes, "
            "or --cluster",
        )
    reader = snapshot_reader(source, networking, reading.cluster)
    name = ", ".join(source.filename or source.kustomize or ())
    return FileObserver(name, files, reader, now())


@dataclass(frozen=True, slots=True)
class WatchedCluster:
    """A cluster that is watched, and who may ask it for single objects."""

    cache: "ClusterCache"
    observer: "ClusterObserver"
    hand: "ApiHand"


@contextmanager
def watched_cluster(source: InputOptions, networking: WantedNetworking) -> Iterator[WatchedCluster]:
    """Yield the cluster of a context, watched; raise InputError where it cannot be."""
    from kubestow.adapters.kubernetes_api.api_hand import ApiHand
    from kubestow.live.observers import ClusterObserver

    _ = source.use  # a wrong share is told before anything is read
    with _cached(source, networking) as (cache, reader):
        hand = ApiHand.of(source.context, source.kubeconfig)
        try:
            yield WatchedCluster(cache, ClusterObserver(cache, reader, now), hand)
        finally:
            hand.close()


@contextmanager
def _watching(
    source: InputOptions, networking: WantedNetworking, live: LiveOptions
) -> Iterator["ClusterObserver"]:
    from kubestow.live.observers import ClusterObserver, instance_ids

    with _cached(source, networking) as (cache, reader):
        cloud = _cloud(reader.catalog.region, instance_ids(cache)) if live.ec2 else None
        try:
            yield ClusterObserver(cache, reader, now, cloud)
        finally:
            if cloud is not None:
                cloud.stop()


@contextmanager
def _cached(
    source: InputOptions, networking: WantedNetworking
) -> Iterator[tuple["ClusterCache", "SnapshotReader"]]:
    """Yield the cache of a cluster that has been listed, and how it is read."""
    from kubestow.adapters.kubernetes_api.api_server import ApiServer
    from kubestow.adapters.kubernetes_api.cluster_cache import ClusterCache

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
        yield cache, replace(reader, files=files)


def _cloud(region: str, ids: tuple[str, ...]) -> "Ec2Cloud":
    """Return who asks EC2; raise InputError where it cannot be asked."""
    from kubestow.adapters.aws.instances import make_client
    from kubestow.live.cloud import Ec2Cloud

    made = Ec2Cloud(make_client(region), region, now, ids)
    with progress_line() as reporter:
        reporter.progress("asking EC2", 0, 0)
        made.start()
    return made
