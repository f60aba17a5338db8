"""The reference of the command line, as Markdown, written from the commands themselves."""

import inspect
import itertools
import re
import textwrap
from collections.abc import Iterator
from typing import get_args, get_origin

from cyclopts import App
from cyclopts.argument import Argument
from cyclopts.help import format_usage

from reference import markdown

_EXIT_CODES = re.compile(r"Exit codes?:? (?=\d)")
_EXIT_CODE = re.compile(r"(?:^|[;,.] )(\d+):? ")
_METAVARS = {int: "INT", float: "FLOAT"}


def reference(app: App) -> str:
    """Return a section for every command below the app, in the order they are defined in."""
    return "\n".join(line for chain in _commands(app, []) for line in _section(app, chain))


def _commands(app: App, chain: list[str]) -> Iterator[list[str]]:
    for name in app:
        if not name.startswith("-"):
            yield [*chain, name]
            yield from _commands(app[name], [*chain, name])


def _section(root: App, chain: list[str]) -> list[str]:
    app = root
    for name in chain:
        app = app[name]
    lines = [f"{'#' * (1 + len(chain))} {' '.join(['kubestow', *chain])}", ""]
    description = inspect.cleandoc(app.help).partition("\nParameters\n---")[0]
    summary, _, rest = description.partition("\n\n")
    lines += [markdown.escaped(summary), ""]
    lines += markdown.fenced([format_usage(root, chain).plain.strip()], "text")
    lines += _paragraphs(rest)
    if app.default_command is None:
        return lines
    arguments = [a for a in app.assemble_argument_collection(parse_docstring=True) if a.show]
    return lines + [line for argument in arguments for line in _parameter(argument)]


def _paragraphs(text: str) -> Iterator[str]:
    """Yield the description's paragraphs: exit codes as a table, command lines as code."""
    paragraphs = [paragraph for paragraph in text.split("\n\n") if paragraph.strip()]
    for is_command, group in itertools.groupby(paragraphs, _is_command):
        if is_command:
            commands = "\n".join(_command(paragraph) for paragraph in group)
            yield from markdown.fenced(commands.splitlines(), "sh")
            continue
        for paragraph in group:
            if _EXIT_CODES.match(paragraph):
                yield from _exit_codes(" ".join(paragraph.split()))
            else:
                yield from (markdown.escaped(paragraph), "")


def _exit_codes(paragraph: str) -> list[str]:
    parts = _EXIT_CODE.split(_EXIT_CODES.sub("", paragraph, count=1))
    meanings = sorted(zip(parts[1::2], parts[2::2], strict=True), key=lambda pair: int(pair[0]))
    rows = [[code, markdown.escaped(_sentence(meaning))] for code, meaning in meanings]
    return markdown.table(["Exit code", "Meaning"], rows)


def _is_command(paragraph: str) -> bool:
    return paragraph.startswith("    ") or bool(re.match(r"(.* [|;] )?kubestow \w", paragraph))


def _command(paragraph: str) -> str:
    """Return an indented paragraph as it is, and a wrapped command on one line."""
    if paragraph.startswith("    "):
        return textwrap.dedent(paragraph)
    return " ".join(paragraph.split())


def _sentence(text: str) -> str:
    text = text.strip().rstrip(".;")
    return f"{text[:1].upper()}{text[1:]}."


def _parameter(argument: Argument) -> list[str]:
    """Return a parameter as an entry of a definition list."""
    is_positional = argument.field_info.kind.name.startswith("POSITIONAL") and argument.required
    names = [argument.name.lstrip("-").upper()] if is_positional else list(argument.names)
    term = ", ".join(f"`{name}`" for name in names)
    if not is_positional and not argument.is_flag():
        term += f" *{markdown.escaped(_metavar(argument))}*"
    if argument.required and not is_positional:
        term += " (required)"
    choices, default = argument.get_choices(), argument.field_info.default
    facts = []
    if choices:
        facts.append(f"One of {', '.join(f'`{choice}`' for choice in choices)}.")
    if isinstance(default, str | float | int) and not isinstance(default, bool):
        facts.append(f"Default: `{default}`.")
    text = [markdown.escaped(argument.parameter.help or ""), *facts]
    return [term, f": {' '.join(text)}", ""]


def _metavar(argument: Argument) -> str:
    """Return what stands for a value, in the words of --help."""
    hint = argument.resolved_hint
    if argument.get_choices():
        return "CHOICE"
    if get_origin(hint) is list:
        return f"{_METAVARS.get(get_args(hint)[0], 'STR')}..."
    return _METAVARS.get(hint, "STR")
