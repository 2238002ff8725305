"""Option fields: a widget for each option, by its kind, and what is read from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets

from workbench.bench.shared.fields import FIT, ROW, WIDE, choice_field, text_field, tick_field
from workbench.bench.shared.text import words
from workbench.reconciliation.options import Option

NONE = "as usual"  # the words of a choice that need not be made


class OptionFields(ipywidgets.VBox):
    """A field for each of ``options`` with its sentence. What nobody touched is read as it was shown, to the letter."""

    def __init__(self, options: Sequence[Option], values: Mapping[str, Any]) -> None:
        self.options = {option.name: option for option in options}
        self.fields = {name: option_field(option) for name, option in self.options.items()}
        self._shown = {name: values[name] for name in self.fields}
        for name, field in self.fields.items():
            field.value = option_shown(self.options[name], values[name])
        self._untouched = {name: field.value for name, field in self.fields.items()}
        self.rows = {
            name: ipywidgets.HBox([field, words(self.options[name].help, "hint")], layout=ROW)
            for name, field in self.fields.items()
        }
        super().__init__(tuple(self.rows.values()))

    @property
    def values(self) -> dict[str, Any]:
        """What the fields say, by the name of the option."""
        return {
            name: self._shown[name]
            if field.value == self._untouched[name]
            else option_read(self.options[name], field.value)
            for name, field in self.fields.items()
        }

    @property
    def any_set(self) -> bool:
        """Whether any field says something else than its default."""
        return any(self._shown[name] != option.default for name, option in self.options.items())

    def offer(self, names: Mapping[str, bool]) -> None:
        """Show or hide the fields of options."""
        for name, shown in names.items():
            self.rows[name].layout.display = None if shown else "none"


def option_field(option: Option) -> ipywidgets.Widget:
    """The widget of an option, empty."""
    match option.kind:
        case "choice":
            free = [] if option.default else [(NONE, "")]
            choices = [*free, *((choice.replace("_", " ").capitalize(), choice) for choice in option.choices)]
            return choice_field(option.title, choices)
        case "integer" if option.default is not None:
            return ipywidgets.IntText(description=option.title, style=WIDE, layout=FIT)
        case "yes":
            return tick_field(option.title)
    return text_field(option.title, placeholder=option.example, layout={"width": "auto", "min_width": "20em"})


def option_read(option: Option, value: Any) -> Any:
    """What the widget of an option says, as settings and rules take it; what cannot be read stays a text.

    >>> option_read(Option("statuses", "names", (), ""), "APPLIED, VOID")
    ('APPLIED', 'VOID')
    """
    match option.kind:
        case "names":
            return tuple(name.strip() for name in value.split(",") if name.strip()) or None
        case "text" | "choice":
            return value.strip() or option.default
        case "integer" if isinstance(value, str):
            text = value.strip()
            return int(text) if text.isdecimal() else text or None
    return value


def option_shown(option: Option, value: Any) -> Any:
    """What the widget of an option has for a value."""
    match option.kind:
        case "names":
            return ", ".join(value or ())
        case "text" | "choice":
            return "" if value in (None, 0) else str(value)
        case "integer" if option.default is None:
            return "" if value is None else str(value)
    return value
