import pytest

from kubestow.model.counted import counted
from kubestow.preflight.wording import listed


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ("", ""),
        ("a", "a"),
        ("abcde", "a, b, c, d, e"),
        ("abcdefg", "a, b, c, d, e and 2 more"),
    ],
)
def test_five_names_are_listed_and_the_others_counted(names: str, text: str) -> None:
    assert listed(names) == text


def test_a_caller_may_list_fewer_names() -> None:
    assert listed(["a", "b", "c"], most=1) == "a and 2 more"


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 pods"), (1, "1 pod"), (2, "2 pods"), (12_345, "12,345 pods")]
)
def test_a_number_has_its_noun_in_the_singular_only_for_one(number: int, text: str) -> None:
    assert counted(number, "pod") == text
