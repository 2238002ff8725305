"""A real JupyterLab, started as a user starts it: by `workbench lab`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
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
    errors: Path  # what it and its kernels said on stderr: a pipe that nobody reads would fill up and stop them

    @property
    def base(self) -> str:
        return f"http://{urlsplit(self.url).netloc}"

    @property
    def token(self) -> str:
        return urlsplit(self.url).query.removeprefix("token=")

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; return the exit code and what was said on stderr."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60)
        return self.process.returncode, self.errors.read_text("utf-8")


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
    env = environment(home)
    out, err = home / "stdout.txt", home / "stderr.txt"
    with out.open("w") as stdout, err.open("w") as stderr:
        process = subprocess.Popen(
            [*COMMAND, "--port", "0", *args],
            cwd=folder,
            env=env,
            stdout=stdout,
            stderr=stderr,
            text=True,
            # What runs in the background is started with interrupts ignored, and would hand that on.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - only the main thread starts it
        )
    with process:
        try:
            while "\n" not in out.read_text().partition("http://")[2]:
                assert process.poll() is None, err.read_text()
                time.sleep(0.1)
            line = next(line for line in out.read_text().splitlines() if "http://" in line)
            yield Lab(line.split(": ", 1)[1].strip(), process, err)
        finally:
            process.terminate()
