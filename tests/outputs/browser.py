"""A real headless Chromium, spoken to over two pipes: no port, no driver, no package."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from tests.tools import tool

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ANSWER_WITHIN_S = 30
LAUNCH = """
import fcntl, os, sys
read, write = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(read, 3)  # the browser reads descriptor 3
os.dup2(write, 4)  # and writes descriptor 4
os.execvp(sys.argv[3], sys.argv[3:])
"""
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",  # a mouse
    "--remote-debugging-pipe",
)


SHIFTS = """
new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((one) => { sum += one.value; }))
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 250);
})
"""
KEYS = {
    "Tab": 9,
    "Enter": 13,
    "Escape": 27,
    "End": 35,
    "Home": 36,
    "ArrowLeft": 37,
    "ArrowUp": 38,
    "ArrowRight": 39,
    "ArrowDown": 40,
}
"""Those that write nothing, and their numbers."""


class Browser:
    """One tab. What it was told and what it said is in `events`. Skips the test where there is no browser."""

    def __init__(self) -> None:
        program = tool(*NAMES)
        self.events: list[dict[str, Any]] = []
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_child, self._to = os.pipe()
        self._from, from_child = os.pipe()
        command = [program, *FLAGS, f"--user-data-dir={self._profile.name}", "about:blank"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, str(to_child), str(from_child), *command],
            pass_fds=(to_child, from_child),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_child)
        os.close(from_child)
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        targets = self.call("Target.getTargets")["targetInfos"]
        target = next(t for t in targets if t["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._to)
        os.close(self._from)
        self._profile.cleanup()

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the DevTools protocol and wait for its answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != self._number:
            self.events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return dict(answer["result"])

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._from], [], [], ANSWER_WITHIN_S)
            data = os.read(self._from, 1 << 20) if ready else b""
            if not data:
                raise RuntimeError("the browser does not answer")
            self._buffer += data
        message, self._buffer = self._buffer.split(b"\0", 1)
        return dict(json.loads(message))

    def look(
        self,
        width: int,
        height: int,
        *,
        dark: bool = False,
        still: bool = False,
        script: bool = True,
        touch: bool = False,
    ) -> None:
        """Set up the window and what its user prefers."""
        self.call("Emulation.setTouchEmulationEnabled", enabled=touch, maxTouchPoints=2)
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"},
        ]
        self.call("Emulation.setEmulatedMedia", features=features)
        self.call("Emulation.setScriptExecutionDisabled", value=not script)

    def open(self, page: Path, fragment: str = "") -> None:
        """Load a file and wait until it and its pictures are there."""
        for url in ("about:blank", page.resolve().as_uri() + fragment):  # a new fragment alone would load nothing
            self.events.clear()
            self.call("Page.navigate", url=url)
            while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
                self.events.append(self._read())

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression; promises are waited for."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(str(result["exceptionDetails"]))
        return result["result"].get("value")

    def trace(self, expression: str) -> list[dict[str, Any]]:
        """What all threads of the browser did until the promise of an expression was kept, as trace events."""
        self.call("Tracing.start", transferMode="ReportEvents", traceConfig={"includedCategories": ["toplevel"]})
        self.ask(expression)
        self.call("Tracing.end")
        while not self.said("Tracing.tracingComplete"):
            self.events.append(self._read())
        return [one for told in self.said("Tracing.dataCollected") for one in told["value"]]

    def until(self, expression: str) -> None:
        """Wait until a JavaScript expression becomes true."""
        every_frame = (
            f"new Promise(done => {{ const look = () => ({expression}) ? done() : setTimeout(look, 10); look(); }})"
        )
        self.ask(every_frame)

    def press(self, key: str) -> None:
        """Press and release a key."""
        writes = "\r" if key == "Enter" else key if key not in KEYS else ""
        for kind in ("keyDown", "keyUp"):
            text = {"text": writes} if writes and kind == "keyDown" else {}
            code = KEYS.get(key) or ord(key.upper())
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """Move, press or release the mouse, or turn its wheel: mouseMoved, mousePressed, mouseReleased, mouseWheel."""
        button = "none" if kind in {"mouseMoved", "mouseWheel"} and "buttons" not in more else "left"
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **{"button": button, "clickCount": 1, **more})

    def touch(self, kind: str, *points: tuple[float, float]) -> None:
        """Fingers on the screen: touchStart, touchMove, touchEnd."""
        touching = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self.call("Input.dispatchTouchEvent", type=kind, touchPoints=touching)

    def middle_of(self, selector: str) -> tuple[float, float]:
        """The middle of what a selector finds, in the window."""
        box = self.ask(
            f"(b => [b.x + b.width / 2, b.y + b.height / 2])(document.querySelector({json.dumps(selector)}).getBoundingClientRect())"
        )
        return box[0], box[1]

    def click(self, selector: str) -> None:
        """Click in the middle of what a selector finds; scrolls it into sight first."""
        self.ask(
            f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'nearest', behavior: 'instant'}})"
        )
        at = self.middle_of(selector)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.mouse(kind, *at)

    @contextlib.contextmanager
    def slowed(self, times: float) -> Iterator[None]:
        """As on a machine that takes so many times as long."""
        self.call("Emulation.setCPUThrottlingRate", rate=times)
        try:
            yield
        finally:
            self.call("Emulation.setCPUThrottlingRate", rate=1)

    def shifts(self) -> float:
        """How much of what was seen has moved by itself since the page was opened: the sum of its layout shifts."""
        return float(self.ask(SHIFTS))

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """Save what is seen, or the whole page, as PNG."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def said(self, *methods: str) -> list[dict[str, Any]]:
        """The parameters of the events of these kinds since the page was opened."""
        return [event["params"] for event in self.events if event.get("method") in methods]
