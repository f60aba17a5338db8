"""The documentation site: Sphinx, MyST Markdown and the theme furo.

The reference is generated from the code and the schemas in every build.
"""

import sys
from pathlib import Path

from sphinx.application import Sphinx

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER / "_ext"))

from kubestow import __version__  # noqa: E402  # after the path is set
from kubestow.cli.main import app as kubestow  # noqa: E402  # after the path is set
from reference import checks, command_line, json_formats  # noqa: E402  # after the path is set

project = "kubestow"
release = __version__
extensions = ["myst_parser"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 4
exclude_patterns = ["_build"]
smartquotes = False  # options start with two dashes

html_theme = "furo"
html_title = "kubestow"
html_copy_source = False
html_show_copyright = False


GENERATED = {
    "reference/command-line": lambda: command_line.reference(kubestow),
    "reference/json-formats": lambda: json_formats.reference(FOLDER / "schema"),
    "reference/checks": checks.reference,
}
"""What is appended to a page when it is read."""


def append_generated(_: Sphinx, page: str, content: list[str]) -> None:
    """Append what is generated to a page of the reference."""
    if page in GENERATED:
        content[0] += f"\n{GENERATED[page]()}\n"


def always_outdated(*_: object) -> list[str]:
    """Return the pages to read again in every build: the code may have changed."""
    return list(GENERATED)


def setup(app: Sphinx) -> None:
    """Connect the generators."""
    app.connect("source-read", append_generated)
    app.connect("env-get-outdated", always_outdated)
