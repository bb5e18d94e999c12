"""A real headless Chromium: pages in, what it made of them out. It reaches no network."""

import html
import json
import re
import subprocess
from pathlib import Path
from typing import Any

PROGRAM = "chromium"
_PATIENCE = 120
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
_RESULT = re.compile(r'<pre id="measured">(.*?)</pre>', re.DOTALL)


def measured(directory: Path, page: str, script: str, width: int = 1280) -> Any:
    """What a JavaScript expression gives once a page is laid out at a width in pixels.

    ``page`` is HTML; the value must be JSON. Raises AssertionError with Chromium's words when
    there is none.
    """
    source = directory / "page.html"
    source.write_text(f"{page}\n{_measuring(script)}", encoding="utf-8")
    run = subprocess.run(
        [
            PROGRAM,
            *_FLAGS,
            f"--user-data-dir={directory / 'profile'}",
            f"--window-size={width},1000",
            "--dump-dom",
            source.as_uri(),
        ],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=_PATIENCE,
        check=False,
    )
    found = _RESULT.search(run.stdout)
    assert found, f"{PROGRAM} measured nothing:\n{run.stdout[-2000:]}\n{run.stderr[-2000:]}"
    return json.loads(html.unescape(found[1]))


def _measuring(script: str) -> str:
    return f"""<script>
    window.addEventListener("load", () => {{
      const value = JSON.stringify({script});
      const shown = document.createElement("pre");
      shown.id = "measured";
      shown.textContent = value;
      document.body.appendChild(shown);
    }});
    </script>"""
