"""The section of a page that lists what of the input could not be read."""

from collections.abc import Iterator, Sequence

from kubestow.report.html.components import TableColumn, table
from kubestow.report.html.page import Section
from kubestow.views.input_problem_view import InputProblemView


def unread_input(problems: Sequence[InputProblemView]) -> Iterator[Section]:
    """Yield what of the input could not be read: it is in no figure of the page."""
    if not problems:
        return
    columns = [
        TableColumn(name, wraps=True) for name in ("File", "Object", "Field", "Mistake", "Hint")
    ]
    rows = [[p.file, p.object, p.field, p.message, p.hint] for p in problems]
    content = table("Planned without these", columns, rows)
    yield Section("errors", "Input that could not be read", content)
