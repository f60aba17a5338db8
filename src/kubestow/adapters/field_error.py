"""A field's value is wrong; raised while one object is read, caught per object."""


class FieldError(Exception):
    """A field's value is wrong: which field, why, and a hint."""

    def __init__(self, field: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
        self.hint = hint
