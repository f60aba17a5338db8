"""Required affinity over the hostname: pods that must share a node become one unit.

Law: a bundle is placed whole. A pod whose targets already run on existing nodes may join them
there; otherwise it is bundled with a pod it aims at, or, if it matches its own terms and nothing
else does, with all of its kind (the scheduler's first-pod rule).
"""

from collections import Counter
from collections.abc import Sequence

from kubestow.model.labels import HOSTNAME
from kubestow.provisioning.problem import Item
from kubestow.provisioning.world import World
from kubestow.scheduling.filters.inter_pod_affinity import affinity_targets

Share = tuple[int, int | None, int]
"""class, cell, count."""


def items_of(shares: Sequence[Share], world: World) -> tuple[list[Item], list[tuple[int, int]]]:
    """Turn shares into items; return also the (class, count) whose affinity nothing satisfies."""
    left = Counter({(index, cell): count for index, cell, count in shares})
    items: list[Item] = []
    refused: list[tuple[int, int]] = []
    bound = {index for index, _ in world.bound}
    for index, cell, _ in shares:
        count = left[index, cell]
        targets = _targets(index, world)
        if targets is None or not count:
            continue
        left[index, cell] = 0
        if targets & bound:
            items.append(Item(((index, 1),), count, cell, frozenset(targets)))
            continue
        item = _bundle(index, cell, count, targets, left, world)
        if item is None:
            refused.append((index, count))
        else:
            items += item
    items += [
        Item(((index, 1),), left[index, cell], cell)
        for index, cell, _ in shares
        if left[index, cell] > 0
    ]
    return items, refused


def _targets(index: int, world: World) -> set[int] | None:
    template = world.classes[index].template
    if not any(term.topology_key == HOSTNAME for term in template.affinity):
        return None
    return affinity_targets(template, world.classes[index].key.namespace, world.selection)


def _bundle(
    index: int, cell: int | None, count: int, targets: set[int],
    left: Counter[tuple[int, int | None]], world: World,
) -> list[Item] | None:  # fmt: skip
    for target in sorted(targets - {index}):
        for place in (cell, None):
            hosts = left[target, place]
            if hosts <= 0 or _targets(target, world) is not None:
                continue
            bundles = min(hosts, count)
            left[target, place] -= bundles
            small, more = divmod(count, bundles)
            sizes = [(small + 1, more), (small, bundles - more)]
            return [
                Item(((index, size), (target, 1)), units, cell)
                for size, units in sizes
                if units and size
            ]
    if index not in targets:
        return None
    parts = [(index, count)]
    for other in sorted(targets - {index}):
        if left[other, cell] > 0 and _targets(other, world) == targets:
            parts.append((other, left[other, cell]))
            left[other, cell] = 0
    return [Item(tuple(sorted(parts)), 1, cell)]
