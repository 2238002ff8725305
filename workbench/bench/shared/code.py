"""Code: text to be copied, such as a command, with a button that copies it."""

from __future__ import annotations

from pathlib import Path

import anywidget
from traitlets import Unicode


class Code(anywidget.AnyWidget):
    """``value`` as it is, whatever characters it has.

    >>> Code("As Python", "import workbench as wb").value
    'import workbench as wb'
    """

    _esm = Path(__file__).with_name("code.js").read_text(encoding="utf-8")
    description = Unicode().tag(sync=True)
    value = Unicode().tag(sync=True)

    def __init__(self, description: str, value: str = "") -> None:
        super().__init__(description=description, value=value)
