"""Whether files in random layouts come back as the records that they were written from.

``python benchmarks/layouts.py`` writes 10,000 files from random records, reads each, and rewrites
``benchmarks/LAYOUTS.md``. A file may leave something open: then the reader has to ask, is answered as the file was
meant, and has to read the right records. What must never happen is that other records come out.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import workbench as wb
from benchmarks.random_layouts import Written, write
from workbench.errors import WorkbenchError
from workbench.layouts.questions import Choice, OpenQuestions, Question

PAGE = Path(__file__).with_name("LAYOUTS.md")
_MEANT = {"credit": "amount"}
OUTCOMES = ("exact", "asked", "refused", "wrong", "crashed")
ABOUT = """\
`python benchmarks/layouts.py` wrote this page. Each file is written from random records in a random layout: language,
encoding, delimiter, quotes, marks, date layout, how a sign is written, where the currency stands, header, preamble,
total, order of rows. *exact*: the records came back without an answer; *asked*: the file leaves something open, the
reader asked, and with the answer the records came back; *refused*: an error said why it cannot be read; *wrong*: other
records came back; *crashed*: an error that is none of ours."""


def answer(question: Question, written: Written) -> Choice | None:
    """The choice that says what the file was meant to say; ``None`` where no choice does."""
    return next((choice for choice in question.choices if _is_true(choice, written)), None)


def _is_true(choice: Choice, written: Written) -> bool:
    return all(_says_truth(name, value, choice, written) for name, value in choice.options.items())


def _says_truth(name: str, value: Any, choice: Choice, written: Written) -> bool:
    match name:
        case "mapping":
            # Amounts without a sign are credits where no row has a debit.
            meant = {header: _MEANT.get(written.opens.get(header), written.opens.get(header)) for header in value}
            no_debits = all(amount > 0 for _, amount, _ in written.records)
            return value == {header: written.opens.get(header) for header in value} or (no_debits and value == meant)
        case "directions":
            return all(written.truth["directions"].get(word) == way for word, way in value.items())
        case "currency" if choice.meaning == "or another":
            return True
        case "header":
            return (value is None) == (written.truth["header"] is None)
        case "encoding":
            return True
    return bool(written.truth.get(name, value) == value)


def read(path: Path, written: Written) -> tuple[str, str]:
    """What becomes of a file: its outcome, and what to say of it."""
    options: dict[str, Any] = {}
    outcome = "exact"
    for _ in range(3):
        try:
            records = wb.read_external(path, **options)
        except OpenQuestions as error:
            outcome = "asked"
            for question in error.questions:
                choice = answer(question, written)
                if choice is None:
                    return "wrong", f"no right choice: {question.asked()}"
                chosen = {**choice.options}
                chosen |= {"currency": written.truth["currency"]} if "currency" in chosen else {}
                mapping = {**options.get("mapping", {}), **chosen.pop("mapping", {})}
                options |= chosen | ({"mapping": mapping} if mapping else {})
        except WorkbenchError as error:
            return "refused", str(error).splitlines()[0]
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            return "crashed", f"{type(error).__name__}: {error}"
        else:
            rows = records.table.select("date", "amount", "currency").to_pyarrow().to_pylist()
            came = Counter((row["date"].date(), row["amount"], row["currency"]) for row in rows)
            if came == Counter(written.records):
                return outcome, ""
            return "wrong", f"{sorted((came - Counter(written.records)).elements(), key=str)[:2]} came"
    return "refused", "asked three times"


def run_seed(seed: int) -> tuple[int, str, str]:
    """Write and read the file of this number."""
    written = write(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "statement.csv"
        path.write_bytes(written.content)
        return seed, *read(path, written)


def main() -> None:
    """Write and read the files, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--page", type=Path, default=PAGE)
    chosen = parser.parse_args()
    with ProcessPoolExecutor(chosen.processes) as pool:
        seeds = range(chosen.first, chosen.first + chosen.files)
        outcomes = list(pool.map(run_seed, seeds, chunksize=20))
    counts = Counter(outcome for _, outcome, _ in outcomes)
    lines = [
        "# Files in random layouts: do they come back as they were written",
        "",
        ABOUT,
        "",
        "| outcome | files |",
        "|---|---|",
        *(f"| {outcome} | {counts[outcome]:,} |" for outcome in OUTCOMES),
        "",
        *[f"- `write({seed})`: {outcome}: {why}" for seed, outcome, why in outcomes if outcome not in OUTCOMES[:2]][
            :40
        ],
    ]
    chosen.page.write_text("\n".join(lines).rstrip() + "\n", "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
