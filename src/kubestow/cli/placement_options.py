"""Who places the pods of a plan, and whether kube-scheduler's way to do it is rehearsed."""

from dataclasses import dataclass, replace
from typing import Annotated

from cyclopts import Parameter

from kubestow.cli.catalog_options import choice
from kubestow.model.input_error import InputError
from kubestow.model.placements import KUBE_SCHEDULER, KUBESTOW, Placer


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class PlacementOptions:
    """Who places the pods.

    Parameters
    ----------
    rehearsal
        Play fleets through the scheduling cycle of kube-scheduler, and change kubestow's until no
        pod stays Pending. Without it only the cost of landed pods is known.
    placed_by
        Show the fleet for pods that kube-scheduler places alone (kube-scheduler, the default), or
        the cheaper one for pods that kubestow lands on their planned nodes (kubestow). Landing
        needs 'kubestow land', or kubestow in the cluster; without it some pods of that fleet may
        stay Pending. The cost of the other fleet is shown beside.
    """

    rehearsal: bool = True
    placed_by: Annotated[Placer | None, Parameter(converter=choice)] = None

    def check(self) -> None:
        """Raise InputError for a fleet for kube-scheduler alone without a rehearsal."""
        if not self.rehearsal and self.placed_by == KUBE_SCHEDULER:
            raise InputError(
                f"--no-rehearsal: what {KUBE_SCHEDULER} alone needs is known only by a rehearsal",
                hint=f"omit --no-rehearsal, or use --placed-by {KUBESTOW}",
            )

    def held(self) -> "PlacementOptions":
        """Return the options of a plan whose nodes are held: kubestow lands their pods."""
        if self.placed_by == KUBE_SCHEDULER:
            raise InputError(
                f"--held: nodes that are held are for landed pods, not for {KUBE_SCHEDULER} alone",
                hint=f"omit --placed-by {KUBE_SCHEDULER}, or omit --held",
            )
        return replace(self, placed_by=KUBESTOW)

    @property
    def placer(self) -> Placer:
        """Who places the pods of the plan that is shown."""
        return self.placed_by or KUBE_SCHEDULER
