"""Required affinity over the hostname: pods that must share a node become one unit.

Law: a bundle is placed whole. A pod whose targets already run somewhere (bound pods, DaemonSets)
joins them there; otherwise it is bundled with a pending pod it aims at, or, if it matches its own
terms and nothing else does, with all pods that need each other (the scheduler's first-pod rule).
"""

from collections import Counter
from collections.abc import Sequence

from kubestow.model.labels import HOSTNAME
from kubestow.provisioning.problem import Item
from kubestow.provisioning.world import World
from kubestow.scheduling.filters.inter_pod_affinity import affinity_targets

Share = tuple[int, int | None, int]
"""class, cell, count."""
Left = Counter[tuple[int, int | None]]


def items_of(shares: Sequence[Share], world: World) -> tuple[list[Item], list[tuple[int, int]]]:
    """Turn shares into items; return also the (class, count) whose affinity nothing satisfies."""
    left: Left = Counter({(index, cell): count for index, cell, count in shares})
    targets = {index: _targets(index, world) for index, _, _ in shares}
    needy = {index: found for index, found in targets.items() if found is not None}
    dealt = {index for index, cell, _ in shares if cell is not None}
    there = {index for content in world.content for index, _ in content}
    items: list[Item] = []
    refused: list[tuple[int, int]] = []
    grouped: set[int] = set()
    for index, cell, _ in shares:
        count = left[index, cell]
        if index not in needy or not count:
            continue
        left[index, cell] = 0
        if needy[index] & there:
            items.append(Item(((index, 1),), count, cell, frozenset(needy[index])))
            continue
        hosted = _with_hosts(index, cell, count, needy, left)
        if hosted:
            items += hosted
        elif index in needy[index] and not needy[index] & grouped:
            group = _group(index, cell, count, needy, left)
            members = {member for member, _ in group}
            if needy[index] & (set(needy) | dealt) - members:
                refused += group  # its first pod would not be the first: a target is elsewhere
                continue
            grouped |= members
            items.append(Item(tuple(sorted(group)), 1, cell))
        else:
            refused.append((index, count))
    items += [
        Item(((index, 1),), left[index, cell], cell)
        for index, cell, _ in shares
        if left[index, cell] > 0
    ]
    return items, refused


def _targets(index: int, world: World) -> set[int] | None:
    """Return the classes a pod must share its node with one of; None if it need not."""
    template = world.classes[index].template
    if not any(term.topology_key == HOSTNAME for term in template.affinity):
        return None
    return affinity_targets(template, world.classes[index].key.namespace, world.selection)


def _with_hosts(
    index: int, cell: int | None, count: int, needy: dict[int, set[int]], left: Left
) -> list[Item]:
    """Spread the pods over pending pods they aim at, as evenly as goes; empty if there are none."""
    for target in sorted(needy[index] - set(needy)):
        hosts = left[target, cell]
        if hosts <= 0:
            continue
        bundles = min(hosts, count)
        left[target, cell] -= bundles
        small, more = divmod(count, bundles)
        return [
            Item(tuple(sorted(((index, size), (target, 1)))), units, cell)
            for size, units in ((small + 1, more), (small, bundles - more))
            if units
        ]
    return []


def _group(
    index: int, cell: int | None, count: int, needy: dict[int, set[int]], left: Left
) -> list[tuple[int, int]]:
    """Return all pods that must be on the first pod's node, with how many of each."""
    group = [(index, count)]
    members = {index}
    grown = True
    while grown:
        grown = False
        for other in sorted(needy):
            if other not in members and left[other, cell] > 0 and needy[other] & members:
                group.append((other, left[other, cell]))
                left[other, cell] = 0
                members.add(other)
                grown = True
    return group
