"""What is said of objects that are planned: fields not modelled, and what the API server refuses.

Equal remarks on several objects are one line, which names the first of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kubestow.adapters.kubernetes.known_fields import Findings
from kubestow.model.counted import counted

_INDEX = re.compile(r"\[\d+\]")
_LINES_MAX = 20


@dataclass(slots=True)
class Remarks:
    """Remarks by what they say, each with the objects it is about."""

    subjects: dict[tuple[str, str, str], dict[str, None]] = field(default_factory=dict)
    """By the sentence's kind, the field without indices, and the rest: the objects, in order."""

    def add(self, subject: str, found: Findings) -> None:
        """Note what was found in one object."""
        for path, reason in found.not_modelled:
            self._note("not modelled", path, reason, subject)
        for path, text in found.odd:
            self._note("odd", path, text, subject)
        for error in found.refused:
            self._note("refused", error.field, f"{error.message}; {error.hint}", subject)

    def _note(self, kind: str, path: str, text: str, subject: str) -> None:
        key = (kind, _INDEX.sub("[]", path), text)
        self.subjects.setdefault(key, {})[subject] = None

    def lines(self) -> Iterator[str]:
        """Yield one line for each remark, and one for those beyond the first twenty."""
        for number, ((kind, path, text), subjects) in enumerate(self.subjects.items()):
            if number == _LINES_MAX:
                more = len(self.subjects) - _LINES_MAX
                yield f"{counted(more, 'more remark')} on fields of the input"
                return
            first, others = next(iter(subjects)), len(subjects) - 1
            named = f"{first} and {counted(others, 'more object')}" if others else first
            if kind == "not modelled":
                yield f"{named}: {path} is not modelled: {text}"
            elif kind == "odd":
                yield f"{named}: {path}: {text}"
            else:
                yield f"the API server would refuse {named}: {path or 'it'}: {text}"
