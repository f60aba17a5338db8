"""A shape: the fields of somebody's published file with values of our own, and what comes of it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shape:
    """A file as facts.

    ``like`` is the published file whose fields it has, ``of`` what it is about. ``pools`` are
    planned with; ``left_out`` are not, each with a part of the reason; ``said`` are parts of the
    notes on what is not modelled; ``error`` is a part of the one error where nothing can be read.
    ``problems`` are parts of the errors of single objects of a file that is read otherwise;
    ``unchecked`` is a part of the error with which a ClusterConfig is not checked,
    ``errors`` are those that a check rightly finds in it. ``unschedulable`` pods rightly
    cannot run.
    """

    like: str
    of: str
    text: str
    pools: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    error: str = ""
    problems: tuple[str, ...] = ()
    unchecked: str = ""
    errors: tuple[str, ...] = ()
    unschedulable: int = 0

    @property
    def name(self) -> str:
        """The name of a test."""
        return self.like.rpartition("/")[2].removesuffix(".yaml")
