"""The node groups that are found: few, cheap, and enough for every pod."""

from kubestow.compute.case import ComparisonCase
from kubestow.compute.managed_node_group import NodeGroups, option
from kubestow.model import labels as names
from kubestow.testing import affinity_term, catalog, instance_type, replicas, snapshot


def test_the_search_finds_a_type_that_carries_all_pods_cheaply() -> None:
    # Six pods of 1.5 cpu and 3 GiB: an m5.large carries one (0.096), a c5.xlarge two (0.17).
    found = option(ComparisonCase(snapshot(replicas(6, "web", "1500m", "3Gi"))), NodeGroups(most=1))
    assert {line.unit for line in found.fleet} == {"c5.xlarge"}
    assert found.part("instances") == 3 * 170_000_000


def test_pods_that_keep_apart_get_small_nodes_although_cpu_is_cheaper_on_large_ones() -> None:
    # 60 nodes in any case: at 0.20 each, though nine larger types cost 0.047 a vCPU and not 0.05.
    large = [(instance_type(f"m5.x{extra}", 64, 200 + extra), 3.0) for extra in range(9)]
    kinds = catalog((instance_type("m5.xlarge", 4, 16), 0.2), *large)
    apart = (affinity_term(names.HOSTNAME, app="web"),)
    pods = replicas(60, "web", "2", "2Gi", labels={"app": "web"}, anti_affinity=apart)
    found = option(ComparisonCase(snapshot(pods, catalog_of=kinds), rehearses=False))
    assert found.pods == 60
    assert found.part("instances") == 60 * 200_000_000


def test_more_groups_never_cost_more() -> None:
    pods = (*replicas(5, "web", "1500m", "3Gi"), *replicas(3, "db", "500m", "12Gi"))
    one, three = (
        option(ComparisonCase(snapshot(pods)), NodeGroups(most=count)) for count in (1, 3)
    )
    assert three.pods >= one.pods
    assert three.nano_usd_per_hour <= one.nano_usd_per_hour


def test_of_types_of_one_capacity_the_cheaper_is_found() -> None:
    kinds = catalog(
        (instance_type("m7a.xlarge", 4, 16), 0.232),
        (instance_type("m6a.xlarge", 4, 16), 0.173),
        (instance_type("m8a.xlarge", 4, 16), 0.243),
    )
    pods = replicas(6, "web", "1500m", "3Gi")
    found = option(ComparisonCase(snapshot(pods, catalog_of=kinds), rehearses=False))
    assert {line.unit for line in found.fleet} == {"m6a.xlarge"}


def test_a_size_between_the_largest_and_the_smallest_is_found() -> None:
    # Eight pods of 2.5 cpu that keep apart and sixteen of 2 cpu: three pods fill 8 vCPU, of which
    # 4 vCPU would take one, and larger nodes are as many.
    sizes = ((1, "xlarge"), (2, "2xlarge"), (4, "4xlarge"), (8, "8xlarge"), (16, "16xlarge"))
    kinds = catalog(*((instance_type(f"m5.{name}", 4 * n, 16 * n), 0.2 * n) for n, name in sizes))
    apart = (affinity_term(names.HOSTNAME, app="web"),)
    pods = (
        *replicas(8, "web", "2500m", "2Gi", labels={"app": "web"}, anti_affinity=apart),
        *replicas(16, "api", "2", "2Gi"),
    )
    found = option(ComparisonCase(snapshot(pods, catalog_of=kinds), rehearses=False))
    assert {line.unit for line in found.fleet} == {"m5.2xlarge"}
    assert found.nodes == 8
