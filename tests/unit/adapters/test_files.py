from collections import Counter
from pathlib import Path

import pytest

from kubestow.adapters.files import read_files
from kubestow.adapters.kubernetes.replicas import AutoscalerChoice

EXAMPLES = Path(__file__).parents[3] / "examples"
SHOP = str(EXAMPLES / "online-shop")


def test_the_example_shop_reads_without_problems() -> None:
    reading = read_files([SHOP])
    assert reading.problems == ()
    assert reading.cluster.assumptions == ()
    assert {(i.kind, i.count) for i in reading.cluster.ignored} == {("ConfigMap", 1)}
    assert len(reading.cluster.services) == 15
    assert [d.key for d in reading.cluster.daemonsets] == [
        "kube-system/node-agent",
        "logging/log-collector",
    ]
    assert len(reading.cluster.claims) == 6
    assert len(reading.cluster.disruption_budgets) == 3


@pytest.mark.parametrize(("choice", "pods"), [("current", 59), ("min", 51), ("max", 77)])
def test_the_example_shop_has_as_many_pods_as_its_autoscalers_say(
    choice: AutoscalerChoice, pods: int
) -> None:
    assert len(read_files([SHOP], autoscaler_choice=choice).cluster.pods) == pods


def test_the_example_node_pools_read_without_problems() -> None:
    reading = read_files([str(EXAMPLES / "nodepools")])
    assert reading.problems == ()
    assert [pool.name for pool in reading.cluster.nodepools] == [
        "general", "graviton", "limited", "spot",
    ]  # fmt: skip
    assert [pool.node_class.name for pool in reading.cluster.nodepools] == [
        "general", "graviton", "limited", "spot",
    ]  # fmt: skip


def test_a_folder_given_twice_counts_once() -> None:
    twice = read_files([SHOP, SHOP])
    assert twice.problems == ()
    assert Counter(p.key for p in twice.cluster.pods).most_common(1)[0][1] == 1
    assert len(twice.cluster.pods) == 59


def test_one_bad_file_leaves_the_others_planned(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("kind: Deployment\nmetadata: {name: web}\n")
    reading = read_files([SHOP, str(bad)])
    assert [(p.file, p.subject, p.field) for p in reading.problems] == [
        (str(bad), "Deployment web", "spec.template")
    ]
    assert len(reading.cluster.pods) == 59


def test_objects_without_a_namespace_get_the_one_given(tmp_path: Path) -> None:
    path = tmp_path / "pod.yaml"
    path.write_text("kind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web}]}\n")
    reading = read_files([str(path)], namespace="shop")
    assert [pod.key for pod in reading.cluster.pods] == ["shop/web"]


def test_files_of_helm_and_kustomize_in_a_folder_are_ignored_with_what_to_do(
    tmp_path: Path,
) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [web.yaml]\n")
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 1.0.0\n")
    (tmp_path / "values.yaml").write_text("kind: DaemonSet\nreplicas: 3\n")
    (tmp_path / "values-prod.yaml").write_text("apiVersion: 3\n")
    (tmp_path / "web.yaml").write_text(
        "kind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web}]}\n"
    )
    reading = read_files([str(tmp_path)])
    assert reading.problems == ()
    assert [pod.name for pod in reading.cluster.pods] == ["web"]
    assert [(i.kind, i.count, i.reason) for i in reading.cluster.ignored] == [
        ("Chart.yaml", 1, "render it with 'helm template'"),
        ("Kustomization", 1, "run 'kubectl kustomize' and plan its output"),
        ("values.yaml", 2, "render it with 'helm template'"),
    ]


def test_from_scratch_nodes_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "node.yaml"
    path.write_text("kind: Node\nmetadata: {name: n}\nstatus: {allocatable: {cpu: 4}}\n")
    assert len(read_files([str(path)]).cluster.nodes) == 1
    assert read_files([str(path)], from_scratch=True).cluster.nodes == ()
