"""The section of a page that lists unreadable input."""

from collections.abc import Iterator, Sequence

from kubestow.report.html.components import TableColumn, table
from kubestow.report.html.page import Section
from kubestow.views.input_problem_view import InputProblemView


def unread_input(problems: Sequence[InputProblemView]) -> Iterator[Section]:
    """Yield the section of input that could not be read and is in no figure of the page."""
    if not problems:
        return
    columns = [
        TableColumn(name, wraps=True) for name in ("File", "Object", "Field", "Problem", "Hint")
    ]
    rows = [[p.file, p.object, p.field, p.message, p.hint] for p in problems]
    content = table("Left out of all figures", columns, rows)
    yield Section("errors", "Input that could not be read", content)
