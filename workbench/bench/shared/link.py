"""Link: opens a file that the kernel wrote, by the server that the page comes from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import anywidget
from traitlets import List, Unicode


class FileLink(anywidget.AnyWidget):
    """A link to a file, which is nothing but its path where the server of the page does not serve it.

    The page knows the folder that is served, in some front ends as it is seen from the home of who runs it.

    >>> link = FileLink("Open the report")
    >>> link.show(Path.home() / "books" / "report.html")
    >>> link.paths[-1]
    '~/books/report.html'
    """

    _esm = Path(__file__).with_name("link.js").read_text(encoding="utf-8")
    label = Unicode().tag(sync=True)
    paths: Any = List(Unicode()).tag(sync=True)  # the absolute path, then as it is seen from home; none: no link

    notebook = Unicode().tag(sync=True)  # the absolute path of the notebook, where the server says it to its kernel

    def __init__(self, label: str) -> None:
        super().__init__(label=label, notebook=os.environ.get("JPY_SESSION_NAME", ""))

    def show(self, path: Path) -> None:
        """Link to a file."""
        whole, home = path.absolute(), Path.home()
        of_home = [f"~/{whole.relative_to(home).as_posix()}"] if whole.is_relative_to(home) else []
        self.paths = [whole.as_posix(), *of_home]

    def focus(self) -> None:
        """Put the keyboard's focus on the link."""
        self.send({"focus": True})

    def clear(self) -> None:
        """Link to nothing."""
        self.paths = []
