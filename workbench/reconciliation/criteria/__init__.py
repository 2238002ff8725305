"""Criteria: what a rule compares. Every file beside this one declares fields, which are known by that alone."""

from importlib import import_module
from pkgutil import iter_modules

for _file in iter_modules(__path__):
    import_module(f"{__name__}.{_file.name}")
