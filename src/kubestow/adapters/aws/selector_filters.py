"""Selector terms as the filters of EC2's Describe requests.

Terms are OR-ed: each is a request, but all ids share one. The tags of a term are AND-ed, and '*'
is any value. Sources: EC2 API reference, DescribeSubnets, DescribeSecurityGroups and
DescribeImages (filters); karpenter-provider-aws v1.15 pkg/providers/subnet/subnet.go.
"""

from collections.abc import Iterable
from typing import Any

from kubestow.model.launch_class import PlaceTerm

Filters = list[dict[str, Any]]
ANY_VALUE = "*"


def filter_sets(terms: Iterable[PlaceTerm], id_filter: str) -> list[Filters]:
    """Return the filters of each request that selector terms need; the ids share the last."""
    terms = tuple(terms)
    sets = [_filters(term) for term in terms if not term.id]
    ids = sorted({term.id for term in terms if term.id})
    if ids:
        sets.append([{"Name": id_filter, "Values": ids}])
    return sets


def _filters(term: PlaceTerm) -> Filters:
    named = [{"Name": "group-name", "Values": [term.name]}] if term.name else []
    return named + tag_filters(term.tags)


def tag_filters(tags: Iterable[tuple[str, str]]) -> Filters:
    """Return the filters for tags."""
    return [
        {"Name": "tag-key", "Values": [key]}
        if value == ANY_VALUE
        else {"Name": f"tag:{key}", "Values": [value]}
        for key, value in tags
    ]
