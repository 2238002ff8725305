"""Theme: the look of the bench, and whether JupyterLab shows it light or dark."""

from __future__ import annotations

from pathlib import Path

import anywidget
from traitlets import Unicode, link

from workbench.bench.shared.state import State


class Theme(anywidget.AnyWidget):
    """Brings the style sheet of all forms, and keeps ``state.theme`` as JupyterLab's own."""

    _esm = Path(__file__).with_name("page.js")
    _css = Path(__file__).with_name("bench.css")
    theme = Unicode("light").tag(sync=True)

    def __init__(self, state: State) -> None:
        super().__init__(theme=state.theme)
        link((state, "theme"), (self, "theme"))
