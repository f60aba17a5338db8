"""The options that every command that plans has."""

from dataclasses import dataclass

from cyclopts import Parameter

from kubestow.cli.catalog_options import Flag, MoneyOptions, NodeOptions, settings_of
from kubestow.model.input_error import InputError
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
        The VPC CNI assigns address prefixes to interfaces.
    custom_networking
        The VPC CNI reserves the first network interface for the node.
    """

    seed: int = 0
    prefix_delegation: Flag = False
    custom_networking: Flag = False

    def settings(self, money: MoneyOptions) -> Settings:
        """Return how nodes and prices are counted; raise InputError for values out of range."""
        if self.seed < 0:
            raise InputError(f"--seed {self.seed} is negative", hint="use 0 or more")
        node = NodeOptions(
            prefix_delegation=self.prefix_delegation, custom_networking=self.custom_networking
        )
        return settings_of(node, money)
