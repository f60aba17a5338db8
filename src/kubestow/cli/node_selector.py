"""Nodes named by a label selector on the command line, in kubectl's syntax.

A selector that is invalid, or that matches nothing, is an InputError that says what would match.
"""

import re
from collections.abc import Iterable

from kubestow.model.counted import agreeing
from kubestow.model.input_error import InputError
from kubestow.model.node import Node
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.suggestion import did_you_mean

_KEY = r"[A-Za-z0-9][A-Za-z0-9._/-]*"
_VALUE = r"[A-Za-z0-9._-]*"
_EQUAL = re.compile(rf"({_KEY})\s*(==|=|!=)\s*({_VALUE})", re.ASCII)
_SET = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^()]*)\)", re.ASCII)
_BARE = re.compile(rf"(!?)\s*({_KEY})", re.ASCII)
_COMMA = re.compile(r",(?![^(]*\))")
_VALUES_SHOWN = 6


def selected_nodes(option: str, text: str, nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Return the nodes that a selector given with an option matches; raise InputError if none."""
    selector, known = node_selector(option, text), list(nodes)
    found = tuple(node for node in known if selector.matches(dict(node.labels)))
    if not found:
        none = agreeing(len(known), "the node", f"none of the {len(known)} nodes")
        raise InputError(
            f"{option} {text}: {none} in the input "
            f"{agreeing(len(known), 'does not have', 'has')} these labels",
            hint=_hint(selector, known),
        )
    return found


def node_selector(option: str, text: str) -> LabelSelector:
    """Read a label selector: key=value, key!=value, key in (a, b), key, !key; joined by commas."""
    return LabelSelector(
        tuple(sorted(_requirement(option, part.strip(), text) for part in _COMMA.split(text)))
    )


def _requirement(option: str, part: str, text: str) -> SelectorRequirement:
    if match := _EQUAL.fullmatch(part):
        operator = "NotIn" if match[2] == "!=" else "In"
        return SelectorRequirement(match[1], operator, (match[3],))
    if match := _SET.fullmatch(part):
        values = tuple(sorted({value.strip() for value in match[3].split(",")}))
        return SelectorRequirement(match[1], "In" if match[2] == "in" else "NotIn", values)
    if match := _BARE.fullmatch(part):
        return SelectorRequirement(match[2], "DoesNotExist" if match[1] else "Exists")
    raise InputError(
        f"{option} {text!r} is not a label selector",
        hint="use kubectl's syntax, for example eks.amazonaws.com/nodegroup=old",
    )


def _hint(selector: LabelSelector, nodes: list[Node]) -> str:
    """Name the values that the nodes have of the first key, or the closest key."""
    key = selector.requirements[0].key
    values = sorted({value for node in nodes for k, value in node.labels if k == key})
    if values:
        shown = ", ".join(values[:_VALUES_SHOWN])
        return f"their {key} is {shown}" + (", ..." if len(values) > _VALUES_SHOWN else "")
    keys = sorted({k for node in nodes for k, _ in node.labels})
    return (
        did_you_mean(key, keys) or f"no node has a label {key}; 'kubectl get nodes --show-labels'"
    )
