"""Text files that are written whole or not at all."""

from __future__ import annotations

from pathlib import Path


def write_whole(path: str | Path, text: str) -> None:
    """Write a UTF-8 text beside ``path`` and put it there at once, so that nobody ever sees half of it.

    What lies beside under the name of the new file is removed, never followed. Raises ``OSError``.
    """
    final = Path(path)
    new = final.with_name(f".{final.name}.new")
    new.unlink(missing_ok=True)
    with new.open("x", encoding="utf-8") as file:
        file.write(text)
    new.replace(final)
