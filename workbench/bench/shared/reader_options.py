"""Reading: the options of a reader as fields, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets

from workbench.bench.shared.fields import choice_field, text_field
from workbench.bench.shared.text import words
from workbench.dsn import is_dsn
from workbench.errors import SettingsError
from workbench.sources.option_table import BY_NAME, ReaderOption, options_for

FOUND = "found in the file"
MARKS = {
    "delimiter": {FOUND: "", "comma": ",", "semicolon": ";", "tab": "\t", "bar |": "|"},
    "decimal": {FOUND: "", "point, as in 0.50": ".", "comma, as in 0,50": ","},
    "thousands": {
        FOUND: "",
        "comma, as in 1,234": ",",
        "point, as in 1.234": ".",
        "blank, as in 1 234": " ",
        "apostrophe, as in 1'234": "'",
    },
}
OF_A_PLACE_OF_ITS_OWN = {"mapping"}  # the columns have a form of theirs


class ReaderFields(ipywidgets.VBox):
    """A field for each option of a reader but ``mapping`` and ``on_bad``, which have their own places."""

    def __init__(self, side: str, options: Mapping[str, Any]) -> None:
        self.options_of = {
            option.name: option for option in options_for(side) if option.name not in OF_A_PLACE_OF_ITS_OWN
        }
        self.fields = {name: _field(option, options.get(name)) for name, option in self.options_of.items()}
        self.rows = {
            name: ipywidgets.VBox([field, words("" if name in MARKS else self.options_of[name].help, "hint")])
            for name, field in self.fields.items()
        }
        super().__init__(tuple(self.rows.values()), layout={"flex_flow": "row wrap", "grid_gap": "0 16px"})

    def options(self, path: str) -> dict[str, Any]:
        """What is set of what fits the input at ``path``. Raises ``SettingsError`` for what cannot be understood."""
        chosen = {name: field.value for name, field in self.fields.items() if fits(name, path)}
        return {name: read_text(self.options_of[name], value) for name, value in chosen.items() if value}

    def replace_options(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        """Take back the options ``before``, and set those ``now``."""
        for name in before.keys() - now.keys():
            self.fields[name].value = ""
        for name, value in now.items():
            field, text = self.fields[name], field_text(self.options_of[name], value)
            if isinstance(field, ipywidgets.Dropdown) and text not in [choice for _, choice in field.options]:
                field.options = (*field.options, (repr(text), text))
            field.value = text

    def show_for(self, path: str) -> None:
        """Show what fits the input at ``path``."""
        for name, row in self.rows.items():
            row.layout.display = None if fits(name, path) else "none"


def fits(option: str, path: str) -> bool:
    """Whether a reader's option says something about the input at ``path``.

    >>> fits("delimiter", "a.csv"), fits("since", "a.csv"), fits("since", "postgresql://db.example/books")
    (True, False, True)
    """
    return BY_NAME[option].of == "any" or is_dsn(path) == (BY_NAME[option].of == "database")


def label_of(name: str) -> str:
    """What a field is called.

    >>> label_of("date_format")
    'Date format'
    """
    return name.replace("_", " ").capitalize()


def field_text(option: ReaderOption, value: Any) -> str:
    """An option that is set, as its field has it.

    >>> field_text(BY_NAME["header"], None), field_text(BY_NAME["minor_units"], True)
    ('none', 'yes')
    """
    if option.kind == "yes":
        return "yes" if value else "no"
    return "none" if option.kind == "line" and value is None else written(value)


def _field(option: ReaderOption, value: Any) -> ipywidgets.Widget:
    if option.name in MARKS:
        return _choice(option.name, MARKS[option.name], "" if value is None else value)
    if option.kind == "choice":
        return _choice(option.name, {"as usual": "", **{choice: choice for choice in option.choices}}, value or "")
    if option.kind == "yes":
        return _choice(option.name, {FOUND: "", "yes": "yes", "no": "no"}, {True: "yes", False: "no"}.get(value, ""))
    return text_field(label_of(option.name), written(value))


def _choice(name: str, choices: Mapping[str, str], chosen: str) -> ipywidgets.Dropdown:
    if chosen not in choices.values():
        choices = {**choices, repr(chosen): chosen}
    return choice_field(label_of(name), tuple(choices.items()), value=chosen)


def written(value: Any) -> str:
    """The value of an option as one writes it in a field.

    >>> written({"State": ["DONE", "PAID"]}), written(3), written(None)
    ('State=DONE,PAID', '3', '')
    """
    match value:
        case None | "found":
            return ""
        case Mapping():
            pairs = [f"{key}={texts if isinstance(texts, str) else ','.join(texts)}" for key, texts in value.items()]
            return "; ".join(pairs)
        case list() | tuple():
            return ",".join(value)
    return str(value)


def read_text(option: ReaderOption, text: str) -> Any:
    """What is written in a field, as a reader takes it; raises ``SettingsError`` for what cannot be understood.

    >>> read_text(BY_NAME["only"], "State=DONE,PAID"), read_text(BY_NAME["header"], "none")
    ({'State': ['DONE', 'PAID']}, None)
    """
    match option.kind:
        case "pairs" | "lists":
            pairs = [part.strip().rpartition("=") for part in text.split(";") if part.strip()]
            if not all(key and value for key, _, value in pairs):
                name = label_of(option.name)
                raise SettingsError(f"{name} takes {option.metavar}, several with ; between, not {text!r}")
            if option.kind == "pairs":
                return {key.strip(): value.strip() for key, _, value in pairs}
            return {key.strip(): [item.strip() for item in value.split(",")] for key, _, value in pairs}
        case "line":
            return None if text == "none" else int(text) if text.isdecimal() else text
        case "yes":
            return text == "yes"
    return text
