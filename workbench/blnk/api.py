"""Blnk: a request to a ledger's API, and every outcome of it as a value, trouble included."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPException, HTTPResponse
from time import monotonic
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from workbench.errors import SettingsError

KEY_VARIABLE = "WORKBENCH_BLNK_KEY"
REFUSES_KEY = (401, 403)
PASSING = (408, 425, 429)  # client errors in name only: the same request may succeed a moment later
LARGEST_ANSWER = 4_000_000  # bytes; a balance with its metadata has some thousand
LONGEST_TIMEOUT = 3600.0


@dataclass(frozen=True)
class Answer:
    """What came of one request: ``fault`` is empty if it was answered well, and else says what is wrong."""

    status: int | None = None  # None: no whole answer came
    body: Mapping[str, Any] = field(default_factory=dict)
    fault: str = ""

    @property
    def good(self) -> bool:
        """The request was carried out, and its answer can be read."""
        return not self.fault

    @property
    def refused(self) -> bool:
        """The server understood the request and will not carry it out, however often it is sent."""
        return self.status is not None and 300 <= self.status < 500 and self.status not in PASSING


@dataclass(frozen=True)
class Blnk:
    """Where a ledger's API is and how to send it requests; no text made of this shows the key."""

    url: str
    timeout: float  # seconds
    key: str | None = field(default=None, repr=False)

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Send one request and return what came of it; trouble with server and network never raises."""
        request = Request(self.url + path, _json_bytes(body), self._headers(), method=method)
        try:
            with _opener().open(request, timeout=self.timeout) as response:
                return self._read(response)
        except (OSError, HTTPException) as error:
            return Answer(fault=_describe(error, self.timeout))

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        return headers | ({"X-Blnk-Key": self.key} if self.key else {})

    def _read(self, response: HTTPResponse) -> Answer:
        body = _json_object(_read_in_time(response, self.timeout), self.key)
        if not 200 <= response.status < 300:
            return Answer(response.status, {}, _refusal(response.status, body))
        if body is None:
            return Answer(response.status, {}, f"answered {response.status}, but with no whole JSON object")
        return Answer(response.status, body)


def connect(url: str, timeout: float = 10.0, key: str | None = None) -> Blnk:
    """Check an address and return a connection to it; nothing is sent yet.

    ``key`` comes from the variable WORKBENCH_BLNK_KEY of the environment if it is not given; an open ledger needs none.
    Raises ``SettingsError``, which repeats neither key nor password.

    >>> connect("https://ledger.example/").url
    'https://ledger.example'
    """
    if not 0 < timeout <= LONGEST_TIMEOUT:
        raise SettingsError(f"timeout takes seconds, more than 0 and at most {LONGEST_TIMEOUT:.0f}, not {timeout!r}")
    return Blnk(_checked_url(url), timeout, _checked_key(os.environ.get(KEY_VARIABLE) if key is None else key))


@cache
def _opener() -> OpenerDirector:
    """Nothing in it deals with errors or redirects: every status is an answer, and no key goes on to another host."""
    opener = OpenerDirector()
    for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler()):
        opener.add_handler(handler)
    return opener


def _checked_url(url: str) -> str:
    """The address without a slash at its end. Messages never repeat it, since a password may stand anywhere in it."""
    right = "give it as https://host, with a port and a path where needed"
    if "@" in url:
        raise SettingsError(
            f"the ledger's address holds an @: a user or a password does not belong in it; {right}, "
            f"and the key in the environment as {KEY_VARIABLE}"
        )
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        raise SettingsError(f"the ledger's address cannot be read: {right}")
    if parts.scheme not in ("http", "https"):
        raise SettingsError(f"the ledger's address begins with {parts.scheme}: choose one of http, https")
    if parts.query or parts.fragment or url.endswith(("?", "#")):
        raise SettingsError(f"the ledger's address has a query or a fragment: {right}")
    return url.rstrip("/")


def _checked_key(key: str | None) -> str | None:
    trimmed = (key or "").strip()
    if not trimmed.isascii() or not trimmed.isprintable():
        raise SettingsError(f"the key in {KEY_VARIABLE} has a character that no header can carry: copy it anew")
    return trimmed or None


def _json_bytes(body: Mapping[str, Any] | None) -> bytes | None:
    return None if body is None else json.dumps(body).encode()


def _read_in_time(response: HTTPResponse, timeout: float) -> bytes:
    """Read a whole body within the timeout: a socket's own begins anew with every byte."""
    deadline = monotonic() + timeout
    read = b""
    while part := response.read1(65_536):
        read += part
        if monotonic() > deadline or len(read) > LARGEST_ANSWER:
            raise TimeoutError
    return read


def _json_object(text: bytes, key: str | None) -> dict[str, Any] | None:
    try:
        # A figure never passes through a binary float.
        value = _plain(json.loads(text, parse_float=str, parse_constant=str), key)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _plain(value: Any, key: str | None) -> Any:
    """An answer without lists, which nobody reads, and with the key blotted out: a server may repeat its request."""
    if isinstance(value, dict):
        return {name: _plain(part, key) for name, part in value.items()}
    if isinstance(value, str):
        return value.replace(key, "[key]") if key else value
    return None if isinstance(value, list) else value


def _refusal(status: int, body: Mapping[str, Any] | None) -> str:
    message = (body or {}).get("error") or (body or {}).get("message") or ""
    words = "".join(letter if letter.isprintable() else " " for letter in str(message))[:200]
    hint = ""
    if 300 <= status < 400:
        hint = "a redirect, which is not followed, since the key would go along"
    elif status in REFUSES_KEY:
        hint = (
            f"set {KEY_VARIABLE} to the ledger's master key: Blnk 0.15 has no scope for the path of metadata, so no "
            "key with scopes can write any"
        )
    return "; ".join(filter(None, [f"answered {status}" + (f": {words}" if words else ""), hint]))


def _describe(error: OSError | HTTPException, timeout: float) -> str:
    """Say in our own words what went wrong: the texts of network libraries may repeat addresses and headers."""
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, TimeoutError):
        return f"no whole answer within {timeout:g} s"
    if isinstance(cause, OSError) and cause.strerror:
        return f"no answer: {cause.strerror}"
    return "no whole answer: the connection was closed"
