"""The server that the tests of the sources share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import postgres_server


@pytest.fixture(scope="session")
def server() -> Iterator[postgres_server.Server]:
    with postgres_server.running() as running:
        yield running
