"""The way in of a check: one reading for the cluster, the facts and a ClusterConfig."""

from pathlib import Path

import pytest

from kubestow.adapters.setup_files import read_setup_files
from kubestow.model.input_error import InputError

EXAMPLES = Path(__file__).parents[3] / "examples"
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, resources: {requests: {memory: 2Gi}, limits: {memory: %s}}}]}
"""


def test_the_example_is_read_without_a_problem() -> None:
    found = read_setup_files(
        [str(EXAMPLES / "online-shop"), str(EXAMPLES / "check" / "eksctl.yaml")]
    )
    assert (found.problems, found.unreadable) == ((), ())
    assert found.config is not None
    kinds = [w.subject.kind for w in found.facts.workloads]
    assert kinds.count("DaemonSet") == 2
    replicas = sum(w.replicas for w in found.facts.workloads if w.subject.kind != "DaemonSet")
    assert replicas == len(found.cluster.pods) == 59
    assert len(found.facts.budgets) == 3
    scaled = {w.subject.name: w.scaling.maximum for w in found.facts.workloads if w.scaling}
    assert scaled == {"storefront": 12, "image-resizer": 20}


def test_a_limit_below_its_request_is_left_to_its_check(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(DEPLOYMENT % "1Gi")
    found = read_setup_files([str(tmp_path)])
    assert (found.problems, found.unreadable) == ((), ())
    (item,) = found.facts.workloads
    assert not item.is_valid


def test_an_object_that_is_wrong_is_a_finding_and_a_file_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text((DEPLOYMENT % "3Gi").replace("matchLabels", "matchLabel"))
    (tmp_path / "b.yaml").write_text("a: [")
    found = read_setup_files([str(tmp_path)])
    (item,) = found.unreadable
    assert item.subject.describe() == "Deployment shop/web"
    assert item.subject.file == str(tmp_path / "a.yaml")
    assert item.field == "spec.selector.matchLabel"
    (problem,) = found.problems
    assert problem.file == str(tmp_path / "b.yaml")


def test_two_cluster_configs_are_refused(tmp_path: Path) -> None:
    config = "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: a}\n"
    (tmp_path / "a.yaml").write_text(f"{config}---\n{config}")
    with pytest.raises(InputError, match="2 ClusterConfigs"):
        read_setup_files([str(tmp_path)])
