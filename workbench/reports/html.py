"""HTML: an executed notebook as one file that opens offline, asks nothing of any network and shows no code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

import nbformat
import plotly.io
import plotly.offline
from nbconvert import HTMLExporter
from nbconvert.preprocessors import Preprocessor

from workbench.charts.style import CONFIG

PLOTLY = "application/vnd.plotly.v1+json"
PAPERMILL_BANNER = "papermill-error-cell-tag"
WIDGET = "application/vnd.jupyter.widget-view+json"
# Nothing may be loaded from anywhere; what the page needs stands in it.
POLICY = (
    "default-src 'none'; img-src data: blob:; font-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)
STYLE = """
:root {  color-scheme: light; --ink: #1f2328; --paper: #fff; --line: #d0d7de; --soft: #f6f8fa; --bad: #b3261e; }
[data-theme="dark"] { color-scheme: dark; --ink: #e6edf3; --paper: #15191f; --line: #444c56; --soft: #1f252d;
  --bad: #ff8a80; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem 1.5rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; margin: 1rem 0 .25rem; } h2 { font-size: 1.25rem; margin: 2.2rem 0 .5rem; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; caption-side: top; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .7rem .3rem 0; text-align: left; vertical-align: top; }
td { white-space: nowrap; } td.long { white-space: normal; min-width: 16rem; max-width: 30rem;
  overflow-wrap: anywhere; } th { background: var(--soft); white-space: nowrap; }
.failed { border: 2px solid var(--bad); border-radius: 6px; padding: .5rem 1rem; margin: 1rem 0; }
.failed strong { color: var(--bad); font-size: 1.25rem; } .failed p { white-space: pre-wrap; margin: .4rem 0; }
.verdict { border-left: .5rem solid; border-radius: 4px; padding: .5rem 1rem; margin: 1rem 0; background: var(--soft);
  print-color-adjust: exact; } .verdict strong { font-size: 1.2rem; } .verdict ul { margin: .3rem 0 0; }
.verdict.green { border-color: #009e73; } .verdict.amber { border-color: #e69f00; }
.verdict.red { border-color: var(--bad); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
caption a { color: inherit; } .seal, .seal a { color: var(--ink); font-size: 12px; overflow-wrap: anywhere; }
.files { columns: 18rem; font-size: 13px; } .files a { color: inherit; }
@page { margin: 14mm 14mm 18mm; } @page wide { size: landscape; }
@media print { [data-theme="dark"] { color-scheme: light; --ink: #1f2328; --paper: #fff; --line: #d0d7de;
  --soft: #f6f8fa; --bad: #b3261e; } .main-svg text:not(.bartext-inside) { fill: #1f2328 !important; }
  body { max-width: none; padding: 0; font-size: 11px; } .scroll { overflow: visible; }
  td, td.long, th { white-space: normal; min-width: 0; overflow-wrap: normal; word-break: normal; hyphens: none; }
  td.short { white-space: nowrap; } td:not(.short) { overflow-wrap: anywhere; }
  .scroll:has(> table.wide) { page: wide; } table { font-size: 9px; } table.wide { font-size: 7.5px; }
  .wide th, .wide td { padding-right: .4rem; }
  .modebar-container { display: none; }
  tr, .chart, .failed, .verdict, .scroll.brief { break-inside: avoid; } h2, caption, thead { break-after: avoid; }
  thead { display: table-header-group; } tbody tr:nth-child(-n+2) { break-before: avoid; } }
"""
# A drawn chart keeps the width that it has on the screen; on paper it would lose its right end.
PRINT = """
const redraw = size => document.querySelectorAll(".js-plotly-plot").forEach(chart => Plotly.relayout(chart, size));
addEventListener("beforeprint", () => redraw({ width: 640, autosize: false }));
addEventListener("afterprint", () => redraw({ width: null, autosize: true }));
"""
PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="{theme}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}{paper}</style>
<script>{plotly}</script>
<script>{printing}</script>
</head>
<body>
<main>
{banner}
{body}
{files}
<p class="seal">{seal}</p>
</main>
</body>
</html>
"""


# What stands on every printed page. Texts of the data never come here: a run's id, a hash and the page's number.
PAPER = """
@page {{ @bottom-left {{ content: "{run}\\A manifest SHA-256 {seal}"; font: 7.5px/1.4 monospace; color: #444;
  white-space: pre; }}
  @bottom-right {{ content: "page " counter(page) " of " counter(pages); font: 8px sans-serif; color: #444; }} }}
"""


@dataclass(frozen=True)
class Evidence:
    """What a page says of the folder it stands in: the run, the SHA-256 of its manifest, and the files beside it."""

    run_id: str
    manifest_sha256: str
    files: tuple[str, ...] = ()


class _Still(Preprocessor):
    """Charts become divisions that the one plotly.js of the page draws; widgets, which may lie, are left out."""

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:  # noqa: ARG002
        cell["outputs"] = [
            output for output in map(_still, cell.get("outputs", [])) if WIDGET not in output.get("data", {})
        ]
        return cell, resources


def render(
    notebook: nbformat.NotebookNode,
    title: str,
    theme: str = "light",
    failure: str = "",
    *,
    complete: bool = False,
    evidence: Evidence | None = None,
) -> str:
    """The page of an executed notebook; ``failure`` is a sentence that stands above everything else.

    ``complete`` says that nothing is missing below it: a gate is broken, but every section was made. ``evidence`` is
    what stands at its end and, on paper, on each page.

    Cells that failed show their error in place. No code is shown, no request is made, no script of the data runs.
    """
    exporter = HTMLExporter(
        template_name="basic",
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        embed_images=True,
        preprocessors=[_Still],
    )
    body, _ = exporter.from_notebook_node(_what_ran(notebook))
    heading = "A gate is broken" if complete else "This report is incomplete"
    banner = f'<div class="failed" role="alert"><p><strong>{heading}</strong></p><p>{escape(failure)}</p></div>'
    return PAGE.format(
        theme=escape(theme),
        policy=POLICY,
        title=escape(title),
        style=STYLE,
        plotly=plotly.offline.get_plotlyjs(),
        printing=PRINT,
        banner=banner if failure else "",
        body=body,
        paper=PAPER.format(run=_plain(evidence.run_id), seal=_plain(evidence.manifest_sha256)) if evidence else "",
        files=_files(evidence.files) if evidence else "",
        seal=_seal(evidence) if evidence else "",
    )


def _plain(text: str) -> str:
    """A text that may stand within a style: letters, digits and what ids are made with."""
    return re.sub(r"[^\w.-]", "", text)


def _files(names: Sequence[str]) -> str:
    if not names:
        return ""
    items = "".join(f'<li><a href="{escape(quote(name))}">{escape(name)}</a></li>' for name in names)
    return f'<h2>Files of this run</h2>\n<ul class="files">{items}</ul>'


def _seal(evidence: Evidence) -> str:
    run = f"Run {escape(evidence.run_id)}. " if evidence.run_id else ""
    return f"{run}The SHA-256 of manifest.json, which vouches for every file: {escape(evidence.manifest_sha256)}"


def _what_ran(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook up to the cell that failed: what follows would promise what is not there.

    papermill's own banners are left out: they point at cells by numbers that the page does not show.
    """
    cells = [cell for cell in notebook.cells if PAPERMILL_BANNER not in cell.metadata.get("tags", [])]
    failed = (
        number for number, cell in enumerate(cells, 1) if any(_is_error(output) for output in cell.get("outputs", []))
    )
    return nbformat.NotebookNode({**notebook, "cells": cells[: next(failed, len(cells))]})


def _is_error(output: Any) -> bool:
    return bool(output["output_type"] == "error")


def _still(output: Any) -> Any:
    if output["output_type"] == "error":
        return _html(f'<div class="failed"><pre>{escape(output["ename"])}: {escape(output["evalue"])}</pre></div>')
    chart = output.get("data", {}).get(PLOTLY)
    if chart is None:
        return output
    drawn = plotly.io.to_html(
        {"data": chart["data"], "layout": chart["layout"]},
        full_html=False,
        include_plotlyjs=False,
        include_mathjax=False,
        config=CONFIG,
        validate=False,
    )
    title = escape(chart["layout"].get("title", {}).get("text", "chart"))
    return _html(f'<div class="chart" role="figure" aria-label="{title}">{drawn}</div>')


def _html(text: str) -> Any:
    return nbformat.v4.new_output("display_data", data={"text/html": text})
