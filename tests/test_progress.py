"""A job is stopped wherever it looks whether it shall go on, in the threads that are part of it too."""

from __future__ import annotations

from threading import Event
from time import sleep

import pytest

import workbench as wb
from workbench.progress import Stopped, Threads, check_stop, stoppable
from workbench.reconciliation.matching import candidates


def until_stopped(begun: Event) -> None:
    begun.set()
    while True:
        check_stop()
        sleep(0.001)


def test_nothing_is_stopped_that_nobody_asked_for() -> None:
    check_stop()
    with stoppable(lambda: False):
        check_stop()


def test_what_stops_a_job_stops_what_is_within_it() -> None:
    with stoppable(lambda: True), stoppable(lambda: False), pytest.raises(Stopped):
        check_stop()


def test_threads_stop_with_their_job() -> None:
    stop, begun = Event(), Event()
    with stoppable(stop.is_set), Threads(1) as threads:
        running = threads.submit(until_stopped, begun)
        begun.wait()
        stop.set()
        with pytest.raises(Stopped):
            running.result()


def test_threads_stop_where_their_job_is_interrupted() -> None:
    begun = Event()

    def interrupted() -> None:
        with Threads(1) as threads:
            threads.submit(until_stopped, begun)
            begun.wait()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()


def test_a_rule_that_compares_letters_is_stopped_between_its_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "_TEXTS", 10)
    looked = 0

    def asked() -> bool:
        nonlocal looked
        looked += 1
        return looked > 30

    texts = [f"text number {number}" for number in range(40)]
    common = {"amount": "1", "currency": "EUR"}
    paid = [{"id": text, "date": "2026-01-01", "description": text, **common} for text in texts]
    booked = [{"transaction_id": text, "created_at": "2026-01-01", "description": text, **common} for text in texts]
    rule = wb.Rule("Text", [wb.Criterion("description", "contains", 20)])
    with stoppable(asked), pytest.raises(Stopped):
        wb.reconcile(wb.read_external(paid), wb.read_internal(booked), rules=[rule])
    assert looked == 31
