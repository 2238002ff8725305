"""Rules: what makes an external and an internal unit a match, as values and as Blnk's JSON objects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from workbench.errors import SettingsError, one_of
from workbench.json_text import check_writable
from workbench.reconciliation.criteria.drift import plain
from workbench.reconciliation.criteria.field import WORKBENCH, Criterion
from workbench.reconciliation.criteria.from_json import criterion_of, own_words_of, refuse_unknown
from workbench.reconciliation.criteria.text_key import NAMED, TextKey
from workbench.reconciliation.rule_options import REMAINDERS, RULE_WORDS, STATUSES
from workbench.reconciliation.strategies import (
    STRATEGIES,
    Grouping,
    check_fit,
    criteria_of,
    make_grouping,
    units_in_words,
)
from workbench.reconciliation.weights import COMPARED_TEXTS, START, Weights

MAX_CRITERIA = 5
# What Blnk adds to a stored rule, and leaves empty in criteria, says nothing about matching.
_BLNK_RULE_EXTRAS = {"rule_id", "created_at", "updated_at", "id"}


@dataclass(frozen=True)
class Rule:
    """A named set of 1 to 5 criteria that must all hold.

    ``strategy`` and ``grouping_criteria`` are the rule's own, as ``reconcile`` takes them; without, those of the run
    hold. A rule's groups are made of the records that the rules before it left open. ``account`` is the ledger
    balance, by id or indicator such as ``@Fees``, that what its matches differ by belongs to. With
    ``remainder="open"`` the smaller of two amounts of one sign is applied to both, and the rest of the larger stays
    open for later rules; of a group, the earliest records are applied first. With ``across_currencies`` records of two
    currencies may match: external amounts are converted into the currency of the internal ones by the ``rates`` of the
    run.

    A rule that compares no text makes no pair of which the one record names a reference that another record of the
    other side names, too, and this one does not, unless it has ``ignore_references``. A record names its own reference,
    and each of the other side that its reference or description mentions; a reference has letters and digits both, or
    at least five digits, and no more than 64 of both.

    A match with more alternatives than ``max_alternatives`` is a suggestion, and so are all of a rule with
    ``status="suggested"``: ``Result.suggestions`` lists it, and its records stay open for later rules.

    >>> rule = Rule("Less a fee", [Criterion("amount", "equals", "0.03"), Criterion("reference")], account="@Fees")
    >>> Rule.from_dict(rule.to_dict()) == rule
    True
    >>> Rule("Payout", [Criterion("amount")], strategy="many_to_one", grouping_criteria="payout_id").describe()
    'A group of external records by payout_id with one internal record: the amounts are equal.'
    """

    name: str
    criteria: tuple[Criterion, ...]
    description: str = ""
    strategy: str | None = None
    grouping_criteria: tuple[str, ...] = ()
    account: str = ""
    remainder: str = ""
    across_currencies: bool = False
    ignore_references: bool = False
    max_alternatives: int | None = None
    status: str = ""

    def __init__(
        self,
        name: str,
        criteria: Sequence[Criterion],
        description: str = "",
        *,
        strategy: str | None = None,
        grouping_criteria: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        account: str | None = "",
        remainder: str | None = "",
        across_currencies: bool = False,
        ignore_references: bool = False,
        max_alternatives: int | None = None,
        status: str | None = "",
    ) -> None:
        if not (isinstance(name, str) and name.strip()):
            raise SettingsError(f"a rule needs a name, not {name!r}")
        if not isinstance(description, str):
            raise SettingsError(f"rule {name!r}: description takes a text, not {description!r}")
        if not isinstance(account or "", str):
            raise SettingsError(f"rule {name!r}: account takes the id or the indicator of a balance, not {account!r}")
        chosen = tuple(criteria) if isinstance(criteria, Iterable) else None
        if chosen is None or not all(isinstance(criterion, Criterion) for criterion in chosen):
            raise SettingsError(f"rule {name!r}: criteria takes Criterion values")
        if not 1 <= len(chosen) <= MAX_CRITERIA and not isinstance(self, Weighed):
            raise SettingsError(f"rule {name!r} has {len(chosen)} criteria: give it 1 to {MAX_CRITERIA}")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "criteria", chosen)
        object.__setattr__(self, "description", description)
        object.__setattr__(self, "account", (account or "").strip())
        if not isinstance(across_currencies, bool) or (across_currencies and remainder):
            wrong = "goes without a remainder" if remainder else f"takes True or False, not {across_currencies!r}"
            raise SettingsError(f"rule {name!r}: across_currencies {wrong}")
        object.__setattr__(self, "across_currencies", across_currencies)
        try:
            object.__setattr__(self, "strategy", strategy and one_of(strategy, STRATEGIES, "strategy"))
            object.__setattr__(self, "remainder", (remainder and one_of(remainder, REMAINDERS, "remainder")) or "")
            object.__setattr__(self, "grouping_criteria", criteria_of(grouping_criteria))
            object.__setattr__(self, "status", (status and one_of(status, STATUSES, "status")) or "")
            object.__setattr__(self, "max_alternatives", _alternatives(max_alternatives))
            object.__setattr__(self, "ignore_references", _ignoring(ignore_references, chosen))
            if self.remainder and self.suggests:
                raise SettingsError("a rule that leaves remainders makes no suggestions: leave out one of both")
            texts = [name, description, self.account, self.grouping_criteria]
            check_writable([*texts, *(criterion.to_dict() for criterion in chosen)])
        except (SettingsError, ValueError) as error:
            raise SettingsError(f"rule {name!r}: {error}") from None

    @property
    def suggests(self) -> bool:
        """Whether what it matches may be a mere suggestion."""
        return self.status == "suggested" or self.max_alternatives is not None

    def allows_no_more_than(self, other: Rule) -> bool:
        """Whether all pairs that it allows are known to be allowed by the other one."""
        if (other.heeds_references and not self.heeds_references) or (other.remainder and not self.remainder):
            return False
        return all(any(criterion.implies(asked) for criterion in self.criteria) for asked in other.criteria)

    def grouping(self, strategy: str, criteria: tuple[str, ...]) -> Grouping:
        """How records correspond under the rule; ``strategy`` and ``criteria`` are those of the run.

        The run's criteria hold where the strategy is the run's, too. Raises ``SettingsError`` if it does not fit.
        """
        applied = self.strategy or strategy
        try:
            grouping = make_grouping(applied, self.grouping_criteria or (criteria if applied == strategy else ()))
            compared = self.compared(grouping).criteria
            check_fit(grouping, compared, remainder=self.remainder, across_currencies=self.across_currencies)
        except SettingsError as error:
            raise SettingsError(f"rule {self.name!r}: {error}") from None
        return grouping

    def compared(self, grouping: Grouping) -> Rule:
        """The rule as it is applied: to records that sum to something with a criterion on the amount in any case.

        Of records that settle each other it says nothing what references of the other side they name.
        """
        if not (grouping.within or grouping.sums):
            return self
        on_amount = any(criterion.field == "amount" for criterion in self.criteria)
        if not on_amount and len(self.criteria) == MAX_CRITERIA:
            raise SettingsError(f"it has {MAX_CRITERIA} criteria, and the amount is one more: leave one out")
        criteria = self.criteria if on_amount else (*self.criteria, Criterion("amount"))
        ignores = self.heeds_references if grouping.within else self.ignore_references
        return replace(self, criteria=criteria, ignore_references=ignores)

    @property
    def text_keys(self) -> set[TextKey]:
        """The texts that the rule compares; without any, the references by which pairs may contradict themselves."""
        compared = {key for criterion in self.criteria if (key := criterion.text_key)}
        return compared or (set() if self.ignore_references else {NAMED})

    @property
    def heeds_references(self) -> bool:
        """Whether it makes no pair that contradicts itself by the references that its records name."""
        return NAMED in self.text_keys

    @property
    def window(self) -> tuple[Criterion, ...]:
        """The criteria that its pairs meet, whether they are all that it asks for or not."""
        return self.criteria

    def own_words(self) -> dict[str, Any]:
        """What it says that Blnk has no word for, beside its criteria."""
        own_words = {
            name: value
            for name in RULE_WORDS
            if (value := getattr(self, name)) not in (None, "", ()) and value is not False
        }
        return {name: list(value) if isinstance(value, tuple) else value for name, value in own_words.items()}

    def to_dict(self) -> dict[str, Any]:
        """The rule as Blnk writes it; what Blnk has no word for stands under ``workbench``."""
        own_words = self.own_words()
        return {
            "name": self.name,
            "description": self.description,
            "criteria": [criterion.to_dict() for criterion in self.criteria],
            **({WORKBENCH: own_words} if own_words else {}),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Rule:
        """Read a rule as Blnk writes it; raises ``SettingsError`` that names the rule and the criterion."""
        if not isinstance(values, Mapping):
            raise SettingsError(f"a rule is an object with name and criteria, not {values!r}")
        name = values.get("name")
        refuse_unknown(values, {"name", "description", "criteria", WORKBENCH} | _BLNK_RULE_EXTRAS, f"rule {name!r}")
        own_words = own_words_of(values, {*RULE_WORDS, "weights", "min_probability"}, f"rule {name!r}")
        criteria = values.get("criteria")
        if not isinstance(criteria, (list, tuple)):
            raise SettingsError(f"rule {name!r}: criteria takes a list of objects, not {criteria!r}")
        chosen = [criterion_of(name, number, criterion) for number, criterion in enumerate(criteria, 1)]
        if "weights" not in own_words:
            if "min_probability" in own_words:
                raise SettingsError(f"rule {name!r}: min_probability is for a rule that has weights")
            return cls(name or "", chosen, values.get("description") or "", **own_words)
        own_words = {
            **own_words,
            "weights": Weights.from_dict(own_words["weights"]),
            "description": values.get("description") or "",
        }
        return Weighed(name=name or "", criteria=chosen, **own_words)

    def describe(self) -> str:
        """The rule in one plain sentence.

        >>> Rule("Close", [Criterion("amount", "equals", "0.01"), Criterion("reference")]).describe()
        'The amounts differ by at most 1 % of the internal amount, and the references are the same.'
        """
        words = ", and ".join(criterion.describe() for criterion in self.criteria)
        if self.ignore_references:
            words += ", whatever references say"
        if self.strategy or self.grouping_criteria:
            words = f"{units_in_words(self.strategy, self.grouping_criteria)}: {words}"
        if self.status:
            words += ", as a suggestion"
        elif self.max_alternatives is not None:
            words += f", as a suggestion where more than {self.max_alternatives:,} other pairs are possible"
        booked = f" What amounts differ by belongs to {self.account}." if self.account else ""
        across = " Amounts of other currencies are converted at the rate of the day." if self.across_currencies else ""
        rest = " The smaller amount is applied, and the rest of the larger stays open." if self.remainder else ""
        return f"{words[0].upper()}{words[1:]}.{across}{rest}{booked}"


@dataclass(frozen=True)
class Weighed(Rule):
    """A rule that weighs instead of allowing: the evidence for a pair is a sum, and the greatest sum of all pairs wins.

    Leaving a record open counts 0. ``weights`` are those that ``wb.learn`` finds; without, usual ones are taken. What
    is less probable than ``min_probability``, from 0 to 1, stays open nevertheless, and is a suggestion if it is at
    least 0.1 probable. Everything else, such as ``account``, is as with any rule. Raises ``SettingsError`` for what
    does not fit.

    >>> rule = Weighed(min_probability="0.5")
    >>> Rule.from_dict(rule.to_dict()) == rule
    True
    """

    weights: Weights = START
    min_probability: Decimal = Decimal(0)

    def __init__(
        self,
        weights: Weights = START,
        name: str = "By evidence",
        description: str = "",
        *,
        criteria: Sequence[Criterion] = (),
        min_probability: object = 0,
        **options: Any,
    ) -> None:
        if criteria:
            raise SettingsError(f"rule {name!r} weighs, and takes no criteria: put them into a rule of their own")
        for word in ("remainder", "across_currencies"):
            if options.get(word):
                raise SettingsError(f"rule {name!r} weighs whole amounts of one currency: {word} does not go with it")
        if options.get("ignore_references"):
            raise SettingsError(f"rule {name!r} weighs references: ignore_references does not go with it")
        if not isinstance(weights, Weights):
            raise SettingsError(f"rule {name!r}: weights takes what wb.learn returns, not a {type(weights).__name__}")
        super().__init__(name, (), description, **options)
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "min_probability", _probability(name, min_probability))

    def compared(self, grouping: Grouping) -> Rule:
        """The rule itself; it weighs records of one side with those of the other only."""
        if grouping.within:
            raise SettingsError(f"it weighs records of both sides, so that {grouping.strategy} does not go with it")
        if grouping.sums:
            raise SettingsError(f"it weighs pairs of records or groups, so that {grouping.sums} does not go with it")
        return self

    @property
    def text_keys(self) -> set[TextKey]:
        """The references and descriptions of both sides, and the columns of the weights."""
        return {*COMPARED_TEXTS, *self.weights.column_keys}

    @property
    def window(self) -> tuple[Criterion, ...]:
        """The amounts and dates that its pairs usually have."""
        return self.weights.usual

    def own_words(self) -> dict[str, Any]:
        """The weights, and what else Blnk has no word for."""
        least = {"min_probability": str(self.min_probability)} if self.min_probability else {}
        return {**super().own_words(), **least, "weights": self.weights.to_dict()}

    def describe(self) -> str:
        """The rule in one plain sentence."""
        of = f"learned from {self.weights.learned_from:,} matches" if self.weights.learned_from else "the usual ones"
        percent = plain(self.min_probability * 100)
        least = f", each at least {percent} % likely to be right" if self.min_probability else ""
        return f"The pairs with the greatest evidence in all are matched{least}; the weights are {of}."


def _probability(rule: str, value: object) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal(-1)
    if not 0 <= number <= 1:
        raise SettingsError(f"rule {rule!r}: min_probability takes a number from 0 to 1, not {value!r}")
    return number


def shown_names(rules: Iterable[Rule]) -> tuple[str, ...]:
    """What each rule is called where it must be told apart: its name, with its number where others share it.

    >>> shown_names([Rule("Same", [Criterion("amount")]), Rule("Same", [Criterion("date")])])
    ('Same (rule 1)', 'Same (rule 2)')
    """
    names = [rule.name for rule in rules]
    while len(set(names)) < len(names):
        counts = Counter(names)
        names = [f"{name} (rule {number})" if counts[name] > 1 else name for number, name in enumerate(names, 1)]
    return tuple(names)


def _ignoring(value: object, criteria: Iterable[Criterion]) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"ignore_references takes True or False, not {value!r}")
    if value and any(criterion.text_key for criterion in criteria):
        raise SettingsError("ignore_references goes with rules that compare no text")
    return value


def _alternatives(value: object) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise SettingsError(f"max_alternatives takes a whole number of at least 0, not {value!r}")
    return value
