"""The error for an invalid field, raised while an object is read."""


class FieldError(Exception):
    """An invalid field: its path, what is wrong, and a hint."""

    def __init__(self, field: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
        self.hint = hint
