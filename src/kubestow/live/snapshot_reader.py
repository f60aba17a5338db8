"""Sources become snapshots again and again, with the same catalog and the same options."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kubestow.adapters.documents import Document
from kubestow.adapters.eksctl.node_pools import with_node_groups
from kubestow.adapters.files import read_files
from kubestow.adapters.kubernetes.replicas import AutoscalerChoice
from kubestow.adapters.pool_checks import usable_pools
from kubestow.adapters.sources import Argument
from kubestow.catalog.pod_addresses import with_pod_addresses
from kubestow.catalog.system_daemonsets import with_system_daemonsets
from kubestow.model.cpu_credits import CpuUse
from kubestow.model.input_error import InputProblem
from kubestow.model.instance_type import Catalog
from kubestow.model.nodepool import WantedNetworking
from kubestow.model.snapshot import Cluster, Snapshot


@dataclass(frozen=True, slots=True)
class CompletedSnapshot:
    """A snapshot, and notes on what of its NodePools cannot be used."""

    snapshot: Snapshot
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SnapshotReader:
    """How sources become a snapshot; ``files`` are read beside them each time."""

    catalog: Catalog
    networking: WantedNetworking = field(default_factory=WantedNetworking)
    cpu_use: CpuUse = field(default_factory=CpuUse)
    files: tuple[Argument, ...] = ()
    cluster_configs: tuple[str, ...] = ()
    namespace: str = "default"
    autoscaler_choice: AutoscalerChoice = "current"
    from_scratch: bool = False
    system_daemonsets: bool = True

    def read(
        self,
        sources: Sequence[Argument],
        problems: list[InputProblem],
        at: int = 0,
        *,
        documents: Sequence[Document] = (),
    ) -> CompletedSnapshot:
        """Read documents and sources, observed at an instant; add to ``problems``."""
        reading = read_files(
            [*sources, *self.files],
            documents=documents,
            namespace=self.namespace,
            autoscaler_choice=self.autoscaler_choice,
            from_scratch=self.from_scratch,
        )
        problems += reading.problems
        cluster = reading.cluster
        if self.cluster_configs:
            cluster = with_node_groups(
                cluster, list(self.cluster_configs), from_scratch=self.from_scratch
            )
        return self.completed(cluster, at)

    def completed(self, cluster: Cluster, at: int = 0) -> CompletedSnapshot:
        """Return the snapshot of a cluster that was read."""
        cluster, notes = usable_pools(cluster, self.catalog)
        cluster, networking = with_pod_addresses(cluster, self.networking)
        if self.system_daemonsets:
            cluster = with_system_daemonsets(cluster)
        snapshot = Snapshot(cluster, self.catalog, networking, at=at, cpu_use=self.cpu_use)
        return CompletedSnapshot(snapshot, tuple(notes))
