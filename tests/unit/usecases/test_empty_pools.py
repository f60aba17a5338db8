import pytest

from kubestow.model.input_error import InputError
from kubestow.model.snapshot import Cluster
from kubestow.model.zones import NOT_IN_THE_CATALOG
from kubestow.testing import node, nodepool
from kubestow.usecases.empty_pools import notes_on_empty_pools

GPU, WEB = nodepool("gpu", source="gpu.yaml"), nodepool("web", source="web.yaml")
EMPTY = (("gpu", "no type matches"),)


def test_a_pool_that_can_launch_nothing_is_named_with_its_file() -> None:
    (note,) = notes_on_empty_pools(EMPTY, Cluster(nodepools=(GPU, WEB)), "test-1")
    assert all(part in note for part in ("gpu.yaml", "NodePool gpu", "no type matches"))


def test_where_every_pool_can_launch_something_there_is_nothing_to_say() -> None:
    assert notes_on_empty_pools((), Cluster(nodepools=(GPU, WEB)), "test-1") == ()


def test_input_without_a_node_or_a_pool_that_launches_one_is_a_mistake() -> None:
    with pytest.raises(InputError) as error:
        notes_on_empty_pools(EMPTY, Cluster(nodepools=(GPU,)), "test-1")
    assert "gpu.yaml" in error.value.message
    assert "--region test-1" in error.value.hint


def test_existing_nodes_may_be_all_there_is() -> None:
    cluster = Cluster(nodepools=(GPU,), nodes=(node("n"),))
    assert len(notes_on_empty_pools(EMPTY, cluster, "test-1")) == 1


def test_a_pool_of_zones_that_are_not_in_the_catalog_was_named_when_it_was_read() -> None:
    edge = nodepool("edge", source="edge.yaml")
    empty = (("edge", f"us-west-2-lax-1a: {NOT_IN_THE_CATALOG}"),)
    assert notes_on_empty_pools(empty, Cluster(nodepools=(edge, WEB)), "us-west-2") == ()
    with pytest.raises(InputError) as error:
        notes_on_empty_pools(empty, Cluster(nodepools=(edge,)), "us-west-2")
    assert error.value.hint == "allow an ordinary zone of us-west-2, or leave these pods out"
