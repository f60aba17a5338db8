"""What EC2 tells of a cluster's nodes, asked again and again beside the API server."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from kubestow.adapters.aws.instances import current_spot_prices, running_instances
from kubestow.catalog.current_spot import with_current_spot
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import Catalog
from kubestow.model.observed import RunningInstance
from kubestow.model.spot_prices import Place

_INSTANCES_SECONDS = 60.0
_PRICES_SECONDS = 1_800.0  # spot prices move slowly


@dataclass(frozen=True, slots=True)
class CloudState:
    """What EC2 told last; ``number`` grows with each change, ``trouble`` is why it is old."""

    number: int = 0
    instances: Mapping[str, RunningInstance] = field(default_factory=dict)
    spot: Mapping[Place, int] = field(default_factory=dict)
    prices_at: int = 0
    trouble: str = ""

    def priced(self, catalog: Catalog) -> Catalog:
        """Return the catalog with the spot prices of now."""
        if not self.spot:
            return catalog
        day = datetime.fromtimestamp(self.prices_at, UTC).strftime("%Y-%m-%d %H:%M")
        return with_current_spot(catalog, self.spot, f"DescribeSpotPriceHistory {day} UTC")


class InstanceSource(Protocol):
    """Who tells of instances."""

    def state(self, ids: Iterable[str]) -> CloudState:
        """Return what is known, and let these instances be asked for."""


class NoInstances:
    """Nobody asks EC2."""

    def state(self, ids: Iterable[str]) -> CloudState:
        """Return that nothing is known."""
        return CloudState()


class Ec2Cloud:
    """Asks EC2 in a thread from ``start`` to ``stop``; what it does not answer stays as it was."""

    def __init__(
        self, ec2: Any, region: str, now: Callable[[], int], ids: Iterable[str] = ()
    ) -> None:
        """``ids`` are the instances that are asked for first."""
        self._ec2, self._region, self._now = ec2, region, now
        self._stopped, self._wanted = threading.Event(), threading.Event()
        self._ids = frozenset(ids)
        self._state = CloudState()
        self._prices_due = self._instances_due = 0.0
        self._thread = threading.Thread(target=self._run, name="ec2", daemon=True)

    def start(self) -> None:
        """Ask for the first time, then go on; raise InputError where EC2 cannot be asked at all."""
        self._ask()
        if self._state.trouble:
            raise InputError(self._state.trouble, hint="omit --ec2 to take labels and list prices")
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._stopped.set()
        self._wanted.set()

    def state(self, ids: Iterable[str]) -> CloudState:
        """Return what EC2 told last; instances that it has not told of are asked for soon."""
        wanted = frozenset(ids)
        if wanted != self._ids:
            self._ids = wanted
            if not wanted <= set(self._state.instances):
                self._instances_due = 0.0
                self._wanted.set()
        return self._state

    def _run(self) -> None:
        while not self._stopped.is_set():
            due = min(self._prices_due, self._instances_due) - time.monotonic()
            self._wanted.wait(max(1.0, due))
            self._wanted.clear()
            if not self._stopped.is_set():
                self._ask()

    def _ask(self) -> None:
        """Ask for what is due."""
        before, moment = self._state, time.monotonic()
        instances, spot, at, trouble = before.instances, before.spot, before.prices_at, ""
        try:
            if moment >= self._instances_due:
                self._instances_due = moment + _INSTANCES_SECONDS
                instances = running_instances(self._ec2, self._region, self._ids)
            if moment >= self._prices_due:
                self._prices_due = moment + _INSTANCES_SECONDS  # soon again, if it fails
                spot, at = current_spot_prices(self._ec2, self._region), self._now()
                self._prices_due = moment + _PRICES_SECONDS
        except InputError as problem:
            trouble = problem.message
        said = (instances, spot, trouble)
        if said != (before.instances, before.spot, before.trouble):
            self._state = CloudState(before.number + 1, instances, spot, at, trouble)
