"""The scanner of YAML texts, in which tags are short. Needs ruamel.yaml."""

from __future__ import annotations

from typing import Any

from ruamel.yaml.scanner import Scanner

_MAX_TAG = 200
_ANY_TAG = "long"


class BoundedScanner(Scanner):  # type: ignore[misc, unused-ignore]
    """ruamel.yaml's scanner, but a tag of more than 200 characters stands for another one. The parser reads tags in
    quadratic time, and queries have none: each is refused, whatever it says."""

    def scan_tag_uri(self, name: Any, start_mark: Any) -> Any:
        found = super().scan_tag_uri(name, start_mark)
        return found if len(found) <= _MAX_TAG else _ANY_TAG
