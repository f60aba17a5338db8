"""What is planned: the cluster, the catalog, and the nodes that are paid for in any case."""

from kubestow.model.input_error import InputError
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.wishes.desired_nodes import DesiredNodesError, with_desired_nodes
from kubestow.provisioning.wishes.reservations import ReservationError, with_reservations


def with_paid_nodes(snapshot: Snapshot) -> Snapshot:
    """Add the nodes that reservations pay for and that node groups are to run in any case.

    Raise InputError where the catalog or a NodePool cannot have them.
    """
    file = snapshot.catalog.costs.file if snapshot.catalog.costs is not None else ""
    _check_not_paid_twice(snapshot, file)
    try:
        return with_desired_nodes(with_reservations(snapshot))
    except ReservationError as problem:
        where = f"{file}: Costs: {problem.field}"
        raise InputError(f"{where}: {problem.message}", hint=problem.hint) from problem
    except DesiredNodesError as problem:
        where = f"{problem.pool.source}: {problem.pool.name}: its desired nodes"
        raise InputError(f"{where}: {problem.message}", hint=problem.hint) from problem


def _check_not_paid_twice(snapshot: Snapshot, file: str) -> None:
    """Raise InputError where a reservation and a desired size may pay for the same node."""
    desired = [pool.name for pool in snapshot.cluster.nodepools if pool.desired]
    costs = snapshot.catalog.costs
    if desired and costs is not None and costs.reservations:
        raise InputError(
            f"{file}: Costs: reservations: {desired[0]} has a desired size, and kubestow cannot "
            "tell which of its nodes a reservation pays for",
            hint="omit the reservations, or plan without the desired size: --from-scratch",
        )
