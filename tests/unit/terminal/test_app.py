"""The terminal view as somebody with a keyboard meets it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from kubestow.model.input_error import InputError
from kubestow.terminal.advice_screen import AdviceScreen
from kubestow.terminal.app import TopApp
from kubestow.terminal.explain_screen import ExplainScreen
from kubestow.terminal.help_screen import HelpScreen
from kubestow.terminal.node_screen import NodeScreen
from kubestow.terminal.nodes_screen import NodesScreen
from kubestow.terminal.pending_screen import PendingScreen
from kubestow.terminal.pod_screen import PodScreen
from kubestow.terminal.watching_screen import WatchingScreen
from kubestow.views.node_arrangement import Arrangement

from .clusters import HOSTILE, FakeLookout, sight_of, state_of

Play = Callable[[Pilot[None]], Awaitable[None]]


def played(play: Play, state: Any = None, size: tuple[int, int] = (80, 24)) -> TopApp:
    """Run the app on a screen of some size, and press keys."""
    app = TopApp(state_of(sight_of()) if state is None else state)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await play(pilot)

    asyncio.run(run())
    return app


def screen_of(pilot: Pilot[None]) -> WatchingScreen:
    """Return what is on top."""
    screen = pilot.app.screen
    assert isinstance(screen, WatchingScreen)
    return screen


def shown(pilot: Pilot[None]) -> str:
    """Return all text that is on the screen, as it is drawn."""
    width, height = pilot.app.size
    strips = pilot.app.screen._compositor.render_strips(pilot.app.size)
    assert len(strips) == height
    assert all(strip.cell_length == width for strip in strips)
    return "\n".join(strip.text.rstrip() for strip in strips)


@pytest.mark.parametrize("size", [(80, 24), (160, 50), (40, 12), (20, 5)])
def test_the_first_screen_tells_nodes_costs_and_what_waits(size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None]) -> None:
        text = shown(pilot)
        assert "0.5664 USD/hour"[: size[0]] in text
        if size[0] >= 80:
            assert "shop   test-1   3 nodes   7 pods   1 Pending" in text
            assert "minimum: being worked out" in text
            assert "general: 2 nodes" in text
            assert "batch/big-0" in text
            assert "2 Insufficient cpu" in text
            assert "? help  q quit" in text

    played(play, size=size)


def test_spot_and_what_is_cordoned_are_told_in_words() -> None:
    async def play(pilot: Pilot[None]) -> None:
        rows = screen_of(pilot).rows.texts
        assert any("n-1" in row and "spot" in row for row in rows)
        assert any("n-2" in row and "SchedulingDisabled" in row for row in rows)

    played(play, size=(160, 50))


def test_the_gap_above_the_minimum_is_told() -> None:
    async def play(pilot: Pilot[None]) -> None:
        assert "41.6 % above the proven minimum of 0.4 USD/hour" in shown(pilot)

    played(play, state_of(sight_of(gap=0.416)))


def test_a_lag_is_told() -> None:
    async def play(pilot: Pilot[None]) -> None:
        assert "42 s behind the cluster: connection refused" in shown(pilot)

    late = replace(sight_of(), lag_seconds=42.0, lag_message="connection refused")
    played(play, state_of(late))


def test_before_the_first_sight_it_says_that_it_reads() -> None:
    async def play(pilot: Pilot[None]) -> None:
        assert "reading shop ..." in shown(pilot)
        pilot.app.state.watched.see(sight_of())  # type: ignore[attr-defined]  # it is a TopApp
        await pilot.pause()
        assert "n-0" in shown(pilot)

    played(play, state_of(None))


def test_enter_opens_a_node_then_a_pod_and_escape_goes_back() -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, NodeScreen)
        text = shown(pilot)
        for wanted in ("0.2360 USD/hour", "m5.xlarge", "Allocated to pods", "shop/web-0-1"):
            assert wanted in text
        await pilot.press("j", "enter")
        assert isinstance(pilot.app.screen, PodScreen)
        assert "shop/web-0-1" in shown(pilot)
        await pilot.press("escape", "escape")
        assert isinstance(pilot.app.screen, NodesScreen)
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, NodesScreen)

    played(play)


def test_a_nodes_page_has_what_the_console_has() -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        text = "\n".join(screen_of(pilot).rows.texts)
        for title in ("Conditions", "Taints", "Events", "Labels", "Annotations", "System"):
            assert f"\n{title}\n" in text
        assert "good  True     for 5m   KubeletReady: kubelet is ready" in text
        assert "karpenter.sh/nodepool" in text

    played(play)


def test_keys_switch_screens_from_anywhere() -> None:
    async def play(pilot: Pilot[None]) -> None:
        for key, screen in (
            ("p", PendingScreen), ("a", AdviceScreen), ("question_mark", HelpScreen),
            ("n", NodesScreen),
        ):  # fmt: skip
            await pilot.press(key)
            assert isinstance(pilot.app.screen, screen)
        assert len(pilot.app.screen_stack) == 2

    played(play)


def test_a_filter_is_typed_kept_and_cleared() -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("slash", "n", "-", "1")
        assert "n-0" not in shown(pilot)
        await pilot.press("enter")
        assert "filter: n-1" in shown(pilot)
        await pilot.press("q")  # a key again

    app = played(play)
    assert app.state.arrangement == Arrangement(text="n-1")

    async def clear(pilot: Pilot[None]) -> None:
        await pilot.press("slash", "x", "y")
        assert "No node matches 'xy'." in shown(pilot)
        await pilot.press("escape")
        assert "n-0" in shown(pilot)

    assert played(clear).state.arrangement.text == ""


def test_sort_group_and_reverse_change_the_table() -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("s", "g", "r")
        assert "sorted by cpu, reversed, grouped by zone" in shown(pilot)
        await pilot.press("g", "g")
        assert "in no groups" in shown(pilot)

    assert played(play).state.arrangement == Arrangement("none", "cpu", reverse=True)


def test_an_update_keeps_the_selection_and_the_place() -> None:
    first, second = sight_of(100), sight_of(101, 2)

    async def play(pilot: Pilot[None]) -> None:
        await pilot.press(*["j"] * 40)
        rows = screen_of(pilot).rows
        key, top = rows.key, rows.scroll_offset.y
        assert top > 0
        await pilot.press("r", "r")
        pilot.app.state.watched.see(second)  # type: ignore[attr-defined]  # it is a TopApp
        await pilot.pause()
        assert rows.key == key
        assert any("n-100" in row for row in rows.texts)
        assert abs(rows.scroll_offset.y - top) <= 1

    played(play, state_of(first))


def test_a_node_that_goes_away_leaves_the_selection_near_and_its_page_says_so() -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("end", "enter")
        assert screen_of(pilot).node_name == "n-4"  # type: ignore[attr-defined]  # a NodeScreen
        pilot.app.state.watched.see(sight_of(3, 2))  # type: ignore[attr-defined]  # a TopApp
        await pilot.pause()
        assert "n-4 is gone" in shown(pilot)
        await pilot.press("escape")
        assert screen_of(pilot).rows.key

    lookout = state_of(sight_of(5))
    lookout.arrangement = Arrangement("none", "name")
    played(play, lookout)


def test_a_resize_lays_the_table_out_anew() -> None:
    async def play(pilot: Pilot[None]) -> None:
        assert "ZONE" not in shown(pilot)
        await pilot.resize_terminal(160, 40)
        await pilot.pause()
        assert "ZONE" in shown(pilot)

    played(play)


def test_hostile_text_is_shown_as_it_is() -> None:
    state = state_of(sight_of(event=HOSTILE, annotations=(("note", HOSTILE),)))
    literal = "[red]x[/red] \\x1b[2J\\u202e [/]"

    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        assert literal in "\n".join(screen_of(pilot).rows.texts)
        await pilot.press("p", "enter", "space")
        assert literal in shown(pilot)

    played(play, state)


def test_only_pods_of_some_namespaces_are_shown() -> None:
    async def play(pilot: Pilot[None]) -> None:
        assert "1 pod in batch   1 Pending" in shown(pilot)
        assert "web-" not in shown(pilot)
        await pilot.press("enter")
        assert "Pods: 0 pods" in shown(pilot)

    played(play, state_of(sight_of(), namespaces=("batch",)))


def test_a_pod_that_waits_is_explained_beside_the_screen() -> None:
    def explain(seen: Any, key: str) -> Any:
        raise InputError(f"{key} cannot be explained", hint="ask again")

    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("p", "enter")
        assert "Why it waits" in shown(pilot)
        await pilot.press("e")
        assert isinstance(pilot.app.screen, ExplainScreen)
        for _ in range(100):
            await pilot.pause(0.02)
            if "cannot be explained" in shown(pilot):
                break
        assert "batch/big-0 cannot be explained: ask again" in shown(pilot)

    played(play, state_of(sight_of(), explain=explain))


def test_advice_that_failed_says_why() -> None:
    async def play(pilot: Pilot[None]) -> None:
        assert "minimum: not known: OSError: disk" in shown(pilot)
        await pilot.press("a")
        assert "there is no advice: OSError: disk" in shown(pilot)

    played(play, state_of(replace(sight_of(), advice_trouble="OSError: disk")))


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_it_quits(key: str) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("slash" if key == "ctrl+c" else "p", key)

    assert played(play).return_code == 0


def test_a_sight_after_the_end_is_no_mistake() -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("q")

    watched = played(play).state.watched
    assert isinstance(watched, FakeLookout)
    watched.see(sight_of(4, 2))
