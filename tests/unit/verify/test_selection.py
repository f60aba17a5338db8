from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.pod import PodAffinityTerm
from kubestow.model.selectors import LabelSelector, SelectorRequirement

WEB = LabelSelector((SelectorRequirement("app", "In", ("web",)),))
EVERYTHING = LabelSelector()


def apart(selector: Any, **facts: Any) -> tuple[PodAffinityTerm, ...]:
    return (PodAffinityTerm(names.HOSTNAME, selector, **facts),)


def team(name: str) -> LabelSelector:
    return LabelSelector((SelectorRequirement("team", "In", (name,)),))


def meets(scene: Any, terms: tuple[PodAffinityTerm, ...]) -> bool:
    """Tell whether the terms of a pod match a web pod of namespace other, labelled team blue."""
    scene.cluster["namespaces"]["other"] = (("team", "blue"),)
    scene.new("one")
    scene.pod("web", "one", labels={"app": "web"}, namespace="other")
    scene.pod("shy", "one", labels={"app": "shy"}, anti_affinity=terms)
    return scene.rules() == ["InterPodAffinity"]


@pytest.mark.parametrize(
    "terms",
    [
        apart(WEB, namespaces=("other",)),
        apart(WEB, namespace_selector=EVERYTHING),
        apart(WEB, namespace_selector=team("blue")),
        apart(WEB, namespaces=("third",), namespace_selector=team("blue")),
        apart(
            LabelSelector((SelectorRequirement("app", "NotIn", ("shy",)),)),
            namespaces=("other",),
        ),
        apart(EVERYTHING, namespaces=("other",)),
    ],
)
def test_a_term_reaches_the_namespaces_it_names_or_selects(scene: Any, terms: Any) -> None:
    assert meets(scene, terms)


@pytest.mark.parametrize(
    "terms",
    [
        apart(WEB),
        apart(WEB, namespaces=("third",)),
        apart(WEB, namespace_selector=team("red")),
        apart(None, namespaces=("other",)),
        apart(LabelSelector((SelectorRequirement("app", "In", ("db",)),)), namespaces=("other",)),
    ],
)
def test_a_term_reaches_no_other_pod(scene: Any, terms: Any) -> None:
    assert not meets(scene, terms)


def test_a_namespace_that_is_not_in_the_input_carries_its_name(scene: Any) -> None:
    named = LabelSelector((SelectorRequirement("kubernetes.io/metadata.name", "In", ("far",)),))
    scene.new("one")
    scene.pod("web", "one", labels={"app": "web"}, namespace="far")
    scene.pod("shy", "one", anti_affinity=apart(WEB, namespace_selector=named))
    assert scene.rules() == ["InterPodAffinity"]


def test_a_term_that_names_other_namespaces_does_not_reach_its_own(scene: Any) -> None:
    scene.new("one")
    scene.pod("web", "one", labels={"app": "web"})
    scene.pod("shy", "one", anti_affinity=apart(WEB, namespaces=("other",)))
    assert scene.found() == ()
