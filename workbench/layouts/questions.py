"""Questions: what a file leaves open, each with its choices, and how a user answers it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.errors import SourceError

OR_ANOTHER = "or another"  # the meaning of a choice that is only one of many


@dataclass(frozen=True)
class Choice:
    """An answer to a question: the reader's options that give it, and what it means.

    >>> Choice({"mapping": {"Net": "amount"}}, "the net amount").flags("external")
    "--external-mapping 'Net=amount'"
    >>> Choice({"date_format": "%d/%m/%Y"}, "the day first").option
    "date_format='%d/%m/%Y'"
    """

    options: Mapping[str, Any]
    meaning: str = ""

    @property
    def option(self) -> str:
        """The answer as options of Python."""
        return ", ".join(f"{name}={value!r}" for name, value in self.options.items())

    def flags(self, side: str) -> str:
        """The answer as flags of the command line."""
        return flags_of(side, self.options)


@dataclass(frozen=True)
class Question:
    """Something that the file leaves open: the reader's option that settles it, the question, and its choices."""

    option: str
    text: str
    choices: tuple[Choice, ...]

    def asked(self, side: str | None = None) -> str:
        """The question with its answers: as flags of the command line for ``side``, or as options of Python."""
        answers = [
            (choice.flags(side) if side else choice.option) + (f" ({choice.meaning})" if choice.meaning else "")
            for choice in self.choices
        ]
        return f"{self.text}: {'say' if len(answers) == 1 else 'choose'} {' or '.join(answers)}"


class OpenQuestions(SourceError):
    """An input leaves something open; ``questions`` are all that it does, each with its choices."""

    def __init__(
        self,
        name: str,
        side: str,
        questions: Sequence[Question],
        evidence: Sequence[str] = (),
        header: tuple[str, ...] | None = None,
    ) -> None:
        self.name, self.side, self.questions, self.evidence = name, side, tuple(questions), tuple(evidence)
        self.header = header
        super().__init__(self._message(None), self._message(side))

    def _message(self, side: str | None) -> str:
        asked = [question.asked(side) for question in self.questions]
        if len(asked) == 1:
            return f"{self.name}: {asked[0]}"
        return "\n  ".join([f"{self.name} leaves {len(asked)} things open", *asked])


def flag_of(side: str, name: str) -> str:
    """The flag of a reader option.

    >>> flag_of("external", "date_format")
    '--external-date-format'
    """
    return f"--{side}-{name.replace('_', '-')}"


def flags_of(side: str, options: Mapping[str, Any]) -> str:
    """Options of a reader as they are written on the command line.

    >>> flags_of("external", {"header": None, "only": {"State": ["DONE", "PAID"]}, "minor_units": True})
    "--external-header none --external-only 'State=DONE,PAID' --external-minor-units"
    """
    return " ".join(flag for name, value in options.items() for flag in _flags(side, name, value))


def _flags(side: str, name: str, value: Any) -> Iterable[str]:
    flag = flag_of(side, name)
    match value:
        case True:
            yield flag
        case False:
            yield flag_of(side, f"no_{name}")
        case None:
            yield f"{flag} none"
        case Mapping():
            yield from (f"{flag} {_quoted(f'{key}={_joined(values)}')}" for key, values in value.items())
        case _:
            yield f"{flag} {_quoted(_joined(value))}"


def _joined(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _quoted(text: str) -> str:
    plain = all(letter.isalnum() or letter in "%._:/=+-" for letter in text)
    return text if plain and "=" not in text else "'" + text.replace("'", "'\\''") + "'"
