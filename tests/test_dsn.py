"""No password survives in the name of a database."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.dsn import SECRETS, hosts_of, is_dsn, redact

# Only passwords have capitals here: that none is left is then easy to tell.
CAPITALS = set("SECRT")
PASSWORDS = st.text("SECRT0@:/?#&='\\% ;,", min_size=1)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("postgresql://ann:S3CRET@db:5432/books", "postgresql://ann@db:5432/books"),
        ("postgres://:S3CRET@db", "postgres://@db"),
        ("postgresql://ann:S3%40CRET@a:1,b:2/books?sslmode=require", "postgresql://ann@a:1,b:2/books?sslmode=require"),
        ("postgresql://db/books?password=S3CRET", "postgresql://db/books"),
        ("postgresql://db/books?password=S3CRET&user=ann", "postgresql://db/books?user=ann"),
        ("postgresql://db/books?user=ann&sslpassword=S3CRET&port=1", "postgresql://db/books?user=ann&port=1"),
        ("postgresql://db/books?p%61ssword=S3CRET", "postgresql://db/books"),
        ("postgresql+driver://ann:S3CRET@db/books", "postgresql+driver://ann@db/books"),
        ("postgresql:/ann:S3CRET@db/books", "postgresql:/ann"),  # as a path would have it
        ("postgresql://ann:S@/?#:CRET@db/books?sslmode=require", "postgresql://ann"),
        ("postgresql://ann:S3 CRET@db/books", "postgresql://ann"),
        ("postgresql://ann:123/CRET@db/books", "postgresql://ann"),
        ("postgresql://ann:S3%CRET@db/books", "postgresql://ann"),
        ("postgresql://db:1/books?user=ann&password=S@CRET", "postgresql://db"),
        ("postgresql://db/books?user=ann&password=S=CRET", "postgresql://db/books?user=ann"),
        ("postgresql://db?user=ann&password=S3&CRET", "postgresql://db?user=ann"),
        ("https://ann:S3CRET@ledger.example/balances", "https://ann@ledger.example/balances"),
        ("host=db password=S3CRET dbname=books", "host=db dbname=books"),
        ("password = 'S3 \\' CRET' host=db", "host=db"),
        ("host=db password='S3 CRET", "host=db"),
        ("host=db password=S3 CRET port=1", "host=db port=1"),
        ("host=db password=':/:@' dbname=books", "host=db dbname=books"),
        ("host=db password='; S=CRET' postgresql://db/books", "host=db"),
        ("password=':/S:CRET@' port=1 postgresql://ann:S3 CRET@db", "port=1 postgresql://ann"),
        ("postgresql://ann:S3 password=:/x:CRET@db/books", "postgresql://ann"),
        ("cannot reach postgresql://ann:S3CRET@db/books", "cannot reach postgresql://ann"),
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
def test_no_password_is_left_beside_a_user(password: str) -> None:
    assert redact(f"postgresql://ann:{quote(password, safe='')}@db/books?a=b") == "postgresql://ann@db/books?a=b"
    assert not CAPITALS & set(redact(f"postgresql://ann:{password}@db/books?a=b"))


@given(PASSWORDS, st.sampled_from(SECRETS))
def test_no_password_is_left_among_parameters(password: str, name: str) -> None:
    assert redact(f"postgresql://db/books?{name}={quote(password, safe='')}&port=1") == "postgresql://db/books?port=1"
    one_value = password.replace("&", "")  # which ends a value, whoever reads it
    assert not CAPITALS & set(redact(f"postgresql://db/books?{name}={one_value}&port=1"))


@given(PASSWORDS, st.sampled_from(SECRETS))
def test_no_password_is_left_among_pairs(password: str, name: str) -> None:
    escaped = password.replace("\\", "\\\\").replace("'", "\\'")
    assert redact(f"host=db {name}='{escaped}' dbname=books") == "host=db dbname=books"


@given(PASSWORDS, PASSWORDS, st.booleans())
def test_no_password_is_left_where_a_pair_stands_beside_a_url(password: str, other: str, before: bool) -> None:
    escaped = password.replace("\\", "\\\\").replace("'", "\\'")
    pair, url = f"password='{escaped}'", f"postgresql://ann:{other}@db/books"
    assert not CAPITALS & set(redact(f"{pair} {url}" if before else f"{url} {pair}"))


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


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("postgresql://db/books", "db"),
        ("postgresql://", ""),
        ("postgresql:///books?host=/run/postgresql", ""),
        ("postgresql://ann:s3cret@[::1]:5432,db:/books", "[::1]:5432,db:"),
        ("postgresql://ann:s3:cret@db", "db"),
        ("postgresql://ann:s3@cret@db", None),
        ("postgresql://ann:s3/cret@db", None),
        ("postgresql://ann:s3?cret@db", None),
        ("postgresql://db:1?password=s3@cret", None),
        ("postgresql://db/books?password", None),
        ("postgresql://db/books?a=b=c", None),
        ("postgresql://db/100%", None),
        ("postgresql://db/a b", None),
        ("postgresql://db:port/books", None),
        ("books.csv", None),
    ],
)
def test_the_hosts_of_a_well_formed_url_are_found(url: str, hosts: str | None) -> None:
    assert hosts_of(url) == hosts


@pytest.mark.parametrize("text", ["postgresql://" + "a," * 50_000 + "]", "://" * 20_000, "?a=&" * 20_000])
def test_a_long_text_without_a_password_stays_as_it_is(text: str) -> None:
    assert redact(text) == text
