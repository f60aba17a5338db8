"""Selector terms become the filters of requests."""

from kubestow.adapters.aws.selector_filters import filter_sets, tag_filters
from kubestow.model.launch_class import PlaceTerm


def test_each_term_is_a_request_and_the_ids_share_the_last() -> None:
    terms = (
        PlaceTerm(id="sg-2"),
        PlaceTerm(tags=(("a", "1"), ("b", "*"))),
        PlaceTerm(id="sg-1"),
        PlaceTerm(name="nodes"),
    )
    assert filter_sets(terms, "group-id") == [
        [{"Name": "tag:a", "Values": ["1"]}, {"Name": "tag-key", "Values": ["b"]}],
        [{"Name": "group-name", "Values": ["nodes"]}],
        [{"Name": "group-id", "Values": ["sg-1", "sg-2"]}],
    ]


def test_a_star_is_any_value_of_a_tag() -> None:
    assert tag_filters([("a", "*"), ("b", "x*")]) == [
        {"Name": "tag-key", "Values": ["a"]}, {"Name": "tag:b", "Values": ["x*"]},
    ]  # fmt: skip
