from kubestow.model.explanation import Shortfall


def test_a_shortfall_is_what_is_requested_beyond_what_is_available() -> None:
    assert Shortfall("cpu", requested=4_000, available=1_500).short == 2_500
