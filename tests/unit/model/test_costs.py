from kubestow.model.costs import Costs, Extra, Override, Reservation


def test_overrides_come_before_extras_and_reservations_are_no_part_of_prices() -> None:
    costs = Costs(
        "costs.yaml",
        extras=(Extra("monitoring", 5, "contract"),),
        overrides=(Override("savings plan", None, "contract", discount_billionths=10**8),),
        reservations=(Reservation("ri", "m5.large", 2, None, "contract"),),
    )
    assert [entry.name for entry in costs.entries] == ["savings plan", "monitoring"]
