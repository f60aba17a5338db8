"""InputProblemView: an object or file of the input that could not be read."""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from kubestow.model.input_error import InputProblem
from kubestow.views.view import View


class InputProblemView(View, frozen=True):
    """An object or file of the input that could not be read."""

    file: Annotated[str, Meta(description="The file as it was named on the command line.")]
    object: Annotated[
        str, Meta(description="Kind and namespace/name, or empty for the whole file.")
    ]
    field: Annotated[str, Meta(description="The path of the field, or empty.")]
    message: Annotated[str, Meta(description="What is wrong.")]
    hint: Annotated[str, Meta(description="How to correct it.")]


Errors = Annotated[
    tuple[InputProblemView, ...],
    Meta(description="Input that could not be read and was left out; the exit code is then 1."),
]


def input_problem_views(problems: Iterable[InputProblem]) -> tuple[InputProblemView, ...]:
    """Return the views of all problems, in order."""
    return tuple(
        InputProblemView(
            file=problem.file,
            object=problem.subject,
            field=problem.field,
            message=problem.message,
            hint=problem.hint,
        )
        for problem in problems
    )
