"""Files in the user's home directory, for users who have one."""

from pathlib import Path


def home_file(*names: str) -> Path | None:
    """Return a path below the home directory; None for a user who is unknown and has no HOME."""
    try:
        return Path.home().joinpath(*names)
    except RuntimeError:
        return None
