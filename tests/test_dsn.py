"""No password survives in the name of a database."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.dsn import SECRETS, is_dsn, redact

# Only passwords have capitals here: that none is left is then easy to tell.
PASSWORDS = st.text("SECRET0@:/?#&='\\% ;,", min_size=1)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("postgresql://ann:S3CRET@db:5432/books", "postgresql://ann@db:5432/books"),
        ("postgres://:S3CRET@db", "postgres://@db"),
        ("postgresql://ann:S@/?#:CRET@a:1,b:2/books?sslmode=require", "postgresql://ann@a:1,b:2/books?sslmode=require"),
        ("postgresql://db/books?password=S3CRET", "postgresql://db/books"),
        ("postgresql://db/books?password=S3CRET&user=ann", "postgresql://db/books?user=ann"),
        ("postgresql://db/books?user=ann&sslpassword=S3CRET&port=1", "postgresql://db/books?user=ann&port=1"),
        ("postgresql://db/books?p%61ssword=S3CRET", "postgresql://db/books"),
        ("postgresql+driver://ann:S3CRET@db/books", "postgresql+driver://ann@db/books"),
        ("postgresql:/ann:S3CRET@db/books", "postgresql:/ann@db/books"),  # as a path would have it
        ("https://ann:S3CRET@ledger.example/balances", "https://ann@ledger.example/balances"),
        ("host=db password=S3CRET dbname=books", "host=db dbname=books"),
        ("password = 'S3 \\' CRET' host=db", "host=db"),
        ("host=db password='S3 CRET", "host=db"),
        ("host=db password=S3 CRET port=1", "host=db port=1"),
        ("cannot reach postgresql://ann:S3CRET@db/books", "cannot reach postgresql://ann@db/books"),
    ],
)
def test_a_password_is_taken_out_and_the_rest_is_kept(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    ["", "data/ledger.csv", "C:/books/ledger.csv", "postgresql://ann@db:5432/books?sslmode=require", "a?b&", "host=db"],
)
def test_a_text_without_a_password_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


@given(PASSWORDS)
def test_no_password_is_left_beside_a_user_however_it_is_written(password: str) -> None:
    for written in (password, quote(password, safe="")):
        assert redact(f"postgresql://ann:{written}@db/books?port=1") == "postgresql://ann@db/books?port=1"


@given(PASSWORDS, st.sampled_from(SECRETS))
def test_no_password_is_left_among_parameters(password: str, name: str) -> None:
    assert redact(f"postgresql://db/books?{name}={quote(password, safe='')}&port=1") == "postgresql://db/books?port=1"


@given(PASSWORDS, st.sampled_from(SECRETS))
def test_no_password_is_left_among_pairs(password: str, name: str) -> None:
    escaped = password.replace("\\", "\\\\").replace("'", "\\'")
    assert redact(f"host=db {name}='{escaped}' dbname=books") == "host=db dbname=books"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://db/books", True),
        ("postgres://db/books", True),
        ("PostgreSQL://db/books", True),
        ("postgresql+driver://db/books", True),
        ("https://db/books", False),
        ("postgresql.csv", False),
        ("data/postgres/ledger.csv", False),
    ],
)
def test_a_url_of_a_postgresql_database_is_told_from_other_inputs(text: str, expected: bool) -> None:
    assert is_dsn(text) is expected
