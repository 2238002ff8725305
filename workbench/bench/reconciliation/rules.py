"""Rules: add, remove, reorder and shape them, read each as a sentence, load and save them as Blnk's JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import ipywidgets

from workbench.bench.reconciliation.criterion import CriterionRow, button
from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.files import keep_upload
from workbench.bench.shared.layout import BOX, FIT, ROW, TO_THE_RIGHT, WIDE
from workbench.bench.shared.text import say, words
from workbench.errors import SettingsError, WorkbenchError
from workbench.reconciliation.criteria.field import FIELDS, Criterion
from workbench.reconciliation.rule_files import load_rules, save_rules
from workbench.reconciliation.rules import DEFAULT_RULES, MAX_CRITERIA, Rule
from workbench.reconciliation.settings import make_settings

Item = TypeVar("Item")


class RulesForm(ipywidgets.VBox):
    """The rules in their order. Where all are sound they go into ``state.rules``; otherwise Run waits."""

    def __init__(self, state: BenchState) -> None:
        self.state = state
        self.boxes: tuple[RuleBox, ...] = ()
        self.list = ipywidgets.VBox()
        self.add = button("Add rule", "Add a rule after the last")
        self.default = button("Default rules", "Replace all by the rules to start from")
        self.path = ipywidgets.Text("rules.json", description="Rules file", style=WIDE)
        self.load = button("Load", "Replace all by the rules in this file")
        self.save = button("Save", "Write the rules into this file, as Blnk reads them")
        self.upload = ipywidgets.FileUpload(
            accept=".json",
            description="Upload rules",
            tooltip="Keep a rules file of yours beside the notebook, and load it",
            layout=FIT,
        )
        self.upload.observe(self._uploaded, "value")
        self._asked_for = ""  # what was asked for, and waits to be asked for again
        self.problem, self.notice = words(""), words("")
        self.add.on_click(lambda _: self.add_rule())
        self.default.on_click(lambda _: self.start_over())
        self.load.on_click(lambda _: self.load_file())
        self.save.on_click(lambda _: self.save_file())
        self.fill()
        state.observe(self._rules_changed, "rules")
        super().__init__(
            [
                words("Rules", "heading"),
                words("Rules run in order, each on what the earlier ones left. All criteria of a rule must hold."),
                self.list,
                self.problem,
                ipywidgets.HBox([self.add, self.default], layout=ROW),
                ipywidgets.HBox([self.path, self.load, self.save, self.upload], layout=ROW),
                self.notice,
            ]
        )
        self.add_class("wb-rules")

    def fill(self) -> None:
        """Show the rules that the state holds."""
        self._show(self._box(rule) for rule in self.state.rules or DEFAULT_RULES)

    def take(self) -> None:
        """Put the rules into the state, if all are sound; otherwise say what is wrong, each beside its rule."""
        sound: list[Rule] = []
        wrong = [problem for box in self.boxes if (problem := box.check(sound))]
        empty = "" if self.boxes else "there is no rule: add one, or start from the default rules"
        say(self.problem, empty, "problem")
        wrong += [empty] if empty else []
        if not wrong and tuple(sound) != self.state.rules:
            self.state.rules = tuple(sound)
        self.state.report_problem("rules", wrong[0] if wrong else "")

    def add_rule(self) -> None:
        """Add a rule after the last."""
        taken = {box.name.value for box in self.boxes}
        name = next(name for number in count(len(self.boxes) + 1) if (name := f"Rule {number}") not in taken)
        self._show([*self.boxes, self._box(Rule(name, [Criterion("amount")]))])
        self.boxes[-1].name.focus()

    def remove(self, box: RuleBox) -> None:
        """Remove a rule."""
        self._show(each for each in self.boxes if each is not box)
        self.add.focus()

    def move(self, box: RuleBox, by: int) -> None:
        """Move a rule so many places down, or up if ``by`` is negative."""
        self._show(_moved(self.boxes, box, by))
        box.name.focus()

    def start_over(self) -> None:
        """Replace all by the default rules; asks first where that would lose others."""
        lost = bool(self.boxes) and self.state.rules != tuple(DEFAULT_RULES)
        if not lost or self._confirmed("default", "The rules above would be replaced: choose Default rules again."):
            self._show(self._box(rule) for rule in DEFAULT_RULES)

    def load_file(self) -> None:
        """Replace all by the rules in the file that is named."""
        self._tell(lambda: self._load(self.path.value))

    def save_file(self) -> None:
        """Write the rules into the file that is named; asks before it overwrites other rules."""
        self._tell(lambda: self._save(self.path.value))

    def _box(self, rule: Rule) -> RuleBox:
        box = RuleBox(rule, self.take)
        box.up.on_click(lambda _: self.move(box, -1))
        box.down.on_click(lambda _: self.move(box, 1))
        box.drop.on_click(lambda _: self.remove(box))
        return box

    def _load(self, path: str) -> str:
        rules = make_settings(rules=load_rules(path)).rules
        self._show(self._box(rule) for rule in rules)
        return f"Loaded {len(rules)} rules from {path}."

    def _save(self, path: str) -> str:
        if "rules" in self.state.problems:
            raise SettingsError(f"not saved: {self.state.problems['rules']}")
        others = Path(path).exists() and load_rules(path) != self.state.rules
        if others and not self._confirmed(path, ""):
            return f"{path} holds other rules: choose Save again to overwrite them."
        save_rules(self.state.rules, path)
        return f"Saved {len(self.state.rules)} rules to {path}."

    def _confirmed(self, what: str, question: str) -> bool:
        """Whether this was asked for a second time in a row; else the question is put."""
        again, self._asked_for = self._asked_for == what, what
        say(self.notice, "" if again else question, "hint")
        if again:
            self._asked_for = ""
        return again

    def _uploaded(self, change: Any) -> None:
        for file in change["new"]:
            self._tell(partial(self._load_upload, file["name"], bytes(file["content"])))
        if change["new"]:
            self.upload.value = ()  # so that the same file can be uploaded again

    def _load_upload(self, name: str, content: bytes) -> str:
        self.path.value = keep_upload(name, content, Path())
        return self._load(self.path.value)

    def _tell(self, act: Callable[[], str]) -> None:
        try:
            say(self.notice, act(), "good")
        except WorkbenchError as error:
            say(self.notice, str(error), "problem")

    def _rules_changed(self, _change: Any) -> None:
        self._asked_for = ""
        sound: list[Rule] = []
        if any(box.check(sound) for box in self.boxes) or tuple(sound) != self.state.rules:
            self.fill()

    def _show(self, boxes: Iterable[RuleBox]) -> None:
        self.boxes = tuple(boxes)
        self.list.children = self.boxes
        for number, box in enumerate(self.boxes, 1):
            box.stand(number, len(self.boxes))
        self.take()


class RuleBox(ipywidgets.VBox):
    """One rule: its name, its criteria, and the sentence that says it. ``changed`` hears of every change."""

    def __init__(self, rule: Rule, changed: Callable[[], None]) -> None:
        self.changed = changed
        self.rule = rule  # as it was: what no form asks for stays as it is
        self.number = words("")
        self.name = _text("Name", rule.name)
        self.description = _text("Description", rule.description)
        self.account = _text("Account", rule.account)
        self.account.tooltip = "The ledger balance that what amounts differ by belongs to, such as @Fees"
        self.ignore = ipywidgets.Checkbox(
            rule.ignore_references,
            description="Ignore references",
            tooltip="Also make pairs of which the one names a reference that another record carries",
            indent=False,
            layout=FIT,
        )
        self.suggest = ipywidgets.Checkbox(
            rule.status == "suggested",
            description="Only suggest",
            tooltip="List what this rule matches, and leave the records open",
            indent=False,
            layout=FIT,
        )
        self.most = _text("Most alternatives", "" if rule.max_alternatives is None else str(rule.max_alternatives))
        self.most.tooltip = "Only suggest matches whose records could have made more other pairs than this; empty: any"
        self.up = button("Move rule up", "Try this rule earlier")
        self.up.layout.margin = TO_THE_RIGHT
        self.down = button("Move rule down", "Try this rule later")
        self.drop = button("Remove rule", "Remove this rule")
        self.add = button("Add criterion", f"One more comparison, up to {MAX_CRITERIA}")
        self.add.on_click(lambda _: self.add_criterion())
        self.list = ipywidgets.VBox()
        self.sentence = words("")
        self.rows: tuple[CriterionRow, ...] = ()
        self._stand(self._row(criterion) for criterion in rule.criteria)
        for text in (self.name, self.description, self.account, self.ignore, self.suggest, self.most):
            text.observe(lambda _: self.changed(), "value")
        texts = ipywidgets.HBox([self.number, self.name, self.description, self.up, self.down, self.drop], layout=ROW)
        more = ipywidgets.HBox([self.add, self.account, self.ignore, self.suggest, self.most], layout=ROW)
        super().__init__([texts, self.list, self.sentence, more], layout=BOX)
        self.add_class("wb-rule")

    def check(self, before: list[Rule]) -> str:
        """Say the rule and add it to those ``before``, or say and return what is wrong with it."""
        wrong = next(filter(None, [row.check() for row in self.rows]), "")
        if wrong:
            say(self.sentence, "")
            return f"rule {self.name.value!r}: {wrong}"
        self.ignore.disabled = any(row.criterion.text_key for row in self.rows)  # it then has nothing to say
        most = self.most.value.strip()
        try:
            rule = replace(
                self.rule,
                name=self.name.value,
                criteria=tuple(row.criterion for row in self.rows),
                description=self.description.value,
                account=self.account.value,
                ignore_references=self.ignore.value and not self.ignore.disabled,
                status="suggested" if self.suggest.value else "",
                max_alternatives=int(most) if most.isdecimal() else most or None,
            )
            make_settings(rules=[*before, rule])
        except SettingsError as error:
            say(self.sentence, str(error), "problem")
            return str(error)
        before.append(rule)
        say(self.sentence, rule.describe(), "hint")
        return ""

    def stand(self, number: int, of: int) -> None:
        """Show the rule as this one of so many."""
        say(self.number, f"Rule {number}")
        self.up.disabled, self.down.disabled = number == 1, number == of

    def add_criterion(self) -> None:
        """Add a criterion, on the first field that has none yet."""
        if len(self.rows) < MAX_CRITERIA:
            taken = [row.field.value for row in self.rows]
            self._show([*self.rows, self._row(Criterion(min(FIELDS, key=taken.count)))])
            self.rows[-1].field.focus()

    def remove(self, row: CriterionRow) -> None:
        """Remove a criterion."""
        self._show(each for each in self.rows if each is not row)
        self.add.focus()

    def move(self, row: CriterionRow, by: int) -> None:
        """Move a criterion so many places down, or up if ``by`` is negative."""
        self._show(_moved(self.rows, row, by))
        row.field.focus()

    def _row(self, criterion: Criterion) -> CriterionRow:
        row = CriterionRow(criterion, self.changed)
        row.up.on_click(lambda _: self.move(row, -1))
        row.down.on_click(lambda _: self.move(row, 1))
        row.drop.on_click(lambda _: self.remove(row))
        return row

    def _show(self, rows: Iterable[CriterionRow]) -> None:
        self._stand(rows)
        self.changed()

    def _stand(self, rows: Iterable[CriterionRow]) -> None:
        self.rows = self.list.children = tuple(rows)
        self.add.disabled = len(self.rows) == MAX_CRITERIA
        for row in self.rows:
            row.up.disabled, row.down.disabled = row is self.rows[0], row is self.rows[-1]


def _text(label: str, value: str) -> ipywidgets.Text:
    return ipywidgets.Text(value, description=label, continuous_update=False, style=WIDE)


def _moved(items: Sequence[Item], item: Item, by: int) -> list[Item]:
    """The items with one so many places later; at an end it stays there."""
    rest = [each for each in items if each is not item]
    place = min(max(items.index(item) + by, 0), len(rest))
    return [*rest[:place], item, *rest[place:]]
