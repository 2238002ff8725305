"""Flags: what can be set on the command line, taken from the tables that the library has of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from workbench.errors import SettingsError
from workbench.layouts.questions import flag_of
from workbench.reconciliation.options import Option
from workbench.reconciliation.settings import OPTIONS
from workbench.runs.folder.terms import Terms, make_terms
from workbench.runs.gates.expectations import EXAMPLES
from workbench.runs.gates.limits import gates_of
from workbench.sides import SIDES
from workbench.sources.option_table import ReaderOption, options_for
from workbench.text_files import check_target, real_path

OUTCOME, SETTINGS, GATES, OPERATION = "Outcome", "Settings", "Gates", "Operation"
URL = re.compile(r"\s*[A-Za-z][\w+.-]*://")
SHORT = {"grouping_criteria": "group-by"}  # a flag reads better as a verb
BOOKS = ("balances", "internal", "snapshots")


class Flag(click.Option):
    """An option that stands in a section of the help: that of ``in_section``."""

    section = ""

    def __init__(self, *names: str, **attributes: Any) -> None:
        super().__init__(names, **attributes)


class Sectioned(click.Command):
    """A command whose help has its flags by section."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a list of flags for each section."""
        flags = [option for option in self.get_params(ctx) if isinstance(option, click.Option)]
        for section, together in groupby(flags, lambda flag: flag.section if isinstance(flag, Flag) else "Help"):
            records = [record for flag in together if (record := flag.get_help_record(ctx))]
            if records:
                with formatter.section(section):
                    formatter.write_dl(records)


class Parametrised(Sectioned):
    """A command that takes ``-p NAME VALUE``, as papermill does, as well as ``-p NAME=VALUE``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Join a name and its value before click takes them apart."""
        return super().parse_args(ctx, list(_joined(iter(args))))


def in_section(section: str, *flags: Flag) -> tuple[Flag, ...]:
    """The flags, standing in a section of the help."""
    for flag in flags:
        flag.section = section
    return flags


def with_flags(*flags: Flag) -> Callable[[click.Command], click.Command]:
    """Give a command its flags."""

    def give(command: click.Command) -> click.Command:
        command.params.extend(flags)
        return command

    return give


def setting_flags() -> list[Flag]:
    """A flag for each of the settings' options, and one for the rules."""
    rules = Flag(
        "--rules",
        metavar="FILE",
        help="Rules in Blnk's JSON, or the postgresql:// URL of a ledger that keeps them.  "
        "[default: those that the records propose]",
    )
    return [*(_setting_flag(option) for option in OPTIONS), rules]


def reader_flags(sides: Iterable[str] = SIDES) -> list[Flag]:
    """A flag for each reader option of each input."""
    on_bad = Flag(
        "--on-bad",
        type=click.Choice(["raise", "reject"]),
        help="Rows that cannot be used: stop at them, or go on and list them as rejected.  [default: raise]",
    )
    of_sides = (
        in_section(f"Reading {side.upper()}", *(_reader_flag(option, side) for option in options_for(side)))
        for side in sides
    )
    return [*in_section("Reading", on_bad), *chain.from_iterable(of_sides)]


def earlier_flags(section: str, sides: Iterable[str]) -> tuple[Flag, ...]:
    """The flags that take over what an earlier run was set to, and that name its files again."""
    return in_section(
        section,
        *(
            Flag(
                f"--{side}",
                f"{side}_file",
                metavar="FILE",
                multiple=True,
                help=f"Names the {side} file, as its place does; for several repeat it, or quote a pattern.",
            )
            for side in sides
        ),
        Flag(
            "--settings",
            metavar="FILE",
            help="Run again what settings.json of an earlier run says, of the same files; flags given here go first.",
        ),
        Flag(
            "--like",
            metavar="FILE",
            help="Take the settings of an earlier run for other files, such as next month's: all have to be named.",
        ),
        Flag(
            "--trust-settings",
            is_flag=True,
            help="Let --settings open databases, and files outside its own folder, that are not named here.",
        ),
    )


def operator_flags() -> tuple[Flag, ...]:
    """What a scheduler and its operator ask of every run."""
    metrics = "Write the outcome to FILE for Prometheus' textfile collector."
    wait = "Wait so long, such as 30m, for inputs that are missing or still change; then exit with 4."
    keep = "After a good run, keep only the last N good ones of its kind beside it."
    return in_section(
        OPERATION,
        Flag("--json", "as_json", is_flag=True, help="Show the outcome and the summary as JSON."),
        Flag("--log", metavar="FILE", callback=local, help="Append what happens to FILE, in JSON lines."),
        Flag("--metrics", metavar="FILE", callback=local, help=metrics),
        Flag("--notify", metavar="URL", help="Send the outcome, never records, to URL as JSON."),
        Flag("--wait", metavar="TIME", help=wait),
        Flag("--keep", type=click.IntRange(1), metavar="N", help=keep),
    )


def gate_flags(command: str, sides: Iterable[str]) -> tuple[Flag, ...]:
    """A flag for each gate of a command, and one for what each input must hold."""
    return in_section(
        GATES,
        *(
            Flag(
                f"--{gate.name.replace('_', '-')}",
                gate.name,
                multiple=True,
                metavar="LIMIT",
                help=f"Exit with 1 if more: {gate.counts}.{f'  [default: {gate.default}]' if gate.default else ''}",
            )
            for gate in gates_of(command)
        ),
        *(
            Flag(
                f"--expect-{side}",
                multiple=True,
                metavar="WHAT=VALUE",
                help=f"What the {side} input must hold: {', '.join(EXAMPLES)}; may be repeated.",
            )
            for side in sides
        ),
    )


