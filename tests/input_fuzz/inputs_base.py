"""What an input is: a command line with its files, environment and streams."""

from collections.abc import Callable
from dataclasses import dataclass, field

from .samples import REGION

AT = ["--region", REGION]


@dataclass(slots=True)
class Input:
    """A command line, its environment and streams; ``call`` is run instead where it is given.

    ``is_process``: run as a program of its own, for what a fork cannot have, such as a closed
    stdout. ``encoding`` is that of the console.
    """

    kind: str
    tokens: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    stdin: bytes | None = None
    call: Callable[[], object] | None = None
    is_process: bool = False
    closed: tuple[int, ...] = ()
    output: str = ""
    encoding: str = "utf-8"
