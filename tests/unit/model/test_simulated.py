from kubestow.model.simulated import Simulated
from kubestow.model.spot_prices import STANDING


def test_spot_prices_stand_still_in_a_simulation_that_says_nothing_of_them() -> None:
    simulated = Simulated("shop", "test-1", seed=0, faults="none", start=0, seconds=3_600)
    assert simulated.spot_prices == STANDING
