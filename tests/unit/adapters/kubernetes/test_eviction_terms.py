"""What annotations and volumes say about evictions, on pods and on the templates they come from."""

import pytest

from kubestow.adapters.documents import Document, read_documents
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import wire
from kubestow.adapters.kubernetes.cluster import read_cluster
from kubestow.adapters.kubernetes.eviction_terms import Odd, eviction_terms, go_seconds
from kubestow.adapters.sources import Source
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.input_error import InputProblem
from kubestow.model.labels import (
    DO_NOT_DISRUPT,
    DO_NOT_EVICT,
    EVICTION_COST,
    SAFE_LOCAL_VOLUMES,
    SAFE_TO_EVICT,
)
from kubestow.model.snapshot import Cluster

VOLUMES = [
    wire.Volume("scratch", empty_dir={}),
    wire.Volume("shared", empty_dir={"medium": "Memory"}),
    wire.Volume("logs", host_path={"path": "/var/log"}),
    wire.Volume("data", persistent_volume_claim=wire.ClaimVolume("data")),
]


def read(text: str) -> tuple[Cluster, list[InputProblem]]:
    problems: list[InputProblem] = []
    documents: list[Document] = list(read_documents(Source("in.yaml", text.encode()), problems))
    return read_cluster(documents, problems), problems


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30m", 1800),
        ("1h30m45s", 5445),
        ("1.5h", 5400),
        (".5m", 30),
        ("+5m", 300),
        ("300ms", 1),
        ("1000000000ns", 1),
        ("2us", 1),
        ("2\u00b5s", 1),
        ("", None),
        ("0", None),
        ("0s", None),
        ("-5m", None),
        ("30", None),
        ("m", None),
        (".s", None),
        ("1d", None),
        ("30 m", None),
        ("yes", None),
        ("3000000h", None),
        ("0.1ns", None),
    ],
)
def test_a_duration_is_read_as_go_reads_it(text: str, seconds: int | None) -> None:
    assert go_seconds(text) == seconds


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        ({}, None),
        ({"app": "web"}, None),
        ({DO_NOT_DISRUPT: "true"}, EvictionTerms(do_not_disrupt=True)),
        ({DO_NOT_DISRUPT: "false"}, None),
        ({DO_NOT_DISRUPT: "2h"}, EvictionTerms(protected_seconds=7200)),
        ({DO_NOT_EVICT: "true"}, EvictionTerms(do_not_disrupt=True)),
        ({SAFE_TO_EVICT: "true"}, EvictionTerms(safe_to_evict=True)),
        ({SAFE_TO_EVICT: "false"}, EvictionTerms(safe_to_evict=False)),
        ({EVICTION_COST: "0.05"}, EvictionTerms(nano_usd=50_000_000)),
        ({EVICTION_COST: "0"}, EvictionTerms(nano_usd=0)),
    ],
)
def test_annotations(annotations: dict[str, str], expected: EvictionTerms | None) -> None:
    odd: Odd = []
    assert eviction_terms(annotations, None, "metadata", odd) == expected
    assert odd == []


def test_local_volumes_are_those_on_the_nodes_disk_that_are_not_declared_safe() -> None:
    found = eviction_terms(None, VOLUMES, "metadata", [])
    assert found == EvictionTerms(local_volumes=("scratch", "logs"))
    assert found.loses_data
    safe = eviction_terms({SAFE_LOCAL_VOLUMES: "logs,scratch"}, VOLUMES, "metadata", [])
    assert safe is None
    declared = eviction_terms({SAFE_TO_EVICT: "true"}, VOLUMES, "metadata", [])
    assert declared is not None
    assert not declared.loses_data


@pytest.mark.parametrize(
    ("annotations", "said"),
    [
        ({DO_NOT_DISRUPT: "yes"}, "Karpenter ignores it"),
        ({DO_NOT_DISRUPT: "0s"}, "Karpenter ignores it"),
        ({SAFE_TO_EVICT: "True"}, "Cluster Autoscaler ignores it"),
        ({SAFE_LOCAL_VOLUMES: "a, b"}, "finds no volume of that name"),
    ],
)
def test_what_the_originals_ignore_is_ignored_and_named(
    annotations: dict[str, str], said: str
) -> None:
    odd: Odd = []
    assert eviction_terms(annotations, None, "metadata", odd) is None
    ((path, text),) = odd
    assert path == f"metadata.annotations.{next(iter(annotations))}"
    assert said in text


@pytest.mark.parametrize("text", ["", "0.05 USD", "-1", "1e3", "10001", "0.0000000001", ".5"])
def test_a_price_that_is_no_amount_of_usd_is_an_error(text: str) -> None:
    with pytest.raises(FieldError) as caught:
        eviction_terms({EVICTION_COST: text}, None, "metadata", [])
    assert caught.value.field == f"metadata.annotations.{EVICTION_COST}"
    assert "0.05" in caught.value.hint


