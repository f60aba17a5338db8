"""A fence around AWS: what changes something is sent only while it may be, each attempt anew.

botocore sends a request several times, with pauses in between: a Lease that was held at the
first attempt may be lost at the second. Source: botocore endpoint.py (before-send is emitted for
each attempt, and what a handler raises is not tried again).
"""

from collections.abc import Callable
from typing import Any

from kubestow.model.input_error import InputError

_READING = ("Describe", "Get", "List")
"""How the names of operations begin that change nothing."""


class HeldBackError(InputError):
    """Nothing may be changed now: no request was sent."""


def check(may_act: Callable[[], bool]) -> None:
    """Raise HeldBackError where nothing may be changed now."""
    if not may_act():
        raise HeldBackError("actions are held back", hint="the holder of the Lease goes on")


def fence(client: Any, may_act: Callable[[], bool]) -> Any:
    """Let a boto3 client ask before each attempt to change something; return the client.

    Its methods raise HeldBackError where that may not be.
    """

    def before(event_name: str, **_: Any) -> None:
        if not event_name.rpartition(".")[2].startswith(_READING):
            check(may_act)

    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"before-send.{service}", before)
    return client
