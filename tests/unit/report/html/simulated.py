"""Results of a simulation for tests of its page: three policies, one of them interrupted."""

from kubestow.model.currency import Currency
from kubestow.model.simulated import Point, Result, Simulated
from kubestow.report.html.simulate_page import render_simulate_page
from kubestow.views.settings import Settings
from kubestow.views.simulation_view import simulation_view

from .samples import HOSTILE

MONDAY = 1_767_571_200
_DAY, _USD = 86_400, 1_000_000_000
SIMULATED = Simulated(
    f"{HOSTILE}shop/", "test-1", 7, "spot", MONDAY, _DAY, ("2 pods left out: volume claims",)
)
SOURCES = ("a list of 2026-01-02",)
WON = Settings(currency=Currency("KRW", 1000.0))


def _result(name: str, usd: int, p99: int, seconds: int = _DAY, bound: int | None = None) -> Result:
    """Return a run that has no node at first, then one half idle, then waves of a quarter idle."""
    rate = usd * _USD * 3600 // seconds
    points = [Point(MONDAY, 0, 0, 20, 20, 0, 0), Point(MONDAY + 60, rate, 1, 20, 4, 2000, 4000)]
    for number, at in enumerate(range(300, seconds, 300)):
        wave = number % 40
        points.append(
            Point(MONDAY + at, rate + wave * _USD // 100, 1 + wave // 8, 20 + wave, wave // 20,
                  3000, 4000)
        )  # fmt: skip
    return Result(
        name, 7, seconds, usd * _USD, _USD, 2, 5, 11, 1, 50, 1, 5000, 20, p99, 9, 1, 2, 3, 0.25,
        100, 400, seconds - 10, bound, tuple(points), seconds < _DAY,
    )  # fmt: skip


def results() -> list[Result]:
    """Return the three: 24 USD a day, 48, and 6 in half a day."""
    return [
        _result("optimal", 24, 60, bound=_USD * 8 // 10),
        _result("karpenter", 48, 40),
        _result("cluster-autoscaler", 6, 190, _DAY // 2),
    ]


def simulated_page() -> str:
    """Return their page in KRW at 1,000 a USD."""
    return render_simulate_page(simulation_view(SIMULATED, results(), SOURCES, WON))
