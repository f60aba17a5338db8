"""The documents of workloads that operators make."""

import msgspec

from kubestow.adapters.documents import Document
from kubestow.adapters.kubernetes.operators.made import (
    MadeWorkload,
    Maker,
    document_of,
    maker_of,
    owner_kind,
)

ORIGIN = Document("in.yaml", "Thing", "example.com/v1", b"{}")


def test_a_field_of_the_workload_is_one_of_the_custom_object() -> None:
    maker = Maker("Thing x", "Thing", "x", (("spec.template", "spec.groups[0].template"),
                                            ("spec.replicas", "spec.size")))  # fmt: skip
    assert maker.field("spec.template.spec.containers[1]") == (
        "spec.groups[0].template.spec.containers[1]"
    )
    assert maker.field("spec.replicas") == "spec.size"
    assert maker.field("spec.replicasOfMine") == "spec.replicasOfMine"


def test_a_document_has_the_labels_the_operator_adds_and_selects_them() -> None:
    made = MadeWorkload(
        kind="StatefulSet", name="thing-x", count=2, at="spec",
        template={"metadata": {"labels": {"a": "b"}}, "spec": {"containers": []}},
        labels={"thing": "x"}, start=1, claims=[{"metadata": {"name": "data"}}],
    )  # fmt: skip
    document = document_of(made, ORIGIN, "Thing x", ("shop", "x"))
    value = msgspec.json.decode(document.json)
    assert (document.file, document.kind) == ("in.yaml", "StatefulSet")
    assert value["metadata"] == {"name": "thing-x", "namespace": "shop"}
    assert value["spec"]["template"]["metadata"]["labels"] == {"a": "b", "thing": "x"}
    assert value["spec"]["selector"] == {"matchLabels": {"thing": "x"}}
    assert value["spec"]["ordinals"] == {"start": 1}
    assert owner_kind(document) == "StatefulSet"
    maker = maker_of(document)
    assert maker is not None
    assert (maker.subject, maker.name, maker.labels) == ("Thing x", "x", ())


def test_pods_that_the_custom_object_owns_are_told_by_their_labels() -> None:
    made = MadeWorkload(
        kind="ReplicaSet", name="x-a", count=2, at="spec", template={},
        labels={"group": "a"}, owner=("Thing", "x"),
    )  # fmt: skip
    document = document_of(made, ORIGIN, "Thing x", ("shop", "x"))
    assert owner_kind(document) == "Thing"
    maker = maker_of(document)
    assert maker is not None
    assert maker.labels == (("group", "a"),)


def test_an_object_of_the_input_has_no_maker() -> None:
    assert maker_of(ORIGIN) is None
    assert owner_kind(ORIGIN) == "Thing"
