"""Reports as lines of a screen."""

import re

from kubestow.report.table import Screen
from kubestow.terminal.row_list import Line, plain

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_BOLD = "\x1b[1m"


def report_screen(width: int) -> Screen:
    """Return the screen that a report is made for; its headings are told by their style."""
    return Screen(width, colour=True)


def report_lines(text: str) -> list[Line]:
    """Return the lines of a report; headings stay bold."""
    return [
        plain(_COLOUR.sub("", line), "bold" if line.startswith(_BOLD) else "")
        for line in text.splitlines()
    ]
