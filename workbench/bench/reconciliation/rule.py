"""A rule as a box: its name, its criteria, the sentence that says it, and behind a button what else it can say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import ipywidgets

from workbench.bench.reconciliation.criterion import CriterionRow
from workbench.bench.reconciliation.option_fields import OptionFields
from workbench.bench.reconciliation.ordered import Ordered
from workbench.bench.shared.disclosure import Fold
from workbench.bench.shared.fields import ROW, TO_THE_RIGHT, Part, button, text_field
from workbench.bench.shared.text import say, words
from workbench.errors import SettingsError, WorkbenchError
from workbench.reconciliation.criteria.field import FIELDS, Criterion
from workbench.reconciliation.rule_options import RULE_OPTIONS, WEIGHED_OPTIONS
from workbench.reconciliation.rules import MAX_CRITERIA, Rule, Weighed
from workbench.reconciliation.settings import make_settings
from workbench.reconciliation.weights import Weights

NOT_OF_WEIGHED = ("remainder", "across_currencies", "ignore_references")  # fields that do not go with weighing


class RuleBox(Part):
    """One rule. ``changed`` hears of every change, ``learn`` finds weights for one that weighs.

    What no field was touched of stays to the letter as the rule had it.
    """

    def __init__(self, rule: Rule, changed: Callable[[], None], learn: Callable[[], Weights]) -> None:
        self.changed, self._learn = changed, learn
        self.rule = rule
        self.weighs = isinstance(rule, Weighed)
        self.number = words("")
        self.name = text_field("Name", rule.name)
        self.description = text_field("Description", rule.description)
        options = (*RULE_OPTIONS, *WEIGHED_OPTIONS) if self.weighs else RULE_OPTIONS
        self.options = OptionFields(options, {option.name: getattr(rule, option.name) for option in options})
        self.options.offer(dict.fromkeys(NOT_OF_WEIGHED, not self.weighs))
        self.more = Fold("More settings of this rule", [self.options])
        self.more.button.value = self.options.any_set
        self.up = button("Move rule up", "Try this rule earlier")
        self.up.layout.margin = TO_THE_RIGHT
        self.down = button("Move rule down", "Try this rule later")
        self.drop = button("Remove rule", "Remove this rule")
        self.add = button("Add criterion", f"One more comparison, up to {MAX_CRITERIA}", self.add_criterion)
        evidence = "Find how much each piece of evidence counts, from the records"
        self.learn = button("Learn weights", evidence, self.learn_weights)
        self.first = self.name  # has the focus where the rule is moved
        self.list = Ordered(changed, self.add)
        self.list.show(CriterionRow(criterion, changed) for criterion in rule.criteria)
        self.sentence, self.notice = words(""), words("")
        for text in (self.name, self.description, *self.options.fields.values()):
            text.observe(lambda _: self.changed(), "value")
        texts = ipywidgets.HBox([self.number, self.name, self.description, self.up, self.down, self.drop], layout=ROW)
        act = self.learn if self.weighs else self.add
        super().__init__("rule", texts, self.list, self.sentence, act, self.notice, self.more)

    @property
    def rows(self) -> tuple[CriterionRow, ...]:
        """The criteria, as rows of fields."""
        rows: tuple[CriterionRow, ...] = self.list.children
        return rows

    def check(self, before: list[Rule]) -> str:
        """Say the rule and add it to those ``before``, or say and return what is wrong with it."""
        self.add.disabled = len(self.rows) == MAX_CRITERIA
        wrong = next(filter(None, [row.check() for row in self.rows]), "")
        if wrong:
            say(self.sentence, "")
            return f"rule {self.name.value!r}: {wrong}"
        own = self.options.values
        # A rule that compares text has no references to ignore.
        compares_text = any(row.criterion.text_key for row in self.rows)
        self.options.fields["ignore_references"].disabled = compares_text
        try:
            rule = replace(
                self.rule,
                **own | {"ignore_references": own["ignore_references"] and not compares_text},
                name=self.name.value,
                criteria=tuple(row.criterion for row in self.rows),
                description=self.description.value,
            )
            make_settings(rules=[*before, rule])
        except SettingsError as error:
            say(self.sentence, str(error), "problem")
            return str(error)
        before.append(rule)
        say(self.sentence, rule.describe(), "hint")
        return ""

    def learn_weights(self) -> None:
        """Have the rule weigh by what can be learned from the records."""
        say(self.notice, "Learning: a moment.", "hint")
        try:
            weights = self._learn()
        except WorkbenchError as error:
            say(self.notice, f"Nothing was learned: {error}.", "problem")
            return
        self.rule = replace(cast("Weighed", self.rule), weights=weights)
        say(self.notice, f"Learned from {weights.learned_from:,} matches; Run weighs by it.", "good")
        self.changed()

    def add_criterion(self) -> None:
        """Add a criterion, on the first field that has none yet."""
        if len(self.rows) < MAX_CRITERIA:
            used = [row.field.value for row in self.rows]
            self.list.add(CriterionRow(Criterion(min(FIELDS, key=used.count)), self.changed))
