from kubestow.adapters.catalog_files import load_catalog


def test_prices_are_found_once_and_know_what_is_no_longer_for_sale() -> None:
    catalog = load_catalog("us-east-1")
    prices = catalog.prices()
    assert catalog.prices() is prices
    narrowed = catalog.narrowed(lambda offering: offering.instance_type == "m6a.large")
    assert narrowed.prices() == prices
    assert {offering.instance_type for offering in narrowed.offerings} == {"m6a.large"}
