"""Formats of names, keys and values, and the rules that fields are held against.

A ValueRule is a test of a value, what is wrong where it fails, and a hint. Sources: apimachinery
pkg/util/validation/validation.go and pkg/api/validation (1.34).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from kubestow.adapters.field_error import FieldError
from kubestow.model.quantity import NANO_PER_UNIT, QuantityError, parse_quantity
from kubestow.model.suggestion import did_you_mean

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", re.ASCII)
_LABEL_1035 = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?", re.ASCII)
_QUALIFIED = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]", re.ASCII)
_PORT_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.ASCII)
_CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]+", re.ASCII)
_SEARCH = re.compile(
    r"_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*", re.ASCII
)
_SYSCTL = re.compile(
    r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?", re.ASCII
)
_HEADER = re.compile(r"[-A-Za-z0-9]+", re.ASCII)
_ENVIRONMENT = re.compile(r"[ -<>-~]+", re.ASCII)
_PERCENT = re.compile(r"\d{1,3}%", re.ASCII)
_LABEL_MAX, _SUBDOMAIN_MAX, _PORT_NAME_MAX, PORT_MAX = 63, 253, 15, 65535


@dataclass(frozen=True, slots=True)
class ValueRule:
    """A test of one value; ``message`` says what is wrong where it fails."""

    test: Callable[[Any], bool]
    message: str
    hint: str
    choices: tuple[str, ...] = ()

    def error(self, value: Any, path: str) -> FieldError | None:
        """Return the error of a value that fails, or None."""
        if self.test(value):
            return None
        if self.choices:
            hint = did_you_mean(str(value), self.choices) or self.hint
            return FieldError(path, f"unknown value {value!r}", hint)
        return FieldError(path, self.message, self.hint)


def is_dns_label(text: str) -> bool:
    """Return whether a text is an RFC 1123 label."""
    return len(text) <= _LABEL_MAX and bool(_LABEL.fullmatch(text))


def is_dns_subdomain(text: str) -> bool:
    """Return whether a text is an RFC 1123 subdomain."""
    return len(text) <= _SUBDOMAIN_MAX and all(_LABEL.fullmatch(part) for part in text.split("."))


def is_dns_1035_label(text: str) -> bool:
    """Return whether a text is an RFC 1035 label."""
    return len(text) <= _LABEL_MAX and bool(_LABEL_1035.fullmatch(text))


def is_qualified_name(text: str) -> bool:
    """Return whether a text is a label key: a name, after an optional domain and a slash."""
    prefix, slash, name = text.rpartition("/")
    if slash and not (prefix and is_dns_subdomain(prefix)):
        return False
    return len(name) <= _LABEL_MAX and bool(_QUALIFIED.fullmatch(name))


def is_label_value(text: str) -> bool:
    """Return whether a text is a label's value."""
    return not text or (len(text) <= _LABEL_MAX and bool(_QUALIFIED.fullmatch(text)))


def is_port_name(text: str) -> bool:
    """Return whether a text is a port's name (an IANA service name)."""
    return (
        len(text) <= _PORT_NAME_MAX
        and bool(_PORT_NAME.fullmatch(text))
        and "--" not in text
        and any(letter.isalpha() for letter in text)
    )


def is_port(number: Any) -> bool:
    """Return whether a number is a port."""
    return bool(1 <= number <= PORT_MAX)


def is_port_or_name(value: Any) -> bool:
    """Return whether a value is a port's number or name."""
    return is_port_name(value) if isinstance(value, str) else is_port(value)


def is_environment_name(text: str) -> bool:
    """Return whether a text may name an environment variable (1.34: any ASCII but =)."""
    return bool(_ENVIRONMENT.fullmatch(text))


def is_count_or_percent(value: Any) -> bool:
    """Return whether a value is a number of zero or more, or a percentage."""
    return bool(_PERCENT.fullmatch(value) if isinstance(value, str) else value >= 0)


def is_ip(text: str) -> bool:
    """Return whether a text is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_cidr(text: str) -> bool:
    """Return whether a text is an IP network."""
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


def nano(quantity: Any) -> int:
    """Return a quantity in nano-units; one that cannot be read is zero and reported elsewhere."""
    try:
        return parse_quantity(quantity.strip() if isinstance(quantity, str) else repr(quantity))
    except QuantityError:
        return 0


def is_whole(quantity: Any) -> bool:
    """Return whether a quantity is a whole number."""
    return nano(quantity) % NANO_PER_UNIT == 0


def one_of(*choices: str) -> ValueRule:
    """Return the rule for one of a few words; an empty text is the default."""
    known = frozenset(choices)
    hint = f"expected one of {', '.join(choices)}"
    return ValueRule(lambda v: v == "" or v in known, "", hint, choices)


def set_to_one_of(*choices: str) -> ValueRule:
    """Return the rule for one of a few words, where an empty text is not the default."""
    known = frozenset(choices)
    return ValueRule(lambda v: v in known, "", f"expected one of {', '.join(choices)}", choices)


def at_least(least: int) -> ValueRule:
    """Return the rule for a number of at least so many."""
    return ValueRule(lambda v: v >= least, f"must be at least {least}", f"use {least} or more")


def between(least: int, most: int) -> ValueRule:
    """Return the rule for a number between two others, both included."""
    return ValueRule(
        lambda v: least <= v <= most, f"must be from {least} to {most}", f"use {least} to {most}"
    )


def at_most(characters: int) -> ValueRule:
    """Return the rule for a text's length."""
    return ValueRule(
        lambda v: len(v.encode()) <= characters,
        f"has more than {characters} characters", "use a shorter one",
    )  # fmt: skip


