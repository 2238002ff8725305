"""A ledger's API on this machine that answers as Blnk does, and on request as a server in trouble does."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from time import sleep
from typing import Any
from urllib.parse import unquote

RUN, RESULT = "BLNK_RUN_RECONCILIATION", "BLNK_RECONCILIATION_RESULT"


@dataclass(frozen=True)
class Trick:
    """How one request is dealt with; without any, as Blnk does."""

    status: int = 200
    said: bytes | None = None  # in place of the proper answer
    carried_out: bool = True  # an asking: the balance is rebuilt
    after_looks: int = 0  # an asking: the rebuild shows only after so many looks
    overwritten: bool = False  # an asking: a transaction under way writes the old figures back
    executed_at: str | None = None  # an asking: in place of the ledger's clock
    hangs: bool = False  # no answer comes until the server is closed
    sent: float = 1.0  # the part of the answer that is sent before the connection is closed
    drip: float = 0.0  # seconds between the bytes of the answer
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Book:
    """A balance: what it holds, and what its transactions come to."""

    held: tuple[int, int]  # credit, debit
    due: tuple[int, int]
    meta_data: dict[str, Any] = field(default_factory=dict)
    overdue: list[int] = field(default_factory=list)  # looks until a rebuild shows

    def rebuild(self, executed_at: str) -> None:
        """What Blnk's trigger does when it finds the flag in the metadata."""
        (credit, debit), (old_credit, old_debit) = self.due, self.held
        result = {
            "executed_at": executed_at,
            "previous_debit": old_debit,
            "previous_credit": old_credit,
            "previous_balance": old_credit - old_debit,
            "recalculated_debit": debit,
            "recalculated_credit": credit,
            "recalculated_balance": credit - debit,
            "difference": (credit - debit) - (old_credit - old_debit),
        }
        self.held = self.due
        self.meta_data[RESULT] = {name: str(value) for name, value in result.items()}


@dataclass
class Entry:
    """A transaction: its parent, and its metadata, which is null where Blnk stored none."""

    parent: str = ""
    meta_data: dict[str, Any] | None = None


class Ledger(ThreadingHTTPServer):
    """The books, the tricks to play on the next requests of each method, and what was asked."""

    def __init__(self, books: dict[str, Book], port: int = 0, entries: dict[str, Entry] | None = None) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.books = books
        self.entries = entries or {}
        self.tricks: dict[str, list[Trick]] = defaultdict(list)
        self.always: dict[str, Trick] = {"GET": Trick(), "POST": Trick()}
        self.asked: list[tuple[str, str, str | None]] = []  # method, path, key
        self.posts: list[Any] = []  # bodies
        self.on_post: Callable[[], None] = lambda: None
        self.carried_out = Event()
        self.closing = Event()
        self.clock = datetime(2026, 3, 16, 22, 55, 34, 281624, tzinfo=UTC)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def count(self, method: str) -> int:
        return sum(1 for asked in self.asked if asked[0] == method)

    def next_trick(self, method: str) -> Trick:
        return self.tricks[method].pop(0) if self.tricks[method] else self.always[method]

    def now(self) -> str:
        """An instant later than any before, as PostgreSQL writes it."""
        self.clock += timedelta(seconds=1)
        return self.clock.isoformat(" ").removesuffix(":00")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is part of the game."""


class Handler(BaseHTTPRequestHandler):
    server: Ledger
    disable_nagle_algorithm = True  # or each answer waits for the client to confirm its head

    def do_GET(self) -> None:
        trick = self.receive()
        if self.path.startswith("/transactions/"):
            return self.show_entry(trick, unquote(self.path).removeprefix("/transactions/"))
        book = self.server.books.get(unquote(self.path).removeprefix("/balances/"))
        if book is None:
            return self.answer(Trick(status=404), {"error": "balance not found"})
        if book.overdue and (looks := book.overdue.pop()):
            book.overdue.append(looks - 1)
        elif RUN in book.meta_data and book.meta_data.pop(RUN):
            book.rebuild(self.server.now())
        (credit, debit), name = book.held, unquote(self.path).removeprefix("/balances/")
        shown = {"balance": credit - debit, "credit_balance": credit, "debit_balance": debit}
        return self.answer(trick, {"balance_id": name, **shown, "currency": "USD", "meta_data": book.meta_data})

    def do_POST(self) -> None:
        trick = self.receive()
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posts.append(body)
        self.server.on_post()
        name = unquote(self.path).removesuffix("/metadata").removeprefix("/")
        if name.startswith("txn_"):
            return self.write_metadata(trick, name, body["meta_data"])
        book = self.server.books.get(name)
        if book is None:
            return self.answer(Trick(status=404), {"error": "entity not found"})
        merged = book.meta_data | body["meta_data"]  # with the flag, and with the rebuild before this one
        if trick.carried_out and merged[RUN] == "SOURCE":
            self.carry_out(book, trick)
        return self.answer(trick, {"meta_data": merged})

    def show_entry(self, trick: Trick, name: str) -> None:
        entry = self.server.entries.get(name)
        if entry is None:
            return self.answer(Trick(status=404), {"error": "transaction not found"})
        shown = {"transaction_id": name, "parent_transaction": entry.parent, "status": "APPLIED"}
        return self.answer(trick, shown | {"meta_data": entry.meta_data})

    def write_metadata(self, trick: Trick, name: str, meta_data: dict[str, Any]) -> None:
        """As Blnk: merged into the metadata of the transaction, and of those whose parent it is."""
        touched = [entry for own, entry in self.server.entries.items() if name in (own, entry.parent)]
        if not touched:
            return self.answer(Trick(status=404), {"error": "entity not found"})
        if trick.carried_out:
            for entry in touched:
                entry.meta_data = (entry.meta_data or {}) | meta_data
            self.server.carried_out.set()
        return self.answer(trick, {"meta_data": meta_data})

    def carry_out(self, book: Book, trick: Trick) -> None:
        before = book.held
        if trick.after_looks:
            book.meta_data[RUN] = "SOURCE"
            book.overdue = [trick.after_looks]
        else:
            book.rebuild(trick.executed_at or self.server.now())
        if trick.overwritten:
            book.held = before
        self.server.carried_out.set()

    def receive(self) -> Trick:
        self.server.asked.append((self.command, self.path, self.headers.get("X-Blnk-Key")))
        return self.server.next_trick(self.command)

    def answer(self, trick: Trick, proper: dict[str, Any]) -> None:
        if trick.hangs:
            self.server.closing.wait()
            return
        said = json.dumps(proper if trick.status == 200 else {"error": "trouble"}).encode()
        said = said if trick.said is None else trick.said
        if trick.sent:
            self.send_response(trick.status)
            self.send_header("Content-Length", str(len(said)))
            for name, value in trick.headers:
                self.send_header(name, value)
            self.end_headers()
            self.send_body(said[: int(len(said) * trick.sent)], trick.drip)
        self.close_connection = True

    def send_body(self, said: bytes, drip: float) -> None:
        if not drip:
            self.wfile.write(said)
            return
        for byte in said:
            self.wfile.write(bytes([byte]))
            sleep(drip)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def serving(books: dict[str, Book], port: int = 0, entries: dict[str, Entry] | None = None) -> Iterator[Ledger]:
    """Run a ledger's API while the block runs."""
    with Ledger(books, port, entries) as ledger:
        thread = Thread(target=ledger.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield ledger
        finally:
            ledger.closing.set()
            ledger.shutdown()
            thread.join()
