"""Counts and their nouns."""

import pytest

from kubestow.model.counted import agreeing, counted


@pytest.mark.parametrize(
    ("count", "noun", "text"),
    [
        (0, "pod", "0 pods"),
        (1, "pod", "1 pod"),
        (2_000, "pod", "2,000 pods"),
        (1, "policy", "1 policy"),
        (2, "policy", "2 policies"),
        (2, "entry", "2 entries"),
        (2, "key", "2 keys"),
    ],
)
def test_a_noun_agrees_with_its_count(count: int, noun: str, text: str) -> None:
    assert counted(count, noun) == text


def test_words_agree_with_a_count() -> None:
    assert [agreeing(count, "is", "are") for count in (0, 1, 2)] == ["are", "is", "are"]