def journal_flag(default: str) -> Flag:
    """Where a command that asks a ledger writes down what it asked."""
    text = "What --apply asked and was answered; run again with it to finish the rest."
    return Flag("--journal", metavar="FILE", callback=local, default=default, show_default=True, help=text)


def terms_of(command: str, chosen: Mapping[str, Any], before: Mapping[str, Any], sides: Iterable[str]) -> Terms:
    """The gates and expectations among the flags; ``before`` has those of an earlier run, which flags go before."""
    gates = {gate.name: chosen[gate.name] for gate in gates_of(command) if gate.name in chosen}
    until = chosen.get("ages_as_of", before.get("as_of"))
    expected = {side: chosen[f"expect_{side}"] for side in sides if f"expect_{side}" in chosen}
    return make_terms(command, {**before.get("gates", {}), **gates}, {**before.get("expect", {}), **expected}, until)


def local(_ctx: click.Context, flag: click.Parameter, value: str | None) -> str | None:
    """Refuse a URL where a path is due: it would become a local folder of that name, which shows its password."""
    if value and URL.match(value):
        raise SettingsError(f"{flag.opts[0]} takes a path, not a URL: write it here, then copy it to where it belongs")
    return value


def journal_place(path: str, run: str | Path | None) -> Path:
    """Where a journal of requests is. Raises ``SettingsError`` in the folder of the ``run``, or where none can be."""
    try:
        check_target(path)
        place = real_path(path)
        folder = real_path(run) if run else None
    except OSError as error:
        raise SettingsError(f"--journal {path} cannot be written: {error.strerror}") from None
    if folder in place.parents:
        raise SettingsError(f"--journal {path} lies in the run's folder, which is the run's alone: name another")
    if not place.parent.is_dir():
        raise SettingsError(f"--journal {path} would lie in a folder that is not there: make it, or name another")
    return Path(path)


def given(ctx: click.Context) -> dict[str, Any]:
    """What stands on the command line, without the defaults of what does not."""
    return {
        name: value
        for name, value in ctx.params.items()
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }


def settings_of(flags: Mapping[str, Any]) -> dict[str, Any]:
    """The settings among the flags, as ``make_settings`` takes them."""
    kinds = {option.name: option.kind for option in OPTIONS}
    chosen = {name: value for name, value in flags.items() if name in kinds}
    return {name: _names(value) if kinds[name] == "names" else value for name, value in chosen.items()}


def options_of(side: str, flags: Mapping[str, Any]) -> dict[str, Any]:
    """The reader options of one side among the flags, as a reader takes them."""
    options = {f"{side}_{option.name}": option for option in options_for(side)}
    chosen = {options[flag].name: _read(options[flag], value, side) for flag, value in flags.items() if flag in options}
    return chosen | ({"on_bad": flags["on_bad"]} if "on_bad" in flags else {})


def _read(option: ReaderOption, value: Any, side: str) -> Any:
    """What a flag says, as a reader takes it."""
    flag = flag_of(side, option.name)
    match option.kind:
        case "pairs":
            pairs = [_pair(text, flag, option.metavar) for text in value]
            by_position = option.name == "mapping"
            return {int(key) if by_position and key.isdecimal() else key: meaning for key, meaning in pairs}
        case "lists":
            pairs = [_pair(text, flag, option.metavar) for text in value]
            return {column: [text.strip() for text in values.split(",")] for column, values in pairs}
        case "line":
            return _line(value, flag)
        case "mark" if value == r"\t":
            return "\t"
    return value


def _line(text: str, flag: str) -> int | None:
    if text == "none":
        return None
    if not text.isdecimal():
        raise SettingsError(f"{flag} takes the number of a line, or none, not {text!r}")
    return int(text)


def _joined(args: Iterator[str]) -> Iterator[str]:
    for arg in args:
        yield arg
        if arg in {"-p", "--parameter"}:
            name = next(args, "")
            yield name if "=" in name else "=".join([name, *islice(args, 1)])


def _setting_flag(option: Option) -> Flag:
    flag = f"--{SHORT.get(option.name, option.name).replace('_', '-')}"
    if option.kind == "yes":
        return Flag(f"{flag}/{flag.replace('--', '--no-', 1)}", option.name, help=option.help, default=option.default)
    default = ", ".join(option.default or ()) if option.kind == "names" else option.default
    shown = f"  [default: {default}]" if default else ""
    kinds: dict[str, dict[str, Any]] = {
        "choice": {"type": click.Choice(option.choices)},
        "names": {"multiple": True, "metavar": "NAME[,NAME…]"},
        "text": {"metavar": "TEXT"},
        "integer": {"type": int, "metavar": "NUMBER"},
    }
    several = " May be repeated; '' is none." if option.kind == "names" else ""
    return Flag(flag, option.name, help=f"{option.help}{several}{shown}", **kinds[option.kind])


def _reader_flag(option: ReaderOption, side: str) -> Flag:
    flag = flag_of(side, option.name)
    if option.kind == "yes":
        off = flag_of(side, f"no_{option.name}")
        return Flag(f"{flag}/{off}", f"{side}_{option.name}", help=option.help, default=None)
    several = option.kind in {"pairs", "lists"}
    text = f"{option.help}  May be repeated." if several else option.help
    kind = click.Choice(option.choices) if option.kind == "choice" else None
    return Flag(flag, metavar=option.metavar, help=text, multiple=several, type=kind)


def _names(values: Iterable[str]) -> tuple[str, ...] | None:
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip()) or None


def _pair(text: str, flag: str, takes: str) -> tuple[str, str]:
    header, equals, column = text.rpartition("=")
    if not (header and equals and column):
        raise SettingsError(f"{flag} takes {takes}, such as Betrag=amount, not {text!r}")
    return header, column.strip()
