from kubestow.model.pod import PodTemplate
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.taints import Taint, Toleration
from kubestow.verify.constraints import node_is_selected, term_holds, untolerated

BLUE = SelectorRequirement("team", "In", ("blue",))
LARGE = SelectorRequirement("size", "In", ("large",))


def test_terms_are_alternatives_and_their_expressions_add_up() -> None:
    both = PodTemplate(node_affinity=(NodeSelectorTerm((BLUE, LARGE)),))
    either = PodTemplate(node_affinity=(NodeSelectorTerm((BLUE,)), NodeSelectorTerm((LARGE,))))
    assert not node_is_selected(both, "n", {"team": "blue"})
    assert node_is_selected(both, "n", {"team": "blue", "size": "large"})
    assert node_is_selected(either, "n", {"size": "large"})
    assert not node_is_selected(either, "n", {})


def test_no_terms_and_an_empty_term_hold_nowhere_but_no_affinity_holds_everywhere() -> None:
    assert node_is_selected(PodTemplate(), "n", {})
    assert not node_is_selected(PodTemplate(node_affinity=()), "n", {})
    assert not node_is_selected(PodTemplate(node_affinity=(NodeSelectorTerm(),)), "n", {})


def test_a_selector_and_an_affinity_must_both_hold() -> None:
    template = PodTemplate(
        node_selector=(("team", "blue"),), node_affinity=(NodeSelectorTerm((LARGE,)),)
    )
    assert node_is_selected(template, "n", {"team": "blue", "size": "large"})
    assert not node_is_selected(template, "n", {"size": "large"})


def test_a_field_names_the_node_and_a_malformed_one_holds_nowhere() -> None:
    named = NodeSelectorTerm((), (SelectorRequirement("metadata.name", "In", ("n",)),))
    assert term_holds(named, "n", {})
    assert not term_holds(named, "m", {})
    two = NodeSelectorTerm((), (SelectorRequirement("metadata.name", "In", ("n", "m")),))
    assert not term_holds(two, "n", {})


def test_only_blocking_taints_need_a_toleration() -> None:
    hard, soft = Taint("a", "", "NoExecute"), Taint("b", "", "PreferNoSchedule")
    assert untolerated((soft, hard), ()) == hard
    assert untolerated((soft, hard), (Toleration("a", "Exists"),)) is None
    assert untolerated((hard,), (Toleration("", "Exists"),)) is None
    assert untolerated((hard,), (Toleration("a", "Exists", "", "NoSchedule"),)) == hard
