"""Nodes named on the command line."""

import pytest

from kubestow.cli.node_selector import selected_nodes
from kubestow.model.input_error import InputError
from kubestow.testing import node

NODES = (
    node("a", labels={"group": "old", "team": "x"}),
    node("b", labels={"group": "old"}),
    node("c", labels={"group": "new"}),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("group=old", "ab"),
        ("group==old", "ab"),
        ("group!=old", "c"),
        ("group=old,team=x", "a"),
        ("group=old, !team", "b"),
        ("team", "a"),
        ("!team", "bc"),
        ("group in (old, new)", "abc"),
        ("group notin (old,middle)", "c"),
        ("kubernetes.io/hostname=b", "b"),
    ],
)
def test_a_selector_is_read_as_kubectl_reads_it(text: str, expected: str) -> None:
    assert "".join(n.name for n in selected_nodes("--from", text, NODES)) == expected


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("group=odl", "none of the 3 nodes", "their group is new, old"),
        ("gruop=old", "none of the 3 nodes", "did you mean 'group'?"),
        ("zzz", "none of the 3 nodes", "no node has a label zzz"),
        ("group old", "is not a label selector", "eks.amazonaws.com/nodegroup=old"),
        ("", "is not a label selector", "eks.amazonaws.com/nodegroup=old"),
        ("group=a=b", "is not a label selector", "eks.amazonaws.com/nodegroup=old"),
    ],
)
def test_a_selector_that_finds_nothing_says_what_would(text: str, message: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        selected_nodes("--from", text, NODES)
    assert message in caught.value.message
    assert hint in caught.value.hint
