"""A real Chromium without a window, driven over its DevTools pipe: for tests of pages, and pictures in docs/."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["CHROMIUM", "Browser", "browser"]

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def _runs(path: str) -> bool:
    """Ubuntu's package is a stub that does not."""
    return subprocess.run([path, "--version"], check=False, capture_output=True).returncode == 0


CHROMIUM = next((path for path in map(shutil.which, _NAMES) if path and _runs(path)), None)
"""Where Chromium is; None where there is none."""

# Chromium's sandbox needs rights that root in a container lacks; what is opened here is our own page.
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--hide-scrollbars",
)


@dataclass
class Browser:
    """One tab. `asked` are the addresses that it has asked for."""

    to: Any
    back: Any
    session: str = ""
    number: int = 0
    asked: list[str] = field(default_factory=list)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of a DevTools command."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        self.to.write(json.dumps(message | ({"sessionId": self.session} if self.session else {})).encode() + b"\0")
        self.to.flush()
        while (answer := self._next()).get("id") != self.number:
            pass
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def _next(self) -> dict[str, Any]:
        heard = bytearray()
        while (byte := self.back.read(1)) != b"\0":
            assert byte, "Chromium has gone"
            heard += byte
        message: dict[str, Any] = json.loads(heard)
        if message.get("method") == "Network.requestWillBeSent":
            self.asked.append(message["params"]["request"]["url"])
        return message

    def opens(self, page: Path, *, width: int, height: int = 900, scheme: str = "light") -> None:
        """Show the file on a screen of that width, in that colour scheme."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=page.resolve().as_uri())
        while self.says("document.readyState") != "complete":
            pass

    def says(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def picture(self, *, whole: bool = True) -> bytes:
        """What is shown as a PNG; `whole` also what lies below."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"])


@contextmanager
def browser(flags: Sequence[str] = ()) -> Iterator[Browser]:
    """A Chromium with an empty profile, gone afterwards."""
    assert CHROMIUM is not None
    (heard, to), (back, told) = os.pipe(), os.pipe()
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        # Chromium listens on 3 and answers on 4, whatever the numbers are here.
        script = f'exec "$0" "$@" 3<&{heard} 4>&{told}'
        process = subprocess.Popen(
            ["bash", "-c", script, CHROMIUM, *_FLAGS, *flags, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(heard, told),
            stderr=subprocess.DEVNULL,
        )
        os.close(heard)
        os.close(told)
        try:
            with os.fdopen(to, "wb") as writing, os.fdopen(back, "rb") as reading:
                yield _tab(Browser(to=writing, back=reading))
        finally:
            process.terminate()
            process.wait(timeout=20)


def _tab(found: Browser) -> Browser:
    target = found.call("Target.createTarget", url="about:blank")["targetId"]
    found.session = found.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Network"):
        found.call(f"{domain}.enable")
    return found
