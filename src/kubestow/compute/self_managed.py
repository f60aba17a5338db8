"""Self-managed nodes: the nodes of the managed node groups, but managed by the user."""

from dataclasses import replace

from kubestow.model.option import ComputeOption, Operation, OptionDescription

SELF_MANAGED = OptionDescription(
    "self-managed",
    "Self-managed nodes with Cluster Autoscaler",
    Operation(
        "you: AMIs, bootstrap, updates, and draining with a node termination handler",
        "a minute or two: your Auto Scaling group launches a node that joins via your user data",
        "until you replace it",
    ),
    ("the same nodes as managed node groups; you manage access entries, node health and updates",),
)


def option(managed: ComputeOption) -> ComputeOption:
    """Return the option with the nodes of managed node groups, without their management."""
    description = SELF_MANAGED.noting(*managed.description.notes)
    return replace(managed, description=description, plans=())
