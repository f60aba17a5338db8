"""Since when instances of node groups have had no Node: they count as launched then.

One of a warm pool was launched long before it comes, and pods run on one whose Node somebody has
deleted: neither is given up at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from kubestow.adapters.aws.fleets import OwnInstance
from kubestow.live.claims import SeenNode


@dataclass(slots=True)
class Nodeless:
    """Remembers since when each has been missing its Node."""

    _since: dict[str, int] = field(default_factory=dict)

    def of(
        self, instances: Sequence[OwnInstance], nodes: Mapping[str, SeenNode], at: int
    ) -> tuple[OwnInstance, ...]:
        """Return instances; ``nodes`` are the Nodes by their instances' ids."""
        without = {i.instance_id for i in instances if i.is_grouped and i.instance_id not in nodes}
        since = self._since = {key: self._since.get(key, at) for key in without}
        return tuple(
            replace(item, launched_at=max(item.launched_at, since[item.instance_id]))
            if item.instance_id in without
            else item
            for item in instances
        )
