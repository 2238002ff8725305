"""Known formats: those that a file of ``formats`` declares; nothing lists them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from workbench.sources import formats
from workbench.sources.formats.format import Format
from workbench.sources.formats.unpacking import ENDINGS as PACKED


@cache
def known_formats() -> tuple[Format, ...]:
    """Every format, by name; content that two of them claim is refused.

    >>> [known.name for known in known_formats() if ".xml" in known.endings]
    ['camt']
    """
    modules = [import_module(f"{formats.__name__}.{module.name}") for module in iter_modules(formats.__path__)]
    declared = {known.name: known for module in modules for known in vars(module).values() if isinstance(known, Format)}
    return tuple(declared[name] for name in sorted(declared))


def endings() -> tuple[str, ...]:
    """The endings that names of files usually have; what they hold tells the format."""
    return (*sorted({ending for known in known_formats() for ending in known.endings}), *PACKED)
