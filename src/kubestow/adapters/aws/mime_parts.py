"""User data as a MIME multi-part document, read and written.

cloud-init and nodeadm read parts in their order, each by its Content-Type. Sources: cloud-init
documentation, "MIME multi-part archive"; RFC 2046, section 5.1; karpenter-provider-aws
pkg/providers/amifamily/bootstrap/mime.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from email.policy import compat32
from typing import Any

from kubestow.model.input_error import InputError

SHELL_SCRIPT = 'text/x-shellscript; charset="us-ascii"'
NODE_CONFIG = "application/node.eks.aws"
_STARTS = ("MIME-Version:", "Content-Type:")
_HINT = (
    "give a MIME multi-part document with a boundary, or a shell script without MIME headers; see "
    "'Launch templates' in the EKS user guide"
)
_VERBATIM: Any = compat32.clone(mangle_from_=False, max_line_length=None)
_BOUNDARY = "//"


@dataclass(frozen=True, slots=True)
class UserDataPart:
    """A part of user data: its headers, the Content-Type among them, and its content."""

    headers: tuple[tuple[str, str], ...]
    content: str

    @classmethod
    def of(cls, content_type: str, content: str) -> "UserDataPart":
        """Return a part of a type."""
        return cls((("Content-Type", content_type),), content)


def is_mime(text: str) -> bool:
    """Return whether user data is a MIME document rather than a script or a configuration."""
    return text.lstrip().startswith(_STARTS)


def parts_of(text: str, where: str) -> list[UserDataPart]:
    """Return the parts of a MIME multi-part document; ``where`` names it in errors.

    Raises InputError for one that is not multi-part, or that never begins or ends its parts.
    """
    message = message_from_string(text.lstrip().replace("\r\n", "\n"))
    if not message.is_multipart() or message.defects:
        problem = "; ".join(type(defect).__name__ for defect in message.defects)
        raise InputError(
            f"{where} is not a complete MIME multi-part document"
            + (f" ({problem})" if problem else ""),
            hint=_HINT,
        )
    return [_part(item) for item in message.get_payload() if isinstance(item, Message)]


def _part(item: "Message[str, str]") -> UserDataPart:
    headers = tuple((name, str(value)) for name, value in item.items())
    if not item.is_multipart():
        return UserDataPart(headers, str(item.get_payload()))
    whole = item.as_string(policy=_VERBATIM)
    return UserDataPart(headers, whole.partition("\n\n")[2])


def mime_document(parts: Sequence[UserDataPart]) -> str:
    """Return parts as a MIME multi-part document, the same for the same parts."""
    boundary = _boundary(parts)
    lines = ["MIME-Version: 1.0", f'Content-Type: multipart/mixed; boundary="{boundary}"', ""]
    for part in parts:
        lines.append(f"--{boundary}")
        lines += [f"{name}: {value}" for name, value in part.headers]
        lines += ["", part.content]
    return "\n".join([*lines, f"--{boundary}--", ""])


def _boundary(parts: Sequence[UserDataPart]) -> str:
    """Return the first boundary that begins no line of any part."""
    number = 0
    while True:
        boundary = f"{_BOUNDARY}{number or ''}"
        if not any(f"\n--{boundary}" in f"\n{part.content}" for part in parts):
            return boundary
        number += 1
