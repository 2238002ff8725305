"""JupyterLab, opened at the notebook of a bench."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
from jupyterlab.labapp import LabApp

from workbench.bench.reconciliation.saved import ENDING
from workbench.cli.outcome import visible
from workbench.errors import ExitCode, SettingsError, SourceError
from workbench.reports.execute import bundled

BENCHES = {"reconcile": "reconcile_bench.ipynb", "balances": "balances_bench.ipynb"}
HOST = "127.0.0.1"
PORT = 8888
ANNOUNCEMENTS = "@jupyterlab/apputils-extension:announcements"


def run_lab(name: str, port: int | None, *, browser: bool) -> int:
    """Serve the current folder with JupyterLab, opened at the notebook of the bench ``name``, until Ctrl-C.

    ``name`` may be the file of a reconciliation, for which a notebook is put beside it.
    ``port`` is refused if it is taken; without one, the first free one from 8888 on is used.
    Raises ``SettingsError`` for a taken port, and ``SourceError`` if the notebook cannot be copied into the folder.
    """
    if port:
        _check_free(port)
    notebook = notebook_for(name)
    token = secrets.token_hex(24)
    page = f"/lab/tree/{quote(notebook.as_posix())}"
    server = LabApp.initialize_server(
        [
            f"--ServerApp.ip={HOST}",
            f"--ServerApp.port={PORT if port is None else port}",
            f"--ServerApp.port_retries={50 if port is None else 0}",
            f"--ServerApp.root_dir={Path.cwd()}",
            f"--ServerApp.open_browser={browser}",
            "--ServerApp.allow_root=True",  # whoever is root here, as in a container, knows it
            "--ServerApp.answer_yes=True",  # one Ctrl-C is enough
            "--ServerApp.log_level=ERROR",
            "--LabApp.log_level=ERROR",
            f"--IdentityProvider.token={token}",
            f"--LabApp.default_url={page}",
        ]
    )
    server.web_app.settings["page_config_hook"] = _without_news
    address = visible(f"{notebook} in JupyterLab: http://{HOST}:{server.port}{page}?token={token}")
    server.io_loop.add_callback(click.echo, f"{address}\nCtrl-C ends it.")  # once it listens
    server.start()
    return ExitCode.DONE


def notebook_for(name: str) -> Path:
    """The notebook of a bench, or of the file of a reconciliation; where there is none yet, one is put there."""
    return _place_notebook(BENCHES[name]) if name in BENCHES else _notebook_of(name)


def _without_news(_handler: Any, page: dict[str, Any]) -> dict[str, Any]:
    """JupyterLab's page without its announcements: they lie over the bench and ask the network for news."""
    return {**page, "disabledExtensions": [*page["disabledExtensions"], ANNOUNCEMENTS]}


def _check_free(port: int) -> None:
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise SettingsError(f"port {port} cannot be used ({why}): give another --port, or none") from error


def _place_notebook(name: str) -> Path:
    """The notebook, from the current folder; if it is not in it, a copy of it and of the sample data is put there."""
    for here in (Path(name), Path("notebooks") / name):
        if here.exists():
            return here
    _check_no_link(Path(name))
    try:
        for samples in bundled("data").glob("[a-z]*/"):
            _copy(samples, Path("data") / samples.name)
        shutil.copyfile(bundled(f"notebooks/{name}"), name)
    except OSError as error:
        raise SourceError(
            f"cannot copy {name} and its sample data into {Path.cwd()} ({error.strerror}): "
            "start it in a folder that you may write to"
        ) from error
    click.echo(f"Copied {name} and its sample data into this folder.")
    return Path(name)


def _notebook_of(name: str) -> Path:
    """The notebook that opens a reconciliation, beside its file."""
    file = Path(name)
    if not name.endswith(ENDING) or not file.is_file():
        raise SettingsError(
            f"{name!r} is no bench and no file of a reconciliation: give {' or '.join(BENCHES)}, or a NAME{ENDING}"
        )
    if not file.resolve().is_relative_to(Path.cwd()):
        raise SettingsError(
            f"{name} is not in the current folder, which is what is served: start it in the folder of the file"
        )
    notebook = file.with_name(f"{file.name.removesuffix(ENDING)}.ipynb")
    _check_no_link(notebook)
    if not notebook.exists():
        cells = json.loads(bundled(f"notebooks/{BENCHES['reconcile']}").read_text("utf-8"))
        parameters = next(cell for cell in cells["cells"] if "parameters" in cell["metadata"].get("tags", ()))
        lines = (line for line in parameters["source"] if not line.startswith("file:"))
        parameters["source"] = [
            f"file: str = {json.dumps(file.name)}  # the reconciliation, which says all the rest\n",
            *lines,
        ]
        try:
            notebook.write_text(json.dumps(cells, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as error:
            raise SourceError(f"cannot write {notebook} beside {name}: {error.strerror}") from error
    return notebook.resolve().relative_to(Path.cwd())


def _check_no_link(notebook: Path) -> None:
    """Refuse a link in the place of a notebook: it may have come with someone else's files, and lead anywhere."""
    if notebook.is_symlink():
        raise SettingsError(f"{notebook} is a link: remove it, or open the notebook that it leads to")


def _copy(source: Path, target: Path) -> None:
    """Copy a folder of files, unless there is one; the copy can be written to even if the source cannot."""
    if not target.exists():
        target.mkdir(parents=True)
        for file in source.iterdir():
            shutil.copyfile(file, target / file.name)
