"""The words of DDL: what sqlglot's tokenizer finds in it, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NoReturn

from criteria.errors import CriteriaError, Problem
from criteria.text.ascii_case import ascii_upper


@dataclass(frozen=True, slots=True)
class Word:
    """A word, a name, a text or a sign.

    - `text`: what it says; of a quoted name and of a text, without the quotes.
    - `written`: as in the DDL.
    - `kind`: `"name"` for a quoted name, `"text"` for a literal, `"word"` for all others.
    - `start`: where it begins in the DDL.
    """

    text: str
    written: str
    kind: str
    start: int

    @property
    def keyword(self) -> str:
        """The word in upper case, if it can be a keyword or a sign."""
        return ascii_upper(self.text) if self.kind == "word" else ""


def invalid_ddl(ddl: str, start: int, message: str, hint: str | None = None) -> NoReturn:
    """Raises `CriteriaError` (`invalid_ddl`) with the line and the column of a place in the DDL."""
    before = ddl[:start]
    column = start - (before.rfind("\n") + 1) + 1
    raise CriteriaError(Problem("invalid_ddl", message, line=before.count("\n") + 1, column=column, hint=hint))


def statements(ddl: str, dialect: str) -> list[list[Word]]:
    """The statements of a text, each as its words. Raises `CriteriaError` (`invalid_ddl`)."""
    from sqlglot.dialects.dialect import Dialect
    from sqlglot.errors import TokenError
    from sqlglot.tokenizer_core import TokenType

    kinds = {
        TokenType.IDENTIFIER: "name",
        **dict.fromkeys((TokenType.STRING, TokenType.NATIONAL_STRING, TokenType.HEREDOC_STRING), "text"),
    }
    try:
        if dialect == "postgres":
            ddl = _without_copied_rows(ddl)
        tokens = Dialect.get_or_raise("mysql" if dialect == "mariadb" else dialect).tokenize(ddl)
    except CriteriaError:
        raise
    except TokenError as error:
        start = getattr(error, "start", None) or 0
        invalid_ddl(ddl, start, "A quoted text, a quoted name or a comment has no end.")
    except Exception:  # sqlglot may raise others than its own
        invalid_ddl(ddl, 0, "The DDL cannot be split into words.")
    found: list[list[Word]] = [[]]
    for token in tokens:
        if token.token_type is TokenType.SEMICOLON:
            found.append([])
            continue
        written = ddl[token.start : token.end + 1]
        kind = kinds.get(token.token_type, "word")
        found[-1] += [Word(token.text, written, kind, token.start)] if kind != "word" else _split(written, token.start)
    return [words for words in found if words]


_PIECE = re.compile(
    r"""
    \bE'(?:[^'\\]|\\.|'')*'?            # texts
    | '[^']*(?:''[^']*)*'?
    | "[^"]*"?                          # names
    | --[^\n]*                          # comments
    | /\*(?:.*?\*/|.*)
    | (?<![\w$])\$(\w*)\$(?:.*?\$\1\$|.*)
    | (?P<command>^\\[^\n]*)            # a command of psql, such as \\connect
    | (?P<copy>^COPY\b(?:[^;']|'[^']*')*;?)
    """,
    re.DOTALL | re.MULTILINE | re.IGNORECASE | re.VERBOSE,
)
_FROM_STDIN = re.compile(r"\bFROM\s+STDIN\b", re.IGNORECASE)
_END_OF_ROWS = re.compile(r"^\\\.[ \t]*\r?$", re.MULTILINE)


def _without_copied_rows(ddl: str) -> str:
    """The script of a dump with spaces instead of the rows after COPY ... FROM stdin, and of psql's commands.

    Places stay as they are. Raises `CriteriaError` (`invalid_ddl`) for rows without their last line.
    """
    kept, at, copied = [], 0, 0
    while piece := _PIECE.search(ddl, at):
        at = piece.end()
        start = piece.start()
        if piece["copy"] and _FROM_STDIN.search(piece["copy"]):
            last = _END_OF_ROWS.search(ddl, at)
            if last is None:
                invalid_ddl(ddl, start, r"The rows of this COPY have no end.", r"They end with a line \.")
            start, at = at, last.end()
        elif not piece["command"]:
            continue
        kept += [ddl[copied:start], re.sub(r"[^\n]", " ", ddl[start:at])]
        copied = at
    return "".join((*kept, ddl[copied:]))


def _split(written: str, start: int) -> Iterator[Word]:
    """The words of a token such as PRIMARY KEY, which is one token for sqlglot."""
    at = 0
    for piece in written.split():
        at = written.index(piece, at)
        yield Word(piece, piece, "word", start + at)
        at += len(piece)


def groups(ddl: str, words: list[Word], start: int) -> tuple[list[list[Word]], int]:
    """What commas separate in the parentheses that open at `words[start]`, and the place after them."""
    depth, found = 0, [list[Word]()]
    for at in range(start, len(words)):
        sign = words[at].keyword
        if sign in ("(", "["):
            depth += 1
            if depth == 1:
                continue
        if sign in (")", "]"):
            depth -= 1
            if depth == 0:
                if len(found) > 1 and not found[-1]:
                    invalid_ddl(ddl, words[at].start, "Expected a column or a constraint, found a parenthesis.")
                return found, at + 1
        if sign == "," and depth == 1:
            if not found[-1]:
                invalid_ddl(ddl, words[at].start, "Expected a column or a constraint, found a comma.")
            found.append([])
            continue
        found[-1].append(words[at])
    invalid_ddl(ddl, words[start].start, "This parenthesis is not closed.")


def outside(words: Iterable[Word]) -> list[Word]:
    """The words outside parentheses, with an opening parenthesis for each pair."""
    depth, found = 0, []
    for word in words:
        if word.keyword == ")":
            depth -= 1
            continue
        if depth == 0:
            found.append(word)
        if word.keyword == "(":
            depth += 1
    return found
