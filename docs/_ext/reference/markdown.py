"""Plain text as Markdown."""

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#$])")
_CODE = re.compile(r"'((?:kubestow|aws|docker|kubectl) [^']+)'|(?<![\w-])(--[a-z][a-z-]*)")


def escaped(text: str) -> str:
    """Return the text on one line, with options and quoted commands as code."""
    pieces = []
    end = 0
    text = " ".join(text.split())
    for match in _CODE.finditer(text):
        pieces += [_SPECIAL.sub(r"\\\1", text[end : match.start()]), f"`{match[1] or match[2]}`"]
        end = match.end()
    return "".join([*pieces, _SPECIAL.sub(r"\\\1", text[end:])])


def fenced(lines: list[str], language: str) -> list[str]:
    """Return the lines as a block of code."""
    return [f"```{language}", *lines, "```", ""]


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Return a table of cells that are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return [*(f"| {' | '.join(cells)} |" for cells in lines), ""]
