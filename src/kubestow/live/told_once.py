"""What is told once, and again only where it has changed."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class ToldOnce:
    """Tells a text about a subject where it is another than the last one."""

    tell: Callable[[str], None]
    _last: dict[str, str] = field(default_factory=dict)

    def say(self, subject: str, text: str, beside: str = "") -> None:
        """Tell a text that is new, with what is ``beside`` it, which may change.

        An empty one is not told, and lets the next one be new.
        """
        if text and text != self._last.get(subject):
            self.tell(text + beside)
        self._last[subject] = text
