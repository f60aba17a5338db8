"""Other people's ClusterConfigs, NodePools and workloads: read, planned, what is left out named."""

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from tests.other_peoples.eksctl import SHAPES as EKSCTL
from tests.other_peoples.karpenter import BLUEPRINTS, EXAMPLES, WORKLOADS
from tests.other_peoples.shape import Shape
from tests.other_peoples.table import PAGE, page

from kubestow import engine
from kubestow.adapters.catalog_files import load_catalog
from kubestow.adapters.eksctl.checked_config import read_cluster_config
from kubestow.adapters.eksctl.node_pools import with_node_groups
from kubestow.adapters.files import read_files
from kubestow.adapters.pool_checks import usable_pools
from kubestow.cli.reading import check_pools_left
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import Catalog
from kubestow.model.pod import Pod
from kubestow.model.setup import Setup
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.model.taints import Toleration
from kubestow.testing import replicas
from kubestow.usecases.check import check
from kubestow.verify import judge

TODAY = date(2026, 11, 23)
WORK_LIMIT = 200


@cache
def catalog(region: str) -> Catalog:
    return load_catalog(region)


def planned(cluster: Cluster) -> tuple[str, int]:
    """Return the notes and how many pods cannot run, after a plan that the judge accepts."""
    region = cluster.regions[0] if cluster.regions else "us-west-2"
    notes = (*cluster.assumptions, *cluster.remarks, *usable_pools(cluster, catalog(region))[1])
    snapshot = Snapshot(cluster, catalog(region))
    plan = engine.plan(snapshot, work_limit=WORK_LIMIT)
    assert judge(snapshot, plan, engine.pools_of(snapshot)) == ()
    return "\n".join(notes), len(plan.unschedulable)


def ids(shape: Shape) -> str:
    return shape.name


@pytest.mark.parametrize("shape", EKSCTL, ids=ids)
def test_a_cluster_config_is_planned_and_what_is_not_modelled_named(
    shape: Shape, tmp_path: Path
) -> None:
    path = tmp_path / "cluster.yaml"
    path.write_text(shape.text)
    pods = Cluster(pods=replicas(2, "web", "250m", "256Mi"))
    if shape.error:
        with pytest.raises(InputError, match=shape.error) as refused:
            with_node_groups(pods, [str(path)], from_scratch=False)
        for title, reason in shape.left_out.items():
            assert title in str(refused.value)
            assert reason in str(refused.value)
        return
    cluster = with_node_groups(pods, [str(path)], from_scratch=False)
    assert sorted(pool.name for pool in cluster.nodepools) == sorted(shape.pools)
    ignored = {item.kind: item.reason for item in cluster.ignored}
    assert ignored.keys() == shape.left_out.keys()
    for title, reason in shape.left_out.items():
        assert reason in ignored[title]
    notes, _ = planned(cluster)
    for said in shape.said:
        assert said in notes


@pytest.mark.parametrize("shape", EKSCTL, ids=ids)
def test_a_cluster_config_is_checked_without_errors(shape: Shape, tmp_path: Path) -> None:
    path = tmp_path / "cluster.yaml"
    path.write_text(shape.text)
    if shape.unchecked:
        with pytest.raises(InputError, match=shape.unchecked):
            read_cluster_config(str(path))
        return
    config = read_cluster_config(str(path))
    report = check(Setup(Cluster(), catalog(config.region), TODAY, config=config))
    errors = [f.reason for f in report.findings if f.severity == "error"]
    assert errors == list(shape.errors)


@pytest.mark.parametrize("shape", [*EXAMPLES, *WORKLOADS, *BLUEPRINTS], ids=ids)
def test_nodepools_and_workloads_are_planned_and_what_is_not_modelled_named(
    shape: Shape, tmp_path: Path
) -> None:
    path = tmp_path / "cluster.yaml"
    path.write_text(shape.text)
    reading = read_files([str(path)])
    cluster = reading.cluster
    assert [pool.name for pool in cluster.nodepools] == list(shape.pools)
    ignored = {item.kind: item.reason for item in cluster.ignored}
    assert ignored.keys() == shape.left_out.keys()
    for title, reason in shape.left_out.items():
        assert reason in ignored[title]
    assert len(reading.problems) == len(shape.problems)
    for problem, said in zip(reading.problems, shape.problems, strict=True):
        assert said in problem.describe()
    if shape.error:
        with pytest.raises(InputError, match=shape.error):
            check_pools_left(cluster)
        return
    if shape.problems:
        return
    check_pools_left(cluster)
    pods = () if cluster.pods else replicas(2, "web", "250m", "256Mi")
    notes, unschedulable = planned(replace(cluster, pods=(*cluster.pods, *map(tolerant, pods))))
    assert unschedulable == shape.unschedulable
    for said in shape.said:
        assert said in notes


def tolerant(item: Pod) -> Pod:
    """Return a pod that tolerates everything."""
    template = replace(item.template, tolerations=(Toleration("", "Exists", "", ""),))
    return replace(item, template=template)


def test_the_page_of_the_documentation_is_the_table_of_the_shapes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
