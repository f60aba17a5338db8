"""The app: its screens and the keys that are the same on all of them."""

from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message

from kubestow.terminal.advice_screen import AdviceScreen
from kubestow.terminal.help_screen import HelpScreen
from kubestow.terminal.nodes_screen import NodesScreen
from kubestow.terminal.pending_screen import PendingScreen
from kubestow.terminal.top_state import TopState
from kubestow.terminal.watching_screen import WatchingScreen


class TopApp(App[None]):
    """A cluster in a terminal, in the terminal's own colours; ``fault`` is what ended it, if so."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "kubestow top"
    CSS = """
    Screen { background: ansi_default; color: ansi_default; overflow: hidden; }
    Static, RowList, Input { background: ansi_default; color: ansi_default; }
    RowList {
        scrollbar-color: ansi_bright_black;
        scrollbar-background: ansi_default;
        scrollbar-color-hover: ansi_bright_black;
        scrollbar-background-hover: ansi_default;
        scrollbar-color-active: ansi_bright_black;
        scrollbar-background-active: ansi_default;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "quit"),
        Binding("ctrl+c", "quit", "quit", show=False, priority=True),
        Binding("n", "nodes", "nodes"),
        Binding("p", "pending", "Pending pods"),
        Binding("a", "advice", "advice"),
        Binding("question_mark", "help", "help"),
        Binding("escape", "back", "back"),
    ]

    class Seen(Message):
        """There is a new sight."""

    def __init__(self, state: TopState) -> None:
        super().__init__(ansi_color=True)
        self.state = state
        self.fault: Exception | None = None
        self.animation_level = "none"
        self.theme = "ansi-dark"
        self._shown = 0

    def on_mount(self) -> None:
        """Show the nodes, and listen."""
        self.state.watched.on_change(self._tell)
        self.push_screen(NodesScreen(self.state))

    def _tell(self) -> None:
        """Take note of a new sight; called from another thread, which it does not hold up."""
        try:
            self.post_message(self.Seen())
        except RuntimeError:  # the app has ended
            return

    def on_top_app_seen(self) -> None:
        """Show the last sight, once, however many there were."""
        sight = self.state.sight
        if sight is not None and sight.number != self._shown:
            self._shown = sight.number
            if isinstance(self.screen, WatchingScreen):
                self.screen.show_again()

    def action_nodes(self) -> None:
        """Go to the nodes."""
        while len(self.screen_stack) > 1 and not isinstance(self.screen, NodesScreen):
            self.pop_screen()

    def action_pending(self) -> None:
        """Go to the pods that wait."""
        self._go_to(PendingScreen)

    def action_advice(self) -> None:
        """Go to the advice."""
        self._go_to(AdviceScreen)

    def action_help(self) -> None:
        """Show the help, or leave it."""
        if isinstance(self.screen, HelpScreen):
            self.pop_screen()
        else:
            self.push_screen(HelpScreen(self.state))

    async def action_back(self) -> None:
        """Go back by one screen."""
        if not isinstance(self.screen, NodesScreen):
            await self.pop_screen()

    def _go_to(self, screen: type[WatchingScreen]) -> None:
        if not isinstance(self.screen, screen):
            self.action_nodes()
            self.push_screen(screen(self.state))

    def _fatal_error(self) -> None:
        """End without a traceback: whoever started the app reports the fault."""
        self.fault = self._exception
        self._close_messages_no_wait()
