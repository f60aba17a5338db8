"""Clusters that are there before their controllers."""

from kubestow.model.instance_type import Catalog

from .bed import live_bed
from .clusters import fill
from .workloads import incomplete, phases, unready_nodes, wait_until

SECONDS = 90


def test_a_filled_cluster_stays_as_it_was_filled(built: None, catalog: Catalog) -> None:
    with live_bed(filled=lambda api: fill(api, catalog, nodes=10, pods=120)) as bed:
        wait_until(lambda: unready_nodes(bed.api), SECONDS)
        wait_until(lambda: incomplete(bed.api), SECONDS)
        assert phases(bed.api) == {"Running": 120}
        assert len(bed.api.objects("Node")) == 10
