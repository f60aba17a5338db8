"""What the names of zones say."""

import pytest

from kubestow.model.zones import LOCAL_ZONE, WAVELENGTH_ZONE, region_of, special_zone


@pytest.mark.parametrize(
    ("zone", "region", "kind"),
    [
        ("us-east-1a", "us-east-1", ""),
        ("us-gov-west-1b", "us-gov-west-1", ""),
        ("ap-southeast-2c", "ap-southeast-2", ""),
        ("us-west-2-lax-1a", "us-west-2", LOCAL_ZONE),
        ("ap-southeast-1-mnl-1a", "ap-southeast-1", LOCAL_ZONE),
        ("us-east-1-wl1-bos-wlz-1", "us-east-1", WAVELENGTH_ZONE),
        ("eu-west-3-cmn-wlz-1a", "eu-west-3", WAVELENGTH_ZONE),
        ("europe-west1-b", "", ""),
        ("zone-a", "", ""),
        ("usw2-az1", "", ""),
        ("usw2-lax1-az1", "", LOCAL_ZONE),
        ("use1-wl1-bos-wlz1", "", WAVELENGTH_ZONE),
        ("", "", ""),
    ],
)
def test_a_zones_name_tells_its_region_and_kind(zone: str, region: str, kind: str) -> None:
    assert (region_of(zone), special_zone(zone)) == (region, kind)
