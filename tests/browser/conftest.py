"""The Chromium that the tests of pages run in.

The tests are skipped where none is installed (Debian: apt-get install chromium) and
KUBESTOW_CHROMIUM does not name one.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from ..skips import CHROMIUM, chromium


# Of a module: while it is open, its thread has an event loop, and tests elsewhere want their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    CHROMIUM.skip_unless_met()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield launched
        launched.close()
