"""Keys: letters that do what buttons do, while the focus is in the same part of the bench and no text is typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
from traitlets import List, Unicode


class Keys(anywidget.AnyWidget):
    """Calls what stands under a key when it is pressed in the part of the page that has the class ``within``.

    Keys are named as browsers name them. In a field that text is typed into, only Enter and Escape are heard. Those
    ``asking`` lead to the field with the class ``wb-keys-here``.

    >>> keys = Keys("wb-part", {"m": lambda: print("matched")})
    >>> keys.press("m")
    matched
    """

    _esm = Path(__file__).with_name("keys.js").read_text(encoding="utf-8")
    within = Unicode().tag(sync=True)
    names: Any = List().tag(sync=True)
    asking: Any = List().tag(sync=True)

    def __init__(self, within: str, acts: Mapping[str, Callable[[], Any]], asking: Sequence[str] = ()) -> None:
        self.acts = dict(acts)
        super().__init__(within=within, names=list(acts), asking=list(asking))
        self.on_msg(lambda _view, message, _buffers: self.press(message["key"]))

    def press(self, key: str) -> None:
        """Do what stands under a key."""
        self.acts[key]()
