"""Layout: how fields, rows and boxes of the forms are laid out, so that they fit a narrow page too."""

from __future__ import annotations

WIDE = {"description_width": "initial"}  # the style of a field: its label is as wide as its words
FIT = {"width": "max-content"}
ROOM = {"width": "min(100%, 40em)"}
ROW = {"flex_flow": "row wrap", "align_items": "center", "grid_gap": "0 8px"}
TO_THE_RIGHT = "2px 2px 2px auto"  # the margin that pushes a widget, and all that follow it, to the end of the row
BOX = {"border": "1px solid var(--jp-border-color2)", "padding": "4px 8px", "margin": "4px 0"}
