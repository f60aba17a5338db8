"""What the names of AWS zones say: their region, and whether they are ordinary zones.

Sources: Amazon EC2 user guide, "Regions and Zones": the name of a zone begins with its region's; a
Local Zone adds a location (us-west-2-lax-1a), a Wavelength Zone a carrier's
(us-east-1-wl1-bos-wlz-1); the ids of both are like usw2-lax1-az1 and use1-wl1-bos-wlz1.
"""

import re

_ZONE = re.compile(
    r"([a-z]{2}(?:-[a-z]+)+-\d+)(?:[a-z]|(-[a-z]{3,}-\d+[a-z])|(-.+-wlz-?\d+[a-z]?))", re.ASCII
)
_LOCAL_ID = re.compile(r"[a-z]+\d+-[a-z]{3,}\d+-az\d+", re.ASCII)
_WAVELENGTH_ID = re.compile(r"[a-z]+\d+-.+-wlz\d+", re.ASCII)
LOCAL_ZONE, WAVELENGTH_ZONE = "Local Zone", "Wavelength Zone"
NOT_IN_THE_CATALOG = "Local Zones, Wavelength Zones and Outposts are not in the catalog"


def region_of(zone: str) -> str:
    """Return the region of a zone by its name; empty if the name is of no AWS zone."""
    match = _ZONE.fullmatch(zone)
    return match[1] if match else ""


def special_zone(zone: str) -> str:
    """Return LOCAL_ZONE or WAVELENGTH_ZONE for the name or id of one; empty for any other."""
    match = _ZONE.fullmatch(zone)
    if match:
        return LOCAL_ZONE if match[2] else WAVELENGTH_ZONE if match[3] else ""
    if _WAVELENGTH_ID.fullmatch(zone):
        return WAVELENGTH_ZONE
    return LOCAL_ZONE if _LOCAL_ID.fullmatch(zone) else ""
