"""EC2's query protocol as a server sees it: requests, answers, errors.

Law: knows the wire, nothing of instances.
"""

import io
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode
from xml.sax.saxutils import escape

from werkzeug.test import run_wsgi_app

Application = Callable[..., Any]
_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"


@dataclass(frozen=True)
class HttpAnswer:
    """An HTTP answer."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class AwsRequest:
    """An HTTP request to AWS, whose body has been read."""

    environ: dict[str, Any]
    body: bytes

    @classmethod
    def read(cls, environ: dict[str, Any]) -> "AwsRequest":
        """Read a request from a WSGI server."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        return cls(environ, environ["wsgi.input"].read(length))

    @property
    def target(self) -> str:
        """The operation of a JSON protocol, as in AmazonSSM.GetParameter; empty in a query."""
        return str(self.environ.get("HTTP_X_AMZ_TARGET", ""))

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of a query; empty if the request is none."""
        if "x-www-form-urlencoded" not in self.environ.get("CONTENT_TYPE", ""):
            return {}
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def send(
        self, application: Application, parameters: dict[str, str] | None = None
    ) -> HttpAnswer:
        """Pass the request on to an application, or with other parameters."""
        body = self.body if parameters is None else urlencode(parameters).encode()
        changed = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        content, status, headers = run_wsgi_app(application, self.environ | changed, buffered=True)
        return HttpAnswer(status, list(headers), b"".join(content))


def values(parameters: dict[str, str], name: str) -> list[str]:
    """Return the values of a list, as in InstanceType.1, InstanceType.2."""
    return [value for key, value in parameters.items() if re.fullmatch(rf"{name}\.\d+", key)]


def filters(parameters: dict[str, str]) -> dict[str, list[str]]:
    """Return the filters of a request: the values that each allows."""
    return {
        name: values(parameters, key.removesuffix("Name") + "Value")
        for key, name in parameters.items()
        if re.fullmatch(r"Filter\.\d+\.Name", key)
    }


def answer(action: str, content: str) -> HttpAnswer:
    """Return the answer to an action that succeeded."""
    text = (
        f'<{action}Response xmlns="{_NAMESPACE}"><requestId>{uuid.uuid4()}</requestId>'
        f"{content}</{action}Response>"
    )
    return HttpAnswer("200 OK", [("Content-Type", "text/xml")], text.encode())


def error(status: str, code: str, message: str) -> HttpAnswer:
    """Return the answer to an action that failed."""
    text = (
        f"<Response><Errors><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        f"</Errors><RequestID>{uuid.uuid4()}</RequestID></Response>"
    )
    return HttpAnswer(status, [("Content-Type", "text/xml")], text.encode())


def element(name: str, content: object) -> str:
    """Return an element with a text; nothing if the text is empty."""
    text = escape(str(content))
    return f"<{name}>{text}</{name}>" if text else ""
