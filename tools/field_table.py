"""What becomes of every published field of every kind that is read: ``make fields-table``.

A field is read (a wire shape names it), judged irrelevant to placement, or named as not modelled
(both in kubestow.adapters.kubernetes.field_judgements). Below a field that is not read nothing is
judged: its content cannot matter more than the field.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from kubestow.adapters.eksctl import wire as eksctl_wire
from kubestow.adapters.kubernetes import cluster, policy_wire, setup_wire, wire
from kubestow.adapters.kubernetes.field_judgements import IRRELEVANT, NOT_MODELLED
from kubestow.adapters.kubernetes.published import SCALARS, facts

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "fields.md"
_WORKLOADS = ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet",
              "Job", "CronJob")  # fmt: skip
SHAPES: dict[str, tuple[type[Any], ...]] = {
    kind: (shape,) for kind, shape in {**cluster.SHAPING, **cluster.SHAPED}.items()
}
"""The wire shapes that a kind is decoded into, by the planner and by the checks."""
SHAPES["Pod"] = (wire.PodWire, setup_wire.BarePodFacts)
SHAPES["ClusterConfig"] = (eksctl_wire.ConfigShape,)
for _kind in _WORKLOADS:
    SHAPES[_kind] = (*SHAPES[_kind], wire.Owning, setup_wire.WorkloadFacts)
for _kind, _shape in {
    "PodDisruptionBudget": setup_wire.BudgetFacts,
    "StorageClass": setup_wire.WireStorageClass,
    "EC2NodeClass": setup_wire.NodeClassFacts,
    "AWSNodeTemplate": setup_wire.NodeClassFacts,
    "HorizontalPodAutoscaler": policy_wire.Autoscaler,
    "Service": setup_wire.Exposure,
    "Ingress": setup_wire.Exposure,
}.items():
    SHAPES[_kind] = (*SHAPES.get(_kind, ()), _shape)
READ, IRRELEVANT_WORD, NOT_MODELLED_WORD = "read", "irrelevant", "not modelled"


@dataclass(slots=True)
class Table:
    """The judgement of every field that is reached, by type and field; None where there is none."""

    judgements: dict[str, dict[str, tuple[str, str] | None]] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    types: dict[str, list[str]] = field(default_factory=dict)
    """The types of a kind, in the order they are reached."""

    def unjudged(self) -> list[str]:
        """Return the fields that are in none of the three."""
        return [
            f"{name}.{key}"
            for name, fields in self.judgements.items()
            for key, judgement in fields.items()
            if judgement is None
        ]


def irrelevant() -> dict[str, str]:
    """Return why a field does not matter, by type and field."""
    return {
        f"{name}.{key}": reason
        for reason, types in IRRELEVANT.items()
        for name, keys in types.items()
        for key in keys.split()
    }


def table() -> Table:
    """Return the judgements of all kinds that are read."""
    read: dict[str, dict[str, list[Any]]] = {}
    result = Table()
    for kind, shapes in SHAPES.items():
        reached: list[str] = []
        for name in facts().kinds[kind].values():
            for shape in shapes:
                _walk(name, shape, read, reached)
        result.types[kind] = list(dict.fromkeys(reached))
    result.read = {f"{name}.{key}" for name, keys in read.items() for key in keys}
    because = irrelevant()
    for names in result.types.values():
        for name in names:
            result.judgements[name] = {
                key: _judged(name, key, read, because) for key in facts().types[name]
            }
    return result


def _judged(
    name: str, key: str, read: dict[str, dict[str, list[Any]]], because: dict[str, str]
) -> tuple[str, str] | None:
    own = f"{name}.{key}"
    if own in NOT_MODELLED:
        return NOT_MODELLED_WORD, NOT_MODELLED[own]
    if key in read.get(name, {}):
        return READ, ""
    reason = because.get(own, because.get(f"*.{key}"))
    return None if reason is None else (IRRELEVANT_WORD, reason)


def _walk(name: str, shape: Any, read: dict[str, dict[str, list[Any]]], reached: list[str]) -> None:
    """Note the fields of a type that a shape names, and go on into what it names."""
    reached.append(name)
    known = read.setdefault(name, {})
    for info in msgspec.structs.fields(shape):
        kind = facts().types[name].get(info.encode_name)
        if kind is None:
            continue
        inner = kind.strip("[]{}")
        shapes = [part for part in _structs(info.type) if inner not in SCALARS]
        seen = known.setdefault(info.encode_name, [])
        for part in shapes:
            if part not in seen:
                seen.append(part)
                _walk(inner, part, read, reached)


def _structs(kind: Any) -> Iterator[type[Any]]:
    """Yield the wire shapes inside a type."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
    elif get_origin(kind) in (list, dict, Union, UnionType):
        for part in get_args(kind):
            yield from _structs(part)


def page() -> str:
    """Return the page of the documentation: a table for each type, the kinds first."""
    found = table()
    lines = [_HEAD.rstrip(), ""]
    for kind, names in found.types.items():
        versions = facts().kinds[kind]
        roots = {root: version for version, root in versions.items()}
        links = [f"[{roots[name]}](#{_anchor(name)})" for name in names if name in roots]
        lines.append(f"- {kind}: {', '.join(links)}")
    lines.append("")
    for name in sorted(found.judgements):
        lines += [f"({_anchor(name)})=", "", f"## {name}", ""]
        lines += ["| Field | Type | |", "|---|---|---|"]
        for key, judgement in sorted(found.judgements[name].items()):
            word, reason = judgement or ("not judged", "")
            said = f"{word}: {reason}" if reason else word
            lines.append(f"| `{key}` | {_linked(facts().types[name][key], found)} | {said} |")
        lines.append("")
    return "\n".join(lines)


_HEAD = """# Fields

<!-- Written by `make fields-table`. -->

What becomes of every published field of every kind that is read, in Kubernetes 1.13 to 1.37,
Karpenter 0.31 to 1.15 and eksctl 0.215. A field is

- *read*: it decides, or may decide, what is planned or checked;
- *irrelevant*: it cannot change where pods run or what nodes cost, for the reason given;
- *not modelled*: it may matter. Where it is set, the output names it and says what is planned
  instead.

Fields below one that is not read are not listed. A field that no version has is an error. What the
API server's validation would refuse (an unknown word, a name that is not valid) is named, and the
object is planned all the same.

The kinds, by API version:
"""


def _anchor(name: str) -> str:
    return "fields-" + "".join(c if c.isalnum() else "-" for c in name.lower())


def _linked(kind: str, found: Table) -> str:
    inner = kind.strip("[]{}")
    shown = f"[{inner}](#{_anchor(inner)})" if inner in found.judgements else inner
    return {"[": f"list of {shown}", "{": f"map of {shown}"}.get(kind[0], shown)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
