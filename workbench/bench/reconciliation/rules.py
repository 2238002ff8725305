"""Rules: add, remove, reorder and shape them, read each as a sentence, load and save them as Blnk's JSON."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import ipywidgets

from workbench.bench.reconciliation.ordered import Ordered
from workbench.bench.reconciliation.rule import RuleBox
from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.fields import FIT, ROW, Part, button, text_field
from workbench.bench.shared.files import keep_upload
from workbench.bench.shared.text import say, say_outcome, words
from workbench.errors import SettingsError
from workbench.reconciliation.criteria.field import Criterion
from workbench.reconciliation.learn import learn
from workbench.reconciliation.rule_files import load_rules, save_rules
from workbench.reconciliation.rules import Rule, Weighed
from workbench.reconciliation.settings import make_settings
from workbench.reconciliation.weights import Weights


class RulesForm(Part):
    """The rules in their order. Where all are sound they go into ``state.rules``; otherwise Run waits."""

    def __init__(self, state: BenchState) -> None:
        self.state = state
        weighing = "Add a rule that weighs all evidence, after the last"
        proposing = "Remove all rules; Run then proposes them from the records"
        self.add = button("Add rule", "Add a rule after the last", self.add_rule)
        self.list = Ordered(self.update_state, self.add)
        self.weigh = button("Add rule that weighs", weighing, self.add_weighing_rule)
        self.propose = button("Propose rules", proposing, self.start_over)
        self.path = text_field("Rules file", "rules.json")
        self.load = button("Load", "Replace all by the rules in this file", self.load_file)
        self.save = button("Save", "Write the rules into this file, as Blnk reads them", self.save_file)
        self.upload = ipywidgets.FileUpload(
            accept=".json",
            description="Upload rules",
            tooltip="Keep a rules file of yours beside the notebook, and load it",
            layout=FIT,
        )
        self.upload.observe(self._uploaded, "value")
        self._asked_for = ""  # the action that waits for a second click as its confirmation
        self.empty, self.notice = words(""), words("")
        self.fill()
        state.observe(self._rules_changed, "rules")
        super().__init__(
            "rules",
            words("Rules", "heading"),
            words("Rules run in order, each on what the earlier ones left. All criteria of a rule must hold."),
            self.list,
            self.empty,
            ipywidgets.HBox([self.add, self.weigh, self.propose], layout=ROW),
            ipywidgets.HBox([self.path, self.load, self.save, self.upload], layout=ROW),
            self.notice,
        )

    @property
    def boxes(self) -> tuple[RuleBox, ...]:
        """The rules, each in its box."""
        boxes: tuple[RuleBox, ...] = self.list.children
        return boxes

    def fill(self) -> None:
        """Show the rules that the state holds."""
        self._show(self.state.rules)

    def update_state(self) -> None:
        """Put the rules into the state, if all are sound; otherwise say what is wrong, each beside its rule."""
        for number, box in enumerate(self.boxes, 1):
            say(box.number, f"Rule {number}")
        sound: list[Rule] = []
        wrong = [problem for box in self.boxes if (problem := box.check(sound))]
        say(self.empty, "" if self.boxes else "There is no rule: Run proposes them from the records.", "hint")
        if not wrong and tuple(sound) != self.state.rules:
            self.state.rules = tuple(sound)
        self.state.report_problem("rules", wrong[0] if wrong else "")

    def add_rule(self, rule: Rule | None = None) -> None:
        """Add a rule after the last."""
        self.list.add(self._box(rule or Rule(self._free_name("Rule"), [Criterion("amount")])))

    def add_weighing_rule(self) -> None:
        """Add a rule that weighs all evidence after the last."""
        self.add_rule(Weighed(name=self._free_name("By evidence")))

    def start_over(self) -> None:
        """Remove all rules, so that they are proposed; asks first."""
        if not self.boxes or self._confirmed("propose", "That removes the rules above: choose Propose rules again."):
            self._show(())

    def load_file(self) -> None:
        """Replace all by the rules in the file that is named."""
        say_outcome(self.notice, lambda: self._load(self.path.value))

    def save_file(self) -> None:
        """Write the rules into the file that is named; asks before it overwrites other rules."""
        say_outcome(self.notice, lambda: self._save(self.path.value))

    def _free_name(self, name: str) -> str:
        """A name with a number that no rule has yet."""
        names = {box.name.value for box in self.boxes}
        return next(free for number in count(len(self.boxes) + 1) if (free := f"{name} {number}") not in names)

    def _learn(self) -> Weights:
        """How much each piece of evidence counts for the records, by the last run and by what people decided."""
        if not set(self.state.required) <= self.state.records.keys():
            raise SettingsError("there are no records of both sides yet")
        self.state.check_idle()
        return learn(
            **self.state.records,
            result=self.state.result,
            decisions=self.state.journal(),
            settings=None if self.state.result else make_settings(**self.state.options),
        )

    def _box(self, rule: Rule) -> RuleBox:
        return RuleBox(rule, self.update_state, self._learn)

    def _load(self, path: str) -> str:
        rules = make_settings(rules=load_rules(path)).rules
        self._show(rules)
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
            say_outcome(self.notice, partial(self._load_upload, file["name"], bytes(file["content"])))
        if change["new"]:
            self.upload.value = ()  # so that the same file can be uploaded again

    def _load_upload(self, name: str, content: bytes) -> str:
        self.path.value = keep_upload(name, content, Path())
        return self._load(self.path.value)

    def _rules_changed(self, _change: Any) -> None:
        self._asked_for = ""
        sound: list[Rule] = []
        if any(box.check(sound) for box in self.boxes) or tuple(sound) != self.state.rules:
            self.fill()

    def _show(self, rules: Iterable[Rule]) -> None:
        self.list.show(map(self._box, rules))
        self.update_state()
