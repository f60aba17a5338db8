"""A connection to the API server of a context of the kubeconfig; it is asked for nothing yet."""

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubestow.adapters.kubernetes_api.kubeconfig import configuration
from kubestow.model.input_error import InputError

if TYPE_CHECKING:
    import httpx2

TIMEOUT_SECONDS = 30.0
_MESSAGE_MOST = 200


@dataclass(frozen=True, slots=True)
class Connection:
    """``name`` is what people call the server, ``server_name`` what its certificate is for.

    The latter is empty where that is its address.
    """

    client: "httpx2.Client"
    name: str
    server_name: str = ""

    @property
    def extensions(self) -> dict[str, str]:
        """What each request needs to trust the certificate."""
        return {"sni_hostname": self.server_name} if self.server_name else {}


def connected(context: str | None, kubeconfig: str | None) -> Connection:
    """Return a connection; raise InputError where its credentials cannot be used."""
    import httpx2
    from lightkube.config.client_adapter import ConnectionParams, ExecAuth
    from lightkube.config.models import User

    from kubestow.adapters.kubernetes_api.one_token import OneToken

    reach = configuration(kubeconfig, context)
    chosen = reach.config
    if chosen.user is None:
        chosen = chosen._replace(user=User())
    try:
        timeout = httpx2.Timeout(TIMEOUT_SECONDS)
        settings = ConnectionParams(timeout=timeout).httpx_params(chosen)
        if isinstance(settings["verify"], ssl.SSLContext):
            # Authorities of older clusters lack what Python 3.13 asks of them (RFC 5280).
            settings["verify"].verify_flags &= ~ssl.VERIFY_X509_STRICT
        if isinstance(settings["auth"], ExecAuth):
            settings["auth"] = OneToken(settings["auth"])
        if reach.proxy:
            settings["proxy"] = reach.proxy
        client = httpx2.Client(**settings)
    except Exception as problem:  # what is wrong with a certificate has many names
        raise InputError(
            f"context {chosen.context_name}: its certificates or credentials cannot be used: "
            f"{shortened(str(problem))}",
            hint=f"'kubectl --context {chosen.context_name} get nodes' shows whether they work",
        ) from problem
    return Connection(client, chosen.context_name, reach.server_name)


def shortened(text: str) -> str:
    """Return a message as one line that is not too long."""
    line = " ".join(text.split())
    return line if len(line) <= _MESSAGE_MOST else line[: _MESSAGE_MOST - 1] + "…"
