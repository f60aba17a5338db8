"""Self-managed nodes: the capacity of managed node groups, and the work that is left to the user.

Law: the same nodes as Cluster Autoscaler grows managed groups to; what differs is who does what.
"""

from dataclasses import replace

from kubestow.model.option import ComputeOption, Operation

ID = "self-managed"
_OPERATION = Operation(
    "you: AMIs, bootstrap, updates, draining by a node termination handler",
    "a minute or two: your Auto Scaling group launches a node that joins by your user data",
    "until you replace it",
)


def option(managed: ComputeOption) -> ComputeOption:
    """Return the option that uses the capacity of managed node groups without their management."""
    return replace(
        managed,
        id=ID,
        title="Self-managed nodes with Cluster Autoscaler",
        operation=_OPERATION,
        judged=(),
        notes=(
            "the same nodes as managed node groups; access entries, health and updates are yours",
            *managed.notes,
        ),
    )
