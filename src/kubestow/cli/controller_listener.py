"""Where a controller answers probes and Prometheus, if it is to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubestow.cli.controller_log import tell
from kubestow.model.input_error import InputError

if TYPE_CHECKING:
    from kubestow.controller.election import Elected
    from kubestow.controller.pulse import Pulse
    from kubestow.live.observers import ClusterObserver
    from kubestow.web.controller_metrics import Standing

_PORT_MOST = 65_535
_SHOWN_MOST = 80  # characters of what is no address
Address = tuple[str, int]


def listening_address(text: str | None) -> Address | None:
    """Return the host and the port of --listen; raise InputError for what is no address."""
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    is_number = port.isascii() and port.isdecimal() and len(port) <= len(str(_PORT_MOST))
    if not host or not is_number or int(port) > _PORT_MOST:
        shown = text if len(text) <= _SHOWN_MOST else f"{text[:_SHOWN_MOST]}..."
        raise InputError(
            f"--listen {shown} is not an address with a port",
            hint="for example 127.0.0.1:9465, or 0.0.0.0:9465 in a pod",
        )
    return host, int(port)


def standing(pulse: "Pulse", election: "Elected", observer: "ClusterObserver") -> "Standing":
    """Return how a controller stands now."""
    from kubestow.web.controller_metrics import Standing

    lag, _ = observer.lag()
    return Standing(election.holds, election.is_halted, pulse.age_seconds, lag)


@dataclass(slots=True)
class Answers:
    """What is answered: there are no metrics until the cluster is watched."""

    pulse: "Pulse"
    metrics: Callable[[], bytes] = bytes

    def text(self) -> bytes:
        """Return the metrics that there are by now."""
        return self.metrics()


@contextmanager
def served(address: Address | None, answers: Answers) -> Iterator[None]:
    """Answer probes and Prometheus for the length of a block, if there is an address."""
    if address is None:
        yield
        return
    from kubestow.web.controller_app import controller_application
    from kubestow.web.server import listen, serving

    pulse = answers.pulse
    app = controller_application(pulse.not_alive, pulse.not_ready, answers.text)
    made = listen(*address, option="--listen")
    host, port = made.getsockname()[:2]
    tell(f"probes and metrics are at http://{f'[{host}]' if ':' in host else host}:{port}")
    with serving(app, made):
        yield
