"""Which classes a selector or an affinity term matches."""

from dataclasses import dataclass

import pytest

from kubestow.model import labels as names
from kubestow.model.pod import PodAffinityTerm
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.scheduling.selection import ClassSelection
from kubestow.testing import selector


@dataclass(frozen=True)
class Key:
    namespace: str
    labels: tuple[tuple[str, str], ...]


KEYS = (
    Key("default", (("app", "web"),)),
    Key("default", (("app", "db"), ("tier", "data"))),
    Key("other", (("app", "web"),)),
    Key("default", ()),
)
SELECTION = ClassSelection(KEYS, {"other": (("team", "x"),)})
WEB = selector(app="web")
SELECTORS = [
    ("no selector matches nothing", None, ()),
    ("the empty selector matches everything", LabelSelector(), (0, 1, 2, 3)),
    ("a label, in any namespace", WEB, (0, 2)),
    ("two labels at once", selector(app="db", tier="data"), (1,)),
    ("a label that no class has", selector(app="none"), ()),
    ("either value",
     LabelSelector((SelectorRequirement("app", "In", ("db", "web")),)), (0, 1, 2)),
    ("all but a value, absent too",
     LabelSelector((SelectorRequirement("app", "NotIn", ("web",)),)), (1, 3)),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "wanted", "expected"), SELECTORS)
def test_a_selector(sentence: str, wanted: LabelSelector | None, expected: tuple[int, ...]) -> None:
    assert SELECTION.selected(wanted) == expected, sentence
    own = tuple(p for p in expected if KEYS[p].namespace == "default")
    assert SELECTION.same_namespace(wanted, "default") == own, sentence


def term(**namespaces: object) -> PodAffinityTerm:
    return PodAffinityTerm(names.ZONE, WEB, **namespaces)  # type: ignore[arg-type] # its fields


TERMS = [
    ("the pod's own namespace", term(), (0,)),
    ("the namespaces it names", term(namespaces=("other",)), (2,)),
    ("the namespaces whose labels match", term(namespace_selector=selector(team="x")), (2,)),
    ("every namespace for the empty selector", term(namespace_selector=LabelSelector()), (0, 2)),
    ("a namespace by its own name",
     term(namespace_selector=selector(**{"kubernetes.io/metadata.name": "default"})), (0,)),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "item", "expected"), TERMS)
def test_an_affinity_term_matches_classes_of(
    sentence: str, item: PodAffinityTerm, expected: tuple[int, ...]
) -> None:
    assert SELECTION.by_term(item, "default") == expected, sentence
    assert SELECTION.by_term(item, "default") == expected, "the same when asked again"


def test_a_term_of_the_arriving_pod_that_absent_labels_satisfy_reaches_every_namespace() -> None:
    unlike = LabelSelector((SelectorRequirement("team", "NotIn", ("x",)),))
    item = term(namespace_selector=unlike)
    assert SELECTION.by_term(item, "default") == (0,)
    assert SELECTION.by_own_term(item, "default") == (0, 2)
    assert SELECTION.by_own_term(term(), "default") == (0,)
