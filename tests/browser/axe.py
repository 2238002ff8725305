"""What axe-core finds wrong with a page for who cannot see it, or not well, or has no mouse."""

from __future__ import annotations

from importlib.resources import files

from playwright.sync_api import Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def violations(page: Page, within: str = "html") -> list[str]:
    """The serious and critical ones, each with the elements that have it.

    The script is evaluated, not put into the page: the report's own policy would refuse it.
    """
    page.evaluate(AXE)
    found = page.evaluate("within => axe.run(within, {resultTypes: ['violations']})", within)
    return [
        f"{each['impact']} {each['id']}: {node['html'][:200]} {node['failureSummary']}"
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]
