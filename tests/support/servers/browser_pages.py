"""Pages open in a real Chromium, Debian's, to click, type, print and look at. No network."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.servers.chromium import PROGRAM

_PATIENCE_MS = 60_000
_FLAGS = ("--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND")


@dataclass
class Seen:
    """What an open page said and asked for: its console's lines, its faults, its requests."""

    console: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Note all that happens from now on."""
        page.on("console", lambda message: self.console.append(message.text))
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        page.on("request", lambda request: self.requests.append(request.url))

        def refuse(dialog: object) -> None:
            self.dialogs.append(str(dialog))

        page.on("dialog", refuse)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    program = shutil.which(PROGRAM)
    assert program
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(
    browser: Browser, file: Path, width: int = 1280, height: int = 900, *, is_dark: bool = False
) -> Iterator[tuple[Page, Seen]]:
    """A file, open in a window of so many pixels, and what was seen of it."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if is_dark else "light",
    )
    context.set_default_timeout(_PATIENCE_MS)
    page, seen = context.new_page(), Seen()
    seen.watch(page)
    try:
        page.goto(file.as_uri())
        yield page, seen
    finally:
        context.close()