TEMPLATE = """
    metadata: {labels: {app: web}, annotations: {karpenter.sh/do-not-disrupt: "30m"}}
    spec: {containers: [{name: c}], volumes: [{name: tmp, emptyDir: {}}]}
"""
SELECTED = "selector: {matchLabels: {app: web}}"


@pytest.mark.parametrize(
    ("kind", "version", "spec"),
    [
        ("Deployment", "apps/v1", f"{SELECTED}\n  template:{TEMPLATE}"),
        ("ReplicaSet", "apps/v1", f"{SELECTED}\n  template:{TEMPLATE}"),
        ("StatefulSet", "apps/v1", f"{SELECTED}\n  template:{TEMPLATE}"),
        ("Job", "batch/v1", f"template:{TEMPLATE}"),
        ("Rollout", "argoproj.io/v1alpha1", f"{SELECTED}\n  replicas: 1\n  template:{TEMPLATE}"),
    ],
)
def test_a_templates_terms_are_those_of_its_pods(kind: str, version: str, spec: str) -> None:
    text = f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: web}}\nspec:\n  {spec}"
    cluster, problems = read(text)
    assert not problems
    (item,) = cluster.pods
    assert item.lifecycle.eviction == EvictionTerms(protected_seconds=1800, local_volumes=("tmp",))


def test_a_cron_jobs_terms_are_those_of_its_pods() -> None:
    inner = TEMPLATE.replace("\n    ", "\n        ")
    text = (
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: web}\nspec:\n  schedule: '@daily'\n"
        f"  jobTemplate:\n    spec:\n      template:{inner}"
    )
    cluster, problems = read(text)
    assert not problems
    assert cluster.pods[0].lifecycle.eviction is not None


def test_a_daemonsets_terms_are_kept_with_it() -> None:
    text = (
        "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: web}\n"
        f"spec:\n  {SELECTED}\n  template:{TEMPLATE}"
    )
    cluster, problems = read(text)
    assert not problems
    assert cluster.daemonsets[0].eviction == EvictionTerms(
        protected_seconds=1800, local_volumes=("tmp",)
    )


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        (
            "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: p}\n"
            "spec: {podMetadata: {annotations: {karpenter.sh/do-not-disrupt: 'true'}}}",
            EvictionTerms(do_not_disrupt=True, local_volumes=("prometheus-p-db",)),
        ),
        (
            "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: p}\n"
            "spec: {instances: 1, storage: {size: 1Gi},\n"
            "  inheritedMetadata: {annotations: {karpenter.sh/do-not-disrupt: 'true'}}}",
            EvictionTerms(do_not_disrupt=True),
        ),
    ],
)
def test_operators_pass_annotations_on_to_their_pods(text: str, terms: EvictionTerms) -> None:
    cluster, problems = read(text)
    assert not problems
    assert cluster.pods[0].lifecycle.eviction == terms


def test_what_is_said_names_the_object_and_the_field() -> None:
    text = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
        f"spec:\n  {SELECTED}\n  template:{TEMPLATE}"
    ).replace("30m", "soon")
    cluster, _ = read(text)
    assert cluster.pods[0].lifecycle.eviction == EvictionTerms(local_volumes=("tmp",))
    (line,) = (line for line in cluster.remarks if "do-not-disrupt" in line)
    assert line.startswith(
        "Deployment web: spec.template.metadata.annotations.karpenter.sh/do-not-disrupt: "
    ), line


def test_an_error_names_file_object_and_field() -> None:
    text = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
        f"spec:\n  {SELECTED}\n  template:{TEMPLATE}"
    ).replace('karpenter.sh/do-not-disrupt: "30m"', "kubestow.dev/eviction-cost: 'cheap'")
    _, (problem,) = read(text)
    assert (problem.file, problem.subject) == ("in.yaml", "Deployment web")
    assert problem.field == "spec.template.metadata.annotations.kubestow.dev/eviction-cost"
    assert problem.hint


def test_pods_that_differ_in_their_terms_alone_are_equal_for_scheduling() -> None:
    text = "\n---\n".join(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME, annotations: {ANNOTATION}}\n"
        "spec: {containers: [{name: c}]}".replace("NAME", name).replace("ANNOTATION", annotation)
        for name, annotation in (("a", ""), ("b", "karpenter.sh/do-not-disrupt: 'true'"))
    )
    cluster, problems = read(text)
    assert not problems
    first, second = cluster.pods
    assert first.lifecycle != second.lifecycle
    assert first.template is second.template
    assert first.likeness is second.likeness
