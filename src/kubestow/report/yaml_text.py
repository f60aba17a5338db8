"""Configuration as YAML: the same value gives the same bytes.

Keys keep their order. Text that some YAML reader could take for a number, a boolean or a date is
quoted.
"""

import re
from collections.abc import Iterable
from typing import Any

import yaml

YamlMapping = dict[str, Any]
"""A YAML document or a mapping inside one."""
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./@-]*", re.ASCII)
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        """Write every value out, because aliases are hard to edit."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists below their key."""
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    is_plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    style = None if is_plain else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def yaml_text(comments: Iterable[str], documents: Iterable[YamlMapping]) -> str:
    """Return the documents, preceded by comment lines."""
    head = "".join(f"# {line}".rstrip() + "\n" for line in comments)
    body = yaml.dump_all(
        documents,
        Dumper=_Dumper,
        sort_keys=False,
        default_flow_style=False,
        explicit_start=True,
        width=10**6,
        allow_unicode=True,
    )
    return head + body
