from kubestow.model.input_error import InputProblem
from kubestow.views.input_problem_view import InputProblemView, input_problem_views


def test_a_problem_says_where_it_is_what_it_is_and_how_to_correct_it() -> None:
    problem = InputProblem("a.yaml", "Deployment shop/web", "spec", "is missing", "add it", True)
    assert input_problem_views([problem]) == (
        InputProblemView("a.yaml", "Deployment shop/web", "spec", "is missing", "add it"),
    )
