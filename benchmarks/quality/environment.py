"""The peers' own virtual environment: made once from ``requirements.txt``, and anew when that changes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import venv
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "workbench-benchmarks"


def peers_python() -> str:
    """The interpreter of the environment, which is made first if it is not there."""
    folder = CACHE / f"peers-{hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = folder / "complete"
    if not done.exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS], check=True)
        done.touch()
    return str(python)
