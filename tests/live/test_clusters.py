"""Clusters that are there before their controllers, and that of a user of node groups."""

from kubestow.model.instance_type import Catalog

from .bed import LiveBed, live_bed
from .clusters import UNSCHEDULABLE, apply_shop_for_node_groups, fill, launch_node_groups
from .workloads import incomplete, phases, unready_nodes, wait_until
from .world import LiveWorld

SECONDS = 90


def test_a_filled_cluster_stays_as_it_was_filled(built: None, catalog: Catalog) -> None:
    with live_bed(filled=lambda api: fill(api, catalog, nodes=10, pods=120)) as bed:
        wait_until(lambda: unready_nodes(bed.api), SECONDS)
        wait_until(lambda: incomplete(bed.api), SECONDS)
        assert phases(bed.api) == {"Running": 120}
        assert len(bed.api.objects("Node")) == 10


def test_node_groups_run_the_shop_but_for_one_pod(bed: LiveBed, world: LiveWorld) -> None:
    assert len(launch_node_groups(world)) == 11
    apply_shop_for_node_groups(bed.api)
    wait_until(lambda: set(incomplete(bed.api)) - {UNSCHEDULABLE}, SECONDS)
    wait_until(lambda: set(phases(bed.api)) - {"Pending", "Running", "Succeeded"}, SECONDS)
    (pending,) = [pod for pod in bed.api.objects("Pod") if pod["status"]["phase"] == "Pending"]
    assert pending["metadata"]["ownerReferences"][0]["name"] == UNSCHEDULABLE.rpartition("/")[2]
