"""Configuration as YAML: the same value gives the same bytes.

Keys keep their order. Text that some YAML reader could take for a number, a boolean or a date is
quoted.
"""

from collections.abc import Iterable
from typing import Any

import yaml

from kubestow.model.yaml_scalar import is_plain

YamlMapping = dict[str, Any]
"""A YAML document or a mapping inside one."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        """Write every value out, because aliases are hard to edit."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists below their key."""
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = None if is_plain(value) else '"'
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