_LETTERS = "use lower-case letters, digits and '-', beginning and ending with a letter or digit"
LABEL = ValueRule(is_dns_label, "is not a valid name (RFC 1123 label)", f"{_LETTERS}; at most 63")
SUBDOMAIN = ValueRule(
    is_dns_subdomain, "is not a valid name (RFC 1123 subdomain)",
    f"{_LETTERS}, in parts separated by '.'; at most 253",
)  # fmt: skip
DRIVER = ValueRule(
    lambda v: is_dns_subdomain(v.lower()) and len(v) <= _LABEL_MAX,
    "is not a valid name of a CSI driver", "use the driver's domain, such as ebs.csi.aws.com",
)  # fmt: skip
LABEL_1035 = ValueRule(
    is_dns_1035_label, "is not a valid name (RFC 1035 label)",
    "use lower-case letters, digits and '-', beginning with a letter; at most 63",
)  # fmt: skip
KEY = ValueRule(
    is_qualified_name, "is not a valid label key",
    "use a name of letters, digits, '-', '_' and '.', after an optional domain and '/'",
)  # fmt: skip
VALUE = ValueRule(
    is_label_value, "is not a valid label value",
    "use letters, digits, '-', '_' and '.', beginning and ending with a letter or digit; "
    "at most 63",
)  # fmt: skip
PORT = ValueRule(is_port, "is not a valid port", f"use a number from 1 to {PORT_MAX}")
PORT_OR_NONE = ValueRule(
    lambda v: v == 0 or is_port(v), "is not a valid port", f"use 1 to {PORT_MAX}, or omit it"
)
PORT_OR_NAME = ValueRule(
    is_port_or_name, "is neither a port nor a port's name",
    f"use 1 to {PORT_MAX}, or the name of a port",
)  # fmt: skip
PORT_NAME = ValueRule(
    lambda v: v == "" or is_port_name(v), "is not a valid name of a port",
    "use at most 15 lower-case letters, digits and '-', with a letter among them",
)  # fmt: skip
ENVIRONMENT = ValueRule(
    is_environment_name, "is not a valid name of an environment variable",
    "use printable ASCII characters other than =",
)  # fmt: skip
CONFIG_KEY = ValueRule(
    lambda v: bool(_CONFIG_KEY.fullmatch(v)) and len(v) <= _SUBDOMAIN_MAX
    and v not in (".", "..") and not v.startswith(".."),
    "is not a valid key of a ConfigMap or Secret", "use letters, digits, '-', '_' and '.'",
)  # fmt: skip
SEARCH = ValueRule(
    lambda v: v == "."
    or (len(v) <= _SUBDOMAIN_MAX and bool(_SEARCH.fullmatch(v.removesuffix(".")))),
    "is not a DNS search path", "use a domain such as shop.svc.cluster.local",
)  # fmt: skip
SYSCTL = ValueRule(
    lambda v: len(v) <= _SUBDOMAIN_MAX and bool(_SYSCTL.fullmatch(v)),
    "is not a valid name of a sysctl", "use a name such as net.core.somaxconn",
)  # fmt: skip
HEADER = ValueRule(
    lambda v: bool(_HEADER.fullmatch(v)), "is not a valid name of an HTTP header",
    "use letters, digits and '-'",
)  # fmt: skip
COUNT_OR_PERCENT = ValueRule(
    is_count_or_percent, "is neither a number of pods nor a percentage",
    "use a value such as 1 or 25%",
)  # fmt: skip
MANAGER = ValueRule(
    lambda v: "/" in v and is_dns_subdomain(v.partition("/")[0]) and bool(v.partition("/")[2])
    and len(v) <= _LABEL_MAX,
    "is not a domain and a path", "use a name such as example.com/controller",
)  # fmt: skip
IP = ValueRule(is_ip, "is not an IP address", "use an address such as 10.0.0.1")
CIDR = ValueRule(is_cidr, "is not an IP network", "use a network such as 10.0.0.0/24")
ZERO_OR_MORE = at_least(0)
ONE_OR_MORE = at_least(1)
QUANTITY_POSITIVE = ValueRule(lambda v: nano(v) > 0, "must be more than zero", "use more than zero")
QUANTITY_NOT_NEGATIVE = ValueRule(lambda v: nano(v) >= 0, "is negative", "use zero or more")
