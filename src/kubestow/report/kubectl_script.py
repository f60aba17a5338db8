"""A plan's labels and taints as kubectl commands, for nodes launched by other means.

Nodes are selected by type, zone and capacity type and taken in order of name. Each is labelled with
its group, so that it is taken once, and a second run takes the same nodes. Plain POSIX shell.
"""

import shlex
from collections.abc import Iterable, Iterator

from kubestow.model import labels as names
from kubestow.model.named_labels import named_labels
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import HELD_TAINT, Taint
from kubestow.report.hand_over import (
    Group,
    check_no_karpenter,
    groups,
    headline,
    held_labels,
    held_lines,
    required_labels,
)

MARK = "kubestow.dev/group"
_OPENED = "kubestow\\.dev/open-since"  # as JSONPath has it
_FUNCTION = """set -eu

# take GROUP COUNT SELECTOR...: fill GROUP up to COUNT nodes that are in no group yet; print them.
take() {
  group=$1 count=$2
  shift 2
  members=$(kubectl get nodes -l "%(mark)s=$group" -o name)
  missing=$((count - $(printf '%%s' "$members" | grep -c . || true)))
  [ "$missing" -gt 0 ] || missing=0
  available=$(for selector in "$@"; do
    kubectl get nodes -l "$selector,!%(mark)s" -o name
  done | sort -u)
  if [ "$(printf '%%s' "$available" | grep -c . || true)" -lt "$missing" ]; then
    echo "error: group $group needs $missing more nodes matching $1" >&2
    echo "hint: launch them, then run this script again" >&2
    exit 1
  fi
  for node in $(printf '%%s\\n' "$available" | head -n "$missing"); do
    kubectl label --overwrite "$node" "%(mark)s=$group" >&2
  done
  kubectl get nodes -l "%(mark)s=$group" -o name
}
"""


def kubectl_script(
    plan: Plan, snapshot: Snapshot, pools: Iterable[NodePool], *, held: bool = False
) -> str:
    """Return the script; raise HandOverError for what it cannot express.

    Nodes that are ``held`` are tainted until pods are landed, but for those that were opened.
    """
    selected = named_labels(snapshot.cluster)
    check_no_karpenter(selected)
    lines = ["#!/bin/sh", *(f"# {line}" for line in headline(plan, "Labels and taints"))]
    if held:
        flag = f"--register-with-taints={HELD_TAINT.key}=:{HELD_TAINT.effect}"
        lines += [
            f"# {line}"
            for line in held_lines(f"Launch them with kubelet's {flag}, so that none comes before.")
        ]
    lines += [
        "# Launch the nodes first, then run this with the cluster's kubectl context.",
        _FUNCTION % {"mark": MARK},
    ]
    for group in groups(plan, snapshot, pools, by_offering=True):
        lines += _commands(group, selected, held=held)
    return "\n".join(lines) + "\n"


def _commands(group: Group, selected: frozenset[str], *, held: bool) -> Iterator[str]:
    first = group.nodes[0]
    where = f"{first.instance_type} in {first.zone}, {first.capacity_type}"
    yield f"# {len(group.nodes)} x {where}"
    selectors = " ".join(shlex.quote(text) for text in _selectors(group))
    yield f"nodes=$(take {shlex.quote(group.name)} {len(group.nodes)} {selectors})"
    yield "for node in $nodes; do"
    labels = dict(required_labels(group, selected)) | (held_labels(group) if held else {})
    settings = [f"{key}={value}" for key, value in labels.items()]
    if settings:
        yield f'  kubectl label --overwrite "$node" {_quoted(settings)}'
    if group.taints:
        yield f'  kubectl taint --overwrite nodes "${{node#node/}}" {_taints(group.taints)}'
    if held:
        path = f"-o jsonpath='{{.metadata.annotations.{_OPENED}}}'"
        yield f'  if [ -z "$(kubectl get "$node" {path})" ]; then'
        yield f'    kubectl taint --overwrite nodes "${{node#node/}}" {_taints((HELD_TAINT,))}'
        yield "  fi"
    if not settings and not group.taints:
        yield "  : # no labels or taints to set"
    yield "done"
    yield ""


def _selectors(group: Group) -> Iterator[str]:
    """Yield selectors of the group's nodes; Karpenter and EKS label spot nodes differently."""
    first = group.nodes[0]
    place = f"{names.INSTANCE_TYPE}={first.instance_type},{names.ZONE}={first.zone}"
    if first.capacity_type == "spot":
        yield f"{place},{names.CAPACITY_TYPE}=spot"
        yield f"{place},{names.MANAGED_CAPACITY_TYPE}=SPOT"
    else:
        yield f"{place},{names.CAPACITY_TYPE}!=spot,{names.MANAGED_CAPACITY_TYPE}!=SPOT"


def _taints(taints: Iterable[Taint]) -> str:
    return _quoted(f"{taint.key}={taint.value}:{taint.effect}" for taint in taints)


def _quoted(words: Iterable[str]) -> str:
    return " ".join(shlex.quote(word) for word in words)
