"""The process of the command line: how it and the kernels that it starts take memory.

Importing the package leaves a caller's process as it is; this one is the workbench's own.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pyarrow as pa

# Memory as the C library gives it: huge pages, and a pool that hands pages back at once, cost a virtual machine a fifth
# of a large run. NumPy and Arrow read these when they are imported, as the kernels of reports and benches will.
MEMORY = {"NUMPY_MADVISE_HUGEPAGE": "0", "ARROW_DEFAULT_MEMORY_POOL": "system"}


# Where Jupyter, which runs reports, keeps files of its own, and the kernels what they have compiled.
KEPT_AT_HOME = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")


def own_process() -> None:
    """Set what was not set by the user, for this process and those that it starts."""
    usable_home()
    if "ARROW_DEFAULT_MEMORY_POOL" not in os.environ:
        pa.set_memory_pool(pa.system_memory_pool())
    for name, value in MEMORY.items():
        os.environ.setdefault(name, value)


def usable_home() -> None:
    """Where nothing can be written at home, or there is none, as in a container with any uid: a folder that goes.

    A home that can only be read stays: ``~/.pgpass`` may lie in it.
    """
    home = _home()
    if home and os.access(home, os.W_OK):
        return
    folder = tempfile.mkdtemp(prefix="workbench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if home is None:
        os.environ["HOME"] = folder
    for name in KEPT_AT_HOME:
        os.environ.setdefault(name, folder)
    package = find_spec("workbench")
    if package and not os.access(Path(str(package.origin)).parent, os.W_OK):
        os.environ.setdefault("NUMBA_CACHE_DIR", folder)


def leave(code: int) -> NoReturn:
    """End this process after what is due at its end, waiting for no thread.

    After an interrupt the engine's threads may still be at work; an interpreter that ends under them dies of a signal.
    """
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _home() -> Path | None:
    try:
        home = Path.home()
    except (RuntimeError, KeyError):  # no HOME, and no entry for the user
        return None
    return home if home.is_dir() else None
