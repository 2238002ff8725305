"""Form words: errors as they are said beside a form, where Python's options have labels."""

from __future__ import annotations

from workbench.bench.shared.reader_options import label_of
from workbench.sources.naming import ON_BAD, renamed

REPLACE = "Replace what an earlier export or report left there"
GO_ON = "Go on without the bad rows"
PLACES = {ON_BAD: GO_ON, "mapping": "Columns"}


def in_form_words(error: Exception) -> str:
    """The message of an error, with the labels of fields in place of Python's options.

    >>> in_form_words(ValueError('name its encoding, such as encoding="cp1252"'))
    'name its encoding, such as Encoding cp1252'
    >>> in_form_words(ValueError("replace it with force=True"))
    'tick Replace what an earlier export or report left there'
    """
    message = str(error).replace("replace it with force=True", f"tick {REPLACE}")
    return renamed(message, _in_form)


def _in_form(name: str, value: object) -> str:
    if name in PLACES:
        return PLACES[name]
    label = label_of(name)
    return label if value is None else f"{label} {'none' if value == 'None' else value}"
