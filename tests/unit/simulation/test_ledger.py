"""The ledger: bills by the second, at each price for as long as it was in effect."""

from kubestow.simulation.ledger import Ledger


def test_a_node_is_paid_each_price_for_its_seconds() -> None:
    ledger = Ledger()
    ledger.launch("n", 36_000, 1_000)
    ledger.reprice("n", 72_000, 1_100)
    assert ledger.rate() == 72_000
    assert ledger.nano_usd(1_150) == (36_000 * 100 + 72_000 * 50) // 3_600
    ledger.end("n", 1_400)
    assert ledger.nano_usd(9_999) == (36_000 * 100 + 72_000 * 300) // 3_600 == 7_000


def test_the_first_minute_is_paid_whole_and_its_rest_at_the_last_price() -> None:
    ledger = Ledger()
    ledger.launch("n", 3_600, 0)
    ledger.reprice("n", 7_200, 10)
    ledger.end("n", 20)
    assert ledger.nano_usd(20) == 10 * 1 + 50 * 2


def test_a_minute_that_is_over_is_not_paid_again_after_a_new_price() -> None:
    ledger = Ledger()
    ledger.launch("n", 3_600, 0)
    ledger.reprice("n", 7_200, 300)
    ledger.end("n", 301)
    assert ledger.nano_usd(301) == 300 + 2
