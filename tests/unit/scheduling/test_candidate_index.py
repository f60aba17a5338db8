from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.taints import Taint, Toleration
from kubestow.scheduling.candidate_index import CandidateIndex
from kubestow.scheduling.candidate_node import CandidateNode

CANDIDATES = [
    CandidateNode("a", {"zone": "1", "size": "4"}, (), ()),
    CandidateNode("b", {"zone": "2"}, (Taint("k", "v", "NoSchedule"),), ()),
    CandidateNode("c", {"zone": "1", "size": "x"}, (Taint("k", "v", "PreferNoSchedule"),), ()),
]


def requirement(key: str, operator: str, *values: str) -> list[bool]:
    index = CandidateIndex(CANDIDATES)
    return index.requirement(SelectorRequirement(key, operator, values)).tolist()


def test_each_operator_is_a_mask_over_the_candidates() -> None:
    assert requirement("zone", "In", "1") == [True, False, True]
    assert requirement("zone", "NotIn", "1") == [False, True, False]
    assert requirement("size", "Exists") == [True, False, True]
    assert requirement("size", "DoesNotExist") == [False, True, False]
    assert requirement("size", "NotIn", "4") == [False, True, True]
    assert requirement("size", "Gt", "3") == [True, False, False]
    assert requirement("size", "Lt", "3") == [False, False, False]


def test_a_key_no_candidate_has_is_absent_everywhere() -> None:
    assert requirement("none", "Exists") == [False, False, False]
    assert requirement("none", "DoesNotExist") == [True, True, True]


def test_an_empty_term_and_one_that_cannot_be_parsed_match_nothing() -> None:
    index = CandidateIndex(CANDIDATES)
    assert not index.term(NodeSelectorTerm()).any()
    invalid = SelectorRequirement("zone", "Gt", ("x",))
    assert not index.term(NodeSelectorTerm((invalid,))).any()


def test_match_fields_select_by_name() -> None:
    field = SelectorRequirement("metadata.name", "In", ("b",))
    assert CandidateIndex(CANDIDATES).term(NodeSelectorTerm((), (field,))).tolist() == [
        False,
        True,
        False,
    ]


def test_only_blocking_taints_need_a_toleration() -> None:
    index = CandidateIndex(CANDIDATES)
    assert index.tolerated(()).tolist() == [True, False, True]
    assert index.tolerated((Toleration("k", "Exists"),)).all()
