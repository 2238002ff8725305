"""A real JupyterLab, started as a user starts it: by `workbench lab`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

COMMAND = [sys.executable, "-c", "from workbench.cli import main; main()", "lab", "--no-browser"]


@dataclass(frozen=True)
class Lab:
    """A server that runs: the address it printed, and the process."""

    url: str
    process: subprocess.Popen[str]

    @property
    def base(self) -> str:
        return f"http://{urlsplit(self.url).netloc}"

    @property
    def token(self) -> str:
        return urlsplit(self.url).query.removeprefix("token=")

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; return the exit code and what was said on stderr."""
        self.process.send_signal(signal.SIGINT)
        _, err = self.process.communicate(timeout=60)
        return self.process.returncode, err


def environment(home: Path) -> dict[str, str]:
    """Of a user without settings of their own, but for the page to let tests give JupyterLab commands."""
    config = home / ".jupyter" / "jupyter_lab_config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"LabApp": {"expose_app_in_browser": True}}))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
    return {**kept, "HOME": str(home)}


@contextmanager
def running_lab(folder: Path, home: Path, *args: str) -> Iterator[Lab]:
    """JupyterLab over `folder`, until the block ends."""
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", *args],
        cwd=folder,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # What runs in the background is started with interrupts ignored, and would hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - only the main thread starts it
    )
    with process:
        try:
            assert process.stdout
            line = next((line for line in process.stdout if "http://" in line), "")
            assert line, process.communicate()[1]
            yield Lab(line.split(": ", 1)[1].strip(), process)
        finally:
            process.terminate()
