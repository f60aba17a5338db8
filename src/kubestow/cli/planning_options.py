"""The options that every command that plans has."""

from dataclasses import dataclass

from cyclopts import Parameter

from kubestow.cli.catalog_options import MoneyOptions, NodeOptions, settings_of
from kubestow.model.input_error import InputError
from kubestow.model.nodepool import WantedNetworking
from kubestow.views.settings import Settings


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class PlanningOptions:
    """How the plan is made.

    Parameters
    ----------
    seed
        Varies the search; the same seed gives the same answer.
    prefix_delegation
        The VPC CNI assigns address prefixes to interfaces. The default is what the input's
        DaemonSet aws-node does, where maxPods of a node follows.
    custom_networking
        The VPC CNI reserves the first network interface for the node. The default is what the
        input's aws-node or a ClusterConfig does.
    """

    seed: int = 0
    prefix_delegation: bool | None = None
    custom_networking: bool | None = None

    @property
    def networking(self) -> WantedNetworking:
        """What is said of how pods get addresses."""
        return WantedNetworking(self.prefix_delegation, self.custom_networking)

    def settings(self, money: MoneyOptions) -> Settings:
        """Return how nodes and prices are counted; raise InputError for values out of range."""
        if self.seed < 0:
            raise InputError(f"--seed {self.seed} is negative", hint="use 0 or more")
        return settings_of(NodeOptions(), money)
