import pytest

from kubestow.model.suggestion import closest, did_you_mean, did_you_mean_one_of

WORDS = ("m5.large", "m5.xlarge", "c5.large", "requests", "region")


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("m5.lareg", "m5.large"),
        ("m5.xlareg", "m5.xlarge"),
        ("c5.lrge", "c5.large"),
        ("request", "requests"),
        ("regoin", "region"),
        ("banana", None),
        ("", None),
    ],
)
def test_the_word_that_somebody_probably_meant_is_the_closest(
    word: str, answer: str | None
) -> None:
    assert closest(word, WORDS) == answer


def test_swapped_letters_count_more_than_a_common_beginning() -> None:
    assert closest("form", ("for", "forms", "from"), cutoff=0.7) == "from"


def test_nothing_is_suggested_where_nothing_is_close() -> None:
    assert did_you_mean("regoin", WORDS) == "did you mean 'region'?"
    assert did_you_mean("banana", WORDS) == ""


def test_words_that_differ_in_their_number_only_are_suggested_together() -> None:
    known = ("us-east-1", "us-east-2", "us-west-1", "eu-west-1")
    assert did_you_mean_one_of("us-east-22", known) == "did you mean 'us-east-2' or 'us-east-1'?"
    assert did_you_mean_one_of("us-east1", known) == "did you mean 'us-east-1'?"
    assert did_you_mean_one_of("us-wset-1", known) == "did you mean 'us-west-1'?"
    assert did_you_mean_one_of("banana", known) == ""
