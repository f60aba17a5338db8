"""Percentages in sentences, with as many digits as they need."""


def percent_text(share: float) -> str:
    """Return a share as a percentage: one decimal from 1 % on, two significant digits below."""
    percent = round(100 * share, 6) + 0.0  # no minus zero
    if abs(percent) >= 1:
        return f"{percent:.1f} %"
    return f"{float(f'{percent:.2g}'):.6f}".rstrip("0").rstrip(".") + " %"
