"""Part: a mapping inside a custom object, with its path, so that every mistake names its field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kubestow.adapters.field_error import FieldError

_HINT = "check the field with 'kubectl explain'"
_NAMES = {
    bool: "true or false", dict: "a mapping", float: "a number", int: "a whole number",
    list: "a list", str: "text", type(None): "nothing",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A mapping; a field that is missing and one without a value are the same."""

    value: Mapping[str, Any] = field(default_factory=dict)
    path: str = ""

    def where(self, name: str) -> str:
        """Return the path of a field."""
        return f"{self.path}.{name}" if self.path else name

    def has(self, name: str) -> bool:
        """Return whether a field has a value."""
        return self.value.get(name) is not None

    def raw(self, name: str) -> Any:
        """Return a field's value as it is, or None."""
        return self.value.get(name)

    def part(self, *names: str) -> "Part":
        """Return a mapping in the mapping, empty if it is missing; raise FieldError for another."""
        here = self
        for name in names:
            here = Part(here._typed(name, dict) or {}, here.where(name))
        return here

    def parts(self, name: str) -> Iterator["Part"]:
        """Yield the mappings of a list; raise FieldError for anything else."""
        for index, item in enumerate(self._typed(name, list) or ()):
            path = f"{self.where(name)}[{index}]"
            if not isinstance(item, dict):
                raise FieldError(path, f"expected a mapping, got {_called(item)}", _HINT)
            yield Part(item, path)

    def entries(self) -> Iterator[tuple[str, "Part"]]:
        """Yield the mappings of the mapping, by name; raise FieldError for anything else."""
        for name in self.value:
            yield name, self.part(name)

    def text(self, name: str, default: str = "") -> str:
        """Return a text; raise FieldError for anything else."""
        text = self._typed(name, str)
        return default if text is None else text

    def quantity(self, name: str, default: str = "") -> str:
        """Return a text or a number as text; raise FieldError for anything else."""
        value = self.value.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
        return self.text(name, default)

    def integer(self, name: str, default: int) -> int:
        """Return a whole number; raise FieldError for anything else."""
        number = self._typed(name, int)
        return default if number is None else number

    def flag(self, name: str) -> bool:
        """Return a truth value, false if it is missing; raise FieldError for anything else."""
        return bool(self._typed(name, bool))

    def texts(self, name: str) -> dict[str, str]:
        """Return a mapping of texts, such as labels; raise FieldError for anything else."""
        inner = self.part(name)
        return {key: inner.text(key) for key in inner.value}

    def metadata(self) -> dict[str, dict[str, str]]:
        """Return the labels and annotations of a mapping that pods get their metadata from."""
        return {"labels": self.texts("labels"), "annotations": self.texts("annotations")}

    def _typed(self, name: str, wanted: type) -> Any:
        value = self.value.get(name)
        is_bool = isinstance(value, bool) and wanted is not bool
        if value is not None and (is_bool or not isinstance(value, wanted)):
            raise FieldError(
                self.where(name), f"expected {_NAMES[wanted]}, got {_called(value)}", _HINT
            )
        return value


def _called(value: object) -> str:
    return _NAMES.get(type(value), "something else")
