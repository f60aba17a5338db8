"""Self-managed nodes: the capacity of managed node groups, and the work that is left to the user.

The nodes are those that Cluster Autoscaler grows managed groups to; what differs is who does what.
"""

from dataclasses import replace

from kubestow.model.option import ComputeOption, Operation, OptionDescription

SELF_MANAGED = OptionDescription(
    "self-managed",
    "Self-managed nodes with Cluster Autoscaler",
    Operation(
        "you: AMIs, bootstrap, updates, draining by a node termination handler",
        "a minute or two: your Auto Scaling group launches a node that joins by your user data",
        "until you replace it",
    ),
    ("the same nodes as managed node groups; access entries, health and updates are yours",),
)


def option(managed: ComputeOption) -> ComputeOption:
    """Return the option that uses the capacity of managed node groups without their management."""
    description = SELF_MANAGED.noting(*managed.description.notes)
    return replace(managed, description=description, plans=())
