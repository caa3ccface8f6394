"""Reads the curl lines of the reference API as requests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

BASE = "https://api.instabot.io/v1"
"""The start of the addresses in these lines."""

_WORD = re.compile(r"""(?:"([^"]*)(?:"|$)|'([^']*)'|(\S+))""")


@dataclass(frozen=True, slots=True)
class Sample:
    """A request: its method, what follows `/v1` in its URL, its headers, and its body if it has one."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: str | None


def read(text: str, **keys: str) -> Sample:
    """The request of curl lines, with keys put in the place of `{NAME}`.

    The lines are untidy: a backslash is missing at the end of a line, a quote at the end of another, `"-X PUT"`
    is one word, and a URL without quotes holds `&`. A line ends what stands in it.
    """
    words = [word for line in text.strip().splitlines() for word in _words(line.strip().removesuffix("\\"))]
    assert words.pop(0) == "curl"
    method, url, headers, data, in_url = None, "", [], [], False
    while words:
        word = words.pop(0)
        if word.startswith("-X"):
            method = word.removeprefix("-X").strip() or words.pop(0)
        elif word == "-H":
            name, _, value = words.pop(0).partition(":")
            headers.append((name.strip(), _filled(value.strip(), keys)))
        elif word == "-G":
            in_url = True
        elif word == "--data-urlencode":
            name, _, value = words.pop(0).partition("=")
            data.append(f"{name}={quote(value, safe='')}")
        elif word == "-d":
            data.append(words.pop(0))
        else:
            assert not word.startswith("-"), word
            assert not url, word
            url = word
    assert url.startswith(BASE), url
    path = url.removeprefix(BASE)
    if in_url:
        return Sample(method or "GET", "&".join([path, *data]), tuple(headers), None)
    return Sample(method or ("POST" if data else "GET"), path, tuple(headers), "&".join(data) if data else None)


def _words(line: str) -> list[str]:
    return [double or single or plain for double, single, plain in _WORD.findall(line)]


def _filled(value: str, keys: dict[str, str]) -> str:
    for name, key in keys.items():
        value = value.replace(f"{{{name}}}", key)
    return value
