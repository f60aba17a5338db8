"""What nodes and pods really use, asked of metrics-server again and again.

Source: kubernetes-sigs/metrics-server, metrics.k8s.io/v1beta1 NodeMetrics and PodMetrics. A cluster
without it, or a user who may not ask it, has no usage, which is no error.
"""

import threading
from collections.abc import Iterable

import msgspec

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.fields import rounded_amounts
from kubestow.adapters.kubernetes.wire import Quantities, Wire
from kubestow.adapters.kubernetes_api.api_server import ApiServer, ForbiddenError, NotServedError
from kubestow.adapters.shapes import decoder
from kubestow.model.input_error import InputError
from kubestow.model.observed import Usage
from kubestow.model.resources import Amounts, amounts

_PATH = "/apis/metrics.k8s.io/v1beta1/"
_EVERY_SECONDS = 30.0  # metrics-server measures every 15 s by default
_ABSENT_SECONDS = 300.0  # until one that was not there is asked for again


class _Name(Wire):
    name: str = ""
    namespace: str = ""


class _Container(Wire):
    usage: Quantities | None = None


class _Item(Wire):
    metadata: _Name
    usage: Quantities | None = None
    containers: list[_Container] | None = None


class _Page(Wire):
    items: list[_Item] | None = None


_PAGES = decoder(_Page)


class UsagePoller:
    """Keeps the usage of a cluster from ``start`` to ``stop``, in a thread."""

    def __init__(self, server: ApiServer, stopped: threading.Event) -> None:
        self._server, self._stopped = server, stopped
        self._usage: Usage | None = None

    @property
    def usage(self) -> Usage | None:
        """What is used; None where it is not known."""
        return self._usage

    def run(self) -> None:
        """Ask until stopped."""
        while not self._stopped.is_set():
            self._usage = asked(self._server)
            pause = _EVERY_SECONDS if self._usage is not None else _ABSENT_SECONDS
            self._stopped.wait(pause)


def asked(server: ApiServer) -> Usage | None:
    """Return what nodes and pods use now; None where nobody tells."""
    try:
        nodes = server.listed(f"{_PATH}nodes").pages
        pods = server.listed(f"{_PATH}pods").pages
        return Usage(_used(nodes), _used(pods))
    except (ForbiddenError, NotServedError, InputError, FieldError, msgspec.MsgspecError):
        return None
    except RuntimeError:  # the client was closed meanwhile
        return None


def _used(pages: Iterable[bytes]) -> dict[str, Amounts]:
    found: dict[str, Amounts] = {}
    for page in pages:
        for item in _PAGES.decode(page).items or ():
            name, namespace = item.metadata.name, item.metadata.namespace
            found[f"{namespace}/{name}" if namespace else name] = _amounts(item)
    return found


def _amounts(item: _Item) -> Amounts:
    if item.containers is None:
        return rounded_amounts(item.usage, "usage")
    total: dict[str, int] = {}
    for container in item.containers:
        for name, amount in rounded_amounts(container.usage, "usage"):
            total[name] = total.get(name, 0) + amount
    return amounts(total)
