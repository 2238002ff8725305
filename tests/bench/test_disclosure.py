"""What is folded away comes out at the press of its button, and goes again."""

from __future__ import annotations

import ipywidgets

from workbench.bench.shared.disclosure import Fold


def test_the_button_shows_and_hides_what_is_inside() -> None:
    fold = Fold("More", [ipywidgets.Text(description="Name")])
    seen = [(fold.button.icon, fold.inside.layout.display)]
    for value in (True, False):
        fold.button.value = value
        seen.append((fold.button.icon, fold.inside.layout.display))
    assert seen == [("caret-right", "none"), ("caret-down", "flex"), ("caret-right", "none")]
