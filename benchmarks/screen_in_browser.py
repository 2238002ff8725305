"""What the page of the bench takes as one works: its heap after many runs and decisions, and bytes over the wire."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.browser.bench import fill, ready
from tests.browser.notebook import run_notebook
from tests.browser.server import running_lab
from tests.conftest import FLAGS

ROOT = Path(__file__).parents[1]
NOTEBOOK = "notebooks/reconcile_bench.ipynb"
SETTLED = 300  # milliseconds in which nothing more is sent

# Clicks, and waits until the run that it begins has ended: Stop may be pressed only meanwhile.
CLICK_AND_RUN = """button => new Promise((done, fail) => {
    setTimeout(() => fail(new Error('no run began and ended within a minute')), 60_000);
    const stop = document.querySelector('.wb-run button:not(.mod-primary)');
    let began = false;
    const watcher = new MutationObserver(changes => {
        began ||= !stop.disabled || changes.length > 1; // a short run may begin and end at once
        if (began && stop.disabled) { watcher.disconnect(); done(); }
    });
    watcher.observe(stop, {attributes: true});
    button.click();
})"""


@dataclass
class Watched:
    """A page with its bench, and the bytes of the kernel's messages to it."""

    page: Page
    bench: Locator
    messages: list[int] = field(default_factory=list)

    def megabytes(self) -> float:
        """The page's heap without garbage."""
        session = self.page.context.new_cdp_session(self.page)
        for _ in range(3):
            session.send("HeapProfiler.collectGarbage")
        used: float = session.send("Runtime.getHeapUsage")["usedSize"]
        session.detach()
        return used / 1_000_000

    def sent_by(self, act: Callable[[], object]) -> int:
        """How many bytes come to the page until an act and its run have ended."""
        before = len(self.messages)
        act()
        known = -1
        while len(self.messages) != known:
            known = len(self.messages)
            self.page.wait_for_timeout(SETTLED)
        return sum(self.messages[before:])

    def run(self) -> None:
        """Choose Run."""
        self._press(".wb-run", "Run")

    def decide(self, act: str) -> None:
        """Exclude the chosen record, or undo that, with a reason."""
        fill(self.bench.locator(".wb-bar").get_by_label("Reason"), "measured")
        self._press(".wb-bar", act)

    def _press(self, within: str, name: str) -> None:
        button = self.bench.locator(within).get_by_role("button", name=name, exact=True)
        expect(button).to_be_enabled(timeout=60_000)
        button.evaluate(CLICK_AND_RUN)


@contextmanager
def sample_bench() -> Iterator[Watched]:
    """The bench in JupyterLab with the sample month, its first open record chosen."""
    with TemporaryDirectory() as folder, TemporaryDirectory() as user:
        for name in ("notebooks", "data"):
            shutil.copytree(ROOT / name, Path(folder) / name)
        with running_lab(Path(folder), Path(user) / "home") as lab, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            page = chromium.new_page(viewport={"width": 1280, "height": 1000})
            messages: list[int] = []
            page.on("websocket", lambda socket: socket.on("framereceived", lambda sent: messages.append(len(sent))))
            run_notebook(page, lab, NOTEBOOK)
            bench = ready(page, "are matched")
            bench.locator(".wb-open tbody tr").first.click()
            yield Watched(page, bench, messages)
            chromium.close()


def measured_in_browser(times: int) -> list[tuple[str, str]]:
    """What is measured, and how much it is; ``times`` runs and as many decisions."""
    with sample_bench() as watched:
        opening = sum(watched.messages)
        start = watched.megabytes()
        runs = [watched.sent_by(watched.run)]
        for _ in range(times - 1):
            watched.run()
        after_runs = watched.megabytes()
        decisions = [watched.sent_by(lambda act=act: watched.decide(act)) for act in ("Exclude", "Undo") * 3]
        for place in range(len(decisions), times):
            watched.decide(("Exclude", "Undo")[place % 2])
        after_decisions = watched.megabytes()
    return [
        ("heap of the page once the bench has run", f"{start:,.0f} MB"),
        (f"heap after {times} runs more", f"{after_runs:,.0f} MB"),
        (f"heap after {times} decisions more, each with its run", f"{after_decisions:,.0f} MB"),
        ("messages to the page to open the notebook and run it, plotly included", f"{opening / 1000:,.0f} kB"),
        ("messages of a run", f"{runs[0] / 1000:,.0f} kB"),
        ("messages of a decision, median", f"{median(decisions) / 1000:,.0f} kB"),
        ("messages of a decision, the most", f"{max(decisions) / 1000:,.0f} kB"),
    ]
