"""The process of the command line: how it and the kernels that it starts take memory.

Importing the package leaves a caller's process as it is; this one is the workbench's own.
"""

from __future__ import annotations

import os

import pyarrow as pa

# Memory as the C library gives it: huge pages, and a pool that hands pages back at once, cost a virtual machine a fifth
# of a large run. NumPy and Arrow read these when they are imported, as the kernels of reports and benches will.
MEMORY = {"NUMPY_MADVISE_HUGEPAGE": "0", "ARROW_DEFAULT_MEMORY_POOL": "system"}


def own_process() -> None:
    """Set what was not set by the user, for this process and those that it starts."""
    if "ARROW_DEFAULT_MEMORY_POOL" not in os.environ:
        pa.set_memory_pool(pa.system_memory_pool())
    for name, value in MEMORY.items():
        os.environ.setdefault(name, value)
