import pytest

from kubestow.model.input_error import InputError, InputProblem


@pytest.mark.parametrize(
    ("file", "subject", "field", "line"),
    [
        ("a.yaml", "Pod shop/web", "spec.nodeName", "a.yaml: Pod shop/web: spec.nodeName: wrong"),
        ("a.yaml", "", "", "a.yaml: wrong"),
        ("", "Pod shop/web", "", "Pod shop/web: wrong"),
        ("", "", "", "wrong"),
    ],
)
def test_a_problem_is_one_line_of_what_is_known_about_its_place(
    file: str, subject: str, field: str, line: str
) -> None:
    assert InputProblem(file, subject, field, "wrong", "a hint").describe() == line


def test_an_input_error_has_its_message_and_its_hint_apart() -> None:
    error = InputError("unknown region", hint="list them with catalog")
    assert (error.message, error.hint, str(error)) == (
        "unknown region",
        "list them with catalog",
        "unknown region",
    )


def test_an_object_that_cannot_be_read_does_not_stop_a_plan_of_the_rest() -> None:
    assert not InputProblem("a.yaml", "Pod shop/web", "", "wrong", "a hint").is_fatal
