"""Sources: choose what each side is read from, see how it is understood and what of it cannot be used."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import ipywidgets
import pyarrow as pa

from workbench.bench.shared.columns import ColumnsFold
from workbench.bench.shared.disclosure import Fold
from workbench.bench.shared.fields import FIT, ROW, WIDE, Part, button, text_field, tick_field
from workbench.bench.shared.files import files_in, keep_upload
from workbench.bench.shared.form_words import GO_ON, in_form_words
from workbench.bench.shared.reader_options import ReaderFields
from workbench.bench.shared.reading import OPTIONS, TITLE, ReadingFold
from workbench.bench.shared.state import Input, State
from workbench.bench.shared.table import NOTHING, TableView
from workbench.bench.shared.text import say, words
from workbench.dsn import is_dsn, redact
from workbench.errors import BadRecords, SourceError, WorkbenchError
from workbench.records import Records
from workbench.sources import READERS, Source, endings, preview
from workbench.sources.one_state import opened
from workbench.sources.preview import KINDS, Preview

FIRST = 10  # rows that are shown of an input
TITLES = {
    "external": "External records: what the bank, card scheme or processor says",
    "internal": "Internal records: what the ledger says",
    "balances": "Balances: what the ledger has on record",
    "snapshots": "Snapshots: what the balances were at some moments, if that is known",
}


class SourceForms(Fold):
    """A form for each of ``sides``; those that are ``optional`` may be left empty.

    What can be read goes into ``state.inputs`` and ``state.records``; for what cannot, Run waits. Folded, it says what
    is read; it opens where something is wrong.
    """

    def __init__(self, state: State, sides: Sequence[str], optional: Sequence[str] = ()) -> None:
        self.state, self.optional = state, optional
        self.sides = {
            side: SourceForm(side, state.inputs.get(side, Input("")), partial(self.read, side)) for side in sides
        }
        super().__init__("Sources", list(self.sides.values()))
        self.add_class("wb-sources")

    def read(self, *sides: str) -> None:
        """Read these sides, or all; with each what lies in the same database, so that they belong together."""
        left = list(sides or self.sides)
        while left:
            together = self._together(left[0])
            self._read(together)
            left = [side for side in left if side not in together]

    def wait(self, sentences: Mapping[str, str]) -> None:
        """Leave sides unread, and say why; who then chooses *Read again* has them read."""
        for side, sentence in sentences.items():
            self.sides[side].fail(sentence)
        self._keep()

    def _together(self, side: str) -> list[str]:
        path = self.sides[side].path.value
        return [
            other for other, form in self.sides.items() if other == side or (form.path.value == path and is_dsn(path))
        ]

    def _read(self, sides: list[str]) -> None:
        if sides[0] in self.optional and not self.sides[sides[0]].path.value:
            self.sides[sides[0]].leave_out()
            self._keep()
            return
        try:
            for side in sides:
                self.sides[side].check_path()
            with opened({side: self.sides[side].path.value for side in sides}) as sources:
                for side in sides:
                    self.sides[side].read(sources[side])
        except SourceError as error:
            for side in sides:
                self.sides[side].fail(str(error))
        self._keep()

    def _keep(self) -> None:
        """Put into the state what can be used, and what is wrong."""
        self.state.inputs = {side: form.input for side, form in self.sides.items()}
        self.state.records = {side: form.records for side, form in self.sides.items() if form.records}
        problems = [form.problem for form in self.sides.values() if form.problem]
        self.state.report_problem("sources", problems[0] if problems else "")
        names = [f"{Path(redact(source.path)).name or 'none'} ({side})" for side, source in self.state.inputs.items()]
        self.button.description = f"Sources: {', '.join(names)}"
        if problems:
            self.button.value = True


class SourcesForm(SourceForms):
    """Both sides of a reconciliation."""

    def __init__(self, state: State) -> None:
        super().__init__(state, ("external", "internal"))
        self.external, self.internal = self.sides.values()


class SourceForm(Part):
    """One side: its input, how to read it, its first rows and its rejected ones. ``changed`` hears of every choice."""

    def __init__(self, side: str, given: Input, changed: Callable[[], None]) -> None:
        self.side, self.changed = side, changed
        self.records: Records | None = None
        self.problem = ""
        options = dict(given.options)
        name = side.capitalize()
        self.pick = ipywidgets.Dropdown(description=f"{name} file", style=WIDE)
        room = {"width": "34em", "max_width": "calc(100% - 4px)"}
        self.path = text_field(f"{name} path or database URL", redact(given.path), layout=room)
        self.upload = ipywidgets.FileUpload(
            accept=",".join(endings()),
            description=f"Upload {side} file",
            tooltip="Keep a file of yours beside the notebook, and read it",
            layout=FIT,
        )
        self.again = button("Read again", f"Read the {side} input as it is now", changed)
        self.reading = ReaderFields(side, options)
        self.columns = ColumnsFold(side, options.get("mapping") or {}, changed)
        rejects = options.get("on_bad") == "reject"
        self.go_on = tick_field(GO_ON, value=rejects)
        self.how = Fold(OPTIONS, [self.reading])
        self.reading_fold = ReadingFold(side, self._answer)
        self.message = words("")
        self.first = TableView(NOTHING, f"First rows of the {side} records")
        self.rejected = TableView(NOTHING, f"Rejected rows of the {side} records")
        self._other_input = self._secret = self._filling = False
        self._offer()
        self.reading.show_for(self.path.value)
        self._show(NOTHING, NOTHING)
        self._listen()
        super().__init__(
            "source",
            words(TITLES[side]),
            ipywidgets.HBox([self.pick, self.path, self.upload, self.again], layout=ROW),
            self.message,
            self.rejected,
            self.go_on,
            self.reading_fold,
            self.columns,
            self.how,
            self.first,
        )

    @property
    def input(self) -> Input:
        """What is chosen, as a reader takes it."""
        path = self.path.value
        mapping = {"mapping": self.columns.mapping} if self.columns.mapping else {}
        on_bad = {"on_bad": "reject"} if self.go_on.value else {}
        return Input(path, self.reading.options(path) | mapping | on_bad)

    def check_path(self) -> None:
        """Raise ``SourceError`` if nothing is chosen, or if a password had just to be taken out of it."""
        if not self.path.value:
            raise SourceError(f"there are no {self.side} records yet: choose a file, upload one, or give a path")
        if self._secret:
            self._secret = False
            raise SourceError(
                "the URL held a password, which is taken out so that nobody sees it: give it in PGPASSWORD or "
                "~/.pgpass, and read again"
            )

    def read(self, data: Source) -> None:
        """Look at ``data`` and read it: afterwards ``records`` are what can be used, or ``problem`` says why not."""
        self.records, self.problem = None, ""
        self._show(NOTHING, NOTHING)
        say(self.message, f"Reading {Path(self.path.value).name} …")
        try:
            self.records = self._read(data)
        except WorkbenchError as error:
            self.fail(in_form_words(error).splitlines()[0])
        else:
            say(self.message, _usable_in_words(self.records), "good")

    def fail(self, sentence: str) -> None:
        """Say why the input cannot be used."""
        self.records, self.problem = None, sentence
        say(self.message, sentence, "problem")

    def leave_out(self) -> None:
        """Go on without this input."""
        self.records, self.problem = None, ""
        self._show(NOTHING, NOTHING)
        self.columns.clear()
        self.reading_fold.clear()
        say(self.message, f"There are no {self.side}: none is needed.", "good")

    def keep_uploads(self) -> None:
        """Keep what was uploaded as files, and choose the last."""
        files = self.upload.value
        self.upload.value = ()  # so that the same file can be uploaded again
        try:
            for file in files:
                self.path.value = keep_upload(file["name"], bytes(file["content"]), Path())
        except SourceError as error:
            say(self.message, str(error), "problem")

    def _read(self, data: Source) -> Records:
        previewed = self._preview(data)
        self._show(previewed.first, NOTHING)
        if previewed.layout.questions:
            raise SourceError(f"{Path(self.path.value).name} leaves something open: answer under {TITLE}")
        if previewed.missing:
            raise SourceError(
                f"no header is taken for {', '.join(previewed.missing)}: say under Columns which header means "
                f"{'it' if len(previewed.missing) == 1 else 'each'}"
            )
        read, options = READERS[self.side], dict(self.input.options)
        try:
            records = read(data, **options)
        except BadRecords:
            good = read(data, **options | {"on_bad": "reject"})
            self._show(previewed.first, _rejected(good))
            # Where every row is bad, the settings of the reader are at fault, not the rows.
            self.how.button.value |= _bad(good) == good.origin.rows
            raise BadRecords(_bad_in_words(good)) from None
        self._show(_first(records, self.side), _rejected(records))
        return records

    def _preview(self, data: Source) -> Preview:
        try:
            if self._other_input and self.columns.mapping:
                unmapped = {name: value for name, value in self.input.options.items() if name != "mapping"}
                self.columns.keep_for(preview(data, self.side, rows=0, **unmapped).columns)
            self._other_input = False
            options = self.input.options
            previewed = preview(data, self.side, rows=FIRST, **options)
        except WorkbenchError:
            self.columns.clear()
            self.reading_fold.clear()
            raise
        self.columns.show(previewed)
        self.reading_fold.show(
            previewed, options, self.path.value, lambda: preview(data, self.side, rows=FIRST, **options).beside
        )
        return previewed

    def _answer(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        """Take the answer to a question in place of an earlier one."""
        self._filling = True
        self._replace(before, now)
        self._filling = False
        self.changed()

    def _replace(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        old, new = ({name: value for name, value in options.items() if name != "mapping"} for options in (before, now))
        self.reading.replace_options(old, new)
        self.columns.replace_mapping(before.get("mapping", {}), now.get("mapping", {}))

    def _forget_answers(self) -> None:
        """Take back what was said of the input before: it may be wrong of another, and nobody would see that."""
        self.go_on.value = False
        for answer in self.reading_fold.answers():
            self._replace(answer, {})

    def _show(self, first: pa.Table, rejected: pa.Table) -> None:
        for view, table in ((self.first, first), (self.rejected, rejected)):
            view.show(table)
            view.layout.display = None if len(table) else "none"
        self.go_on.layout.display = None if len(rejected) or self.go_on.value else "none"

    def _offer(self) -> None:
        """Offer the files there are, and what is chosen."""
        path = self.path.value
        files = dict.fromkeys([*files_in(Path(), endings(), path), *_ledger(), *([path] if path else [])])
        self.pick.options = [("choose a file", ""), *((file, file) for file in files)]
        self.pick.value = path

    def _listen(self) -> None:
        self.pick.observe(self._picked, "value")
        self.path.observe(self._moved, "value")
        self.upload.observe(lambda change: self.keep_uploads() if change["new"] else None, "value")
        for widget in (*self.reading.fields.values(), self.go_on):
            widget.observe(lambda _: None if self._filling else self.changed(), "value")

    def _picked(self, change: Any) -> None:
        if change["new"] and not self._filling:
            self.path.value = change["new"]

    def _moved(self, change: Any) -> None:
        if self._filling:
            return
        self._filling = True
        self.path.value = redact(change["new"])
        self._offer()
        self._forget_answers()
        self._filling = False
        self.reading_fold.clear()
        self._other_input, self._secret = True, self.path.value != change["new"]
        self.reading.show_for(self.path.value)
        self.changed()


def _usable_in_words(records: Records) -> str:
    bad, rows = _bad(records), records.origin.rows
    left_out = "1 bad row is" if bad == 1 else f"{bad:,} bad rows are"
    rejected = f"; {left_out} left out and counted as rejected" if bad else ""
    return f"{records.origin.name}: {rows - bad:,} of {rows:,} records can be used{rejected}."


def _bad_in_words(records: Records) -> str:
    """What the readers say, in terms of what can be clicked."""
    bad, rows = _bad(records), records.origin.rows
    return (
        f"{records.origin.name}: {bad:,} of {rows:,} records {'is' if bad == 1 else 'are'} bad, as listed: correct the "
        f"file, say under {OPTIONS} how amounts and dates are written, or go on without the bad rows"
    )


def _bad(records: Records) -> int:
    return int(records.rejected["row"].nunique())


def _first(records: Records, side: str) -> pa.Table:
    """The first records, in the columns that the input has."""
    kind = KINDS[side]
    absent = [column for column in kind.columns if column not in (*records.given, kind.money)]
    return records.table.drop(*absent).head(FIRST).to_pyarrow()


def _rejected(records: Records) -> pa.Table:
    return pa.Table.from_pandas(records.rejected, preserve_index=False)


def _ledger() -> list[str]:
    """The ledger that the environment names, as programs of PostgreSQL understand it."""
    return [f"postgresql:///{quote(name, safe='')}"] if (name := os.environ.get("PGDATABASE")) else []
