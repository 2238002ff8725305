"""A notebook in JupyterLab, opened and run as a user does."""

from __future__ import annotations

import json

from playwright.sync_api import Locator, Page

from tests.browser.server import Lab

# "Run All" from the menu is lost when the kernel is not ready yet.
RUN_ALL = """async () => {
    const until = async (found) => {
        while (!found()) await new Promise(done => setTimeout(done, 50));
        return found();
    };
    const app = await until(() => window.jupyterapp);
    await app.restored;
    const panel = await until(() => app.shell.currentWidget?.sessionContext && app.shell.currentWidget);
    await panel.context.ready;
    await panel.sessionContext.ready;
    const kernel = await until(() => panel.sessionContext.session?.kernel);
    await kernel.info;
    // What draws widgets asks first which ones there are: once the same question is answered, it takes new ones.
    for (let time = 0; time < 2; time++) await kernel.requestCommInfo({ target_name: 'jupyter.widget' });
    await app.commands.execute('notebook:run-all-cells');
}"""


def run_notebook(page: Page, lab: Lab, path: str, theme: str = "light") -> Locator:
    """Open the notebook, run all of its cells, and return where their outputs are."""
    chosen = page.request.put(
        f"{lab.base}/lab/api/settings/@jupyterlab/apputils-extension:themes",
        headers={"Authorization": f"token {lab.token}"},
        data={"raw": json.dumps({"theme": f"JupyterLab {theme.capitalize()}"})},
    )
    assert chosen.ok, chosen.text()
    page.goto(f"{lab.base}/lab/tree/{path}?reset&token={lab.token}")
    page.evaluate(RUN_ALL)
    return page.locator(".jp-Notebook .jp-OutputArea")
