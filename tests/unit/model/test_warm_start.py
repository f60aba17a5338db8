from kubestow.model.warm_start import WarmLoad, WarmStart

LOAD = WarmLoad("pool", "m5.large", "on-demand", "zone-a", (("digest", 3),), nodes=2)


def test_two_solves_that_leave_the_same_leave_equal_warm_starts() -> None:
    one, same = WarmStart((("digest", 5),), (LOAD,)), WarmStart((("digest", 5),), (LOAD,))
    assert one == same
    assert hash(one) == hash(same)
