"""The list of lines: what is selected, what is on the screen, what a line may hold."""

import asyncio
from collections.abc import Awaitable, Callable

from rich.style import Style
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from kubestow.terminal.row_list import Line, RowList, _strip, plain


class _OneList(App[None]):
    def compose(self) -> ComposeResult:
        yield RowList()


def played(play: Callable[[Pilot[None], RowList], Awaitable[None]]) -> None:
    """Show a list on a small screen."""

    async def run() -> None:
        app = _OneList()
        async with app.run_test(size=(20, 6)) as pilot:
            await play(pilot, app.query_one(RowList))

    asyncio.run(run())


def lines(count: int, every: int = 1) -> list[Line]:
    """Return lines of which one in ``every`` can be selected."""
    return [plain(f"line {n}", key="" if n % every else f"k{n}") for n in range(count)]


def test_the_selection_moves_and_stays_on_the_screen() -> None:
    async def play(pilot: Pilot[None], rows: RowList) -> None:
        rows.show(lines(20), plain("head"))
        await pilot.press(*["j"] * 9)
        assert rows.key == "k9"
        assert rows.scroll_offset.y == 5
        await pilot.press("home")
        assert (rows.key, rows.scroll_offset.y) == ("k0", 0)
        await pilot.press("end")
        assert rows.key == "k19"
        await pilot.press("pageup")
        assert rows.key == "k14"

    played(play)


def test_lines_between_selections_are_scrolled_through_one_by_one() -> None:
    async def play(pilot: Pilot[None], rows: RowList) -> None:
        rows.show(lines(40, every=15))
        await pilot.press("down")
        assert (rows.key, rows.scroll_offset.y) == ("k0", 1)
        await pilot.press(*["down"] * 9)
        assert rows.key == "k15"

    played(play)


def test_a_line_is_as_wide_as_the_screen_and_obeys_nothing() -> None:
    strip = _strip(plain("[b]\x1b[31mx\n가나다라마바사"), 20, Style(), is_selected=False)
    assert strip.cell_length == 20
    assert strip.text.startswith("[b]\\x1b[31mx\\n가")


def test_no_lines_are_no_mistake() -> None:
    async def play(pilot: Pilot[None], rows: RowList) -> None:
        rows.show([])
        await pilot.press("j", "k", "space", "pageup", "home", "end", "enter")
        assert rows.key == ""

    played(play)
