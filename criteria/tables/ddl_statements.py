"""Reads a script of DDL: its tables as their columns and keys, and the enumerated types."""

from __future__ import annotations

from dataclasses import dataclass, field

from criteria.messages import shown_text
from criteria.tables.ddl_words import Word, groups, invalid_ddl, outside, statements
from criteria.text.ascii_case import ascii_lower

Name = tuple[str, ...]


@dataclass(slots=True)
class DdlColumn:
    """A column of CREATE TABLE: its name, the words of its type, and the words after it."""

    name: str
    type: list[Word]
    rest: list[Word]


@dataclass(slots=True)
class DdlTable:
    """A table of CREATE TABLE. `primary` is its primary key, `unique` are its other keys, `options` the words after."""

    columns: list[DdlColumn] = field(default_factory=list)
    primary: Name = ()
    unique: list[Name] = field(default_factory=list)
    options: list[Word] = field(default_factory=list)


@dataclass(slots=True)
class Script:
    """What a text of DDL says: its tables, and the labels of enumerated types, by their names."""

    ddl: str
    dialect: str
    tables: dict[Name, DdlTable] = field(default_factory=dict)
    by_last_name: dict[str, list[Name]] = field(default_factory=dict)
    types: dict[str, tuple[str, ...]] = field(default_factory=dict)
    folding_collations: set[str] = field(default_factory=set)
    parents: list[Name] = field(default_factory=list)
    """The tables from which others inherit."""

    def name(self, word: Word) -> str:
        """The name that a word is. PostgreSQL reads names without quotes in lower case."""
        return ascii_lower(word.text) if self.dialect == "postgres" and word.kind == "word" else word.text

    def is_same(self, one: Name, other: Name) -> bool:
        """Whether two names, each perhaps qualified, may be those of one table."""
        pairs = zip(reversed(one), reversed(other), strict=False)
        return all(self._folded(a) == self._folded(b) for a, b in pairs)

    def _folded(self, part: str) -> str:
        return ascii_lower(part) if self.dialect in ("sqlite", "duckdb") else part

    def add(self, name: Name, table: DdlTable) -> None:
        """Adds a table, which replaces an earlier one of the same name."""
        if name not in self.tables:
            self.by_last_name.setdefault(self._folded(name[-1]), []).append(name)
        self.tables[name] = table

    def find(self, name: Name) -> DdlTable | None:
        """The table of a name, perhaps qualified. A script may have thousands of tables, and an index for each."""
        known = self.by_last_name.get(self._folded(name[-1]), ())
        return next((self.tables[one] for one in known if self.is_same(one, name)), None)


_TABLE_CONSTRAINTS = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "EXCLUDE", "LIKE"})
_MYSQL_CONSTRAINTS = frozenset({"KEY", "INDEX", "FULLTEXT", "SPATIAL", "PERIOD"})
_AFTER_TYPE = frozenset({
    "CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES", "GENERATED", "AS",
    "AUTO_INCREMENT", "AUTOINCREMENT", "COMMENT", "CHARSET", "ON", "KEY", "INVISIBLE", "VISIBLE", "STORED", "VIRTUAL",
    "PERSISTENT", "STORAGE", "COMPRESSION", "USING",
})  # fmt: skip
"""The words that end the type of a column."""

_HARMLESS_CHANGES = frozenset({
    ("ADD", "FOREIGN"), ("ADD", "CHECK"), ("ADD", "INDEX"), ("ADD", "KEY"), ("OWNER", "TO"), ("ENABLE", "ROW"),
    ("VALIDATE", "CONSTRAINT"), ("REPLICA", "IDENTITY"), ("ATTACH", "PARTITION"),
})  # fmt: skip
"""Changes by ALTER TABLE that say nothing about columns and keys."""


def read_script(ddl: str, dialect: str) -> Script:
    """Reads all statements of a text. Raises `CriteriaError` (`invalid_ddl`)."""
    script = Script(ddl, dialect)
    for words in statements(ddl, dialect):
        said = [word.keyword for word in words[:6]]
        kind = [one for one in said if one not in ("OR", "REPLACE", "TEMP", "TEMPORARY", "UNLOGGED", "GLOBAL", "LOCAL")]
        if kind[:2] == ["CREATE", "TABLE"]:
            _create_table(script, words, said.index("TABLE") + 1)
        elif kind[:3] == ["CREATE", "UNIQUE", "INDEX"]:
            _create_unique_index(script, words)
        elif kind[:2] == ["CREATE", "TYPE"]:
            _create_type(script, words, said.index("TYPE") + 1)
        elif kind[:2] == ["CREATE", "COLLATION"]:
            _create_collation(script, words, said.index("COLLATION") + 1)
        elif kind[:2] == ["ALTER", "TABLE"]:
            _alter_table(script, words)
    return script


def _create_table(script: Script, words: list[Word], at: int) -> None:
    name, at = _name(script, words, _skipped(words, at, ("IF", "NOT", "EXISTS")))
    if at == len(words) or words[at].keyword != "(":
        return  # CREATE TABLE ... AS SELECT: the text has no columns
    items, end = groups(script.ddl, words, at)
    table = DdlTable(options=words[end:])
    if any(word.keyword == "AS" for word in outside(table.options)):
        invalid_ddl(script.ddl, words[0].start, "CREATE TABLE ... AS has no types of columns.")
    script.add(name, table)
    if _inherits(script, table) and items == [[]]:
        return  # all of its columns are inherited
    for item in items:
        if not item:
            invalid_ddl(script.ddl, words[at].start, "The table has no columns.")
        is_mysql = script.dialect in ("mysql", "mariadb")
        if item[0].keyword in _TABLE_CONSTRAINTS or (is_mysql and item[0].keyword in _MYSQL_CONSTRAINTS):
            _constraint(script, table, item)
        else:
            _column(script, table, item)


def _inherits(script: Script, table: DdlTable) -> bool:
    """Whether a table inherits from others, which are noted."""
    said = [word.keyword for word in table.options]
    at = said.index("INHERITS") if "INHERITS" in said else len(said)
    if said[at + 1 : at + 2] != ["("]:
        return False
    for parent in groups(script.ddl, table.options, at + 1)[0]:
        if parent:
            script.parents.append(tuple(script.name(word) for word in parent if word.keyword != "."))
    return True


def _column(script: Script, table: DdlTable, item: list[Word]) -> None:
    if item[0].kind == "text" or not (item[0].kind == "name" or item[0].text[:1].isalpha() or item[0].text[:1] == "_"):
        invalid_ddl(script.ddl, item[0].start, f"Expected the name of a column, found {shown_text(item[0].written)}")
    depth, end = 0, len(item)
    for at in range(1, len(item)):
        sign = item[at].keyword
        depth += (sign in ("(", "[")) - (sign in (")", "]"))
        is_character_set = sign == "CHARACTER" and at + 1 < len(item) and item[at + 1].keyword == "SET"
        if depth == 0 and (sign in _AFTER_TYPE or is_character_set):
            end = at
            break
    column = DdlColumn(script.name(item[0]), item[1:end], item[end:])
    table.columns.append(column)
    said = [word.keyword for word in outside(column.rest)]
    if "PRIMARY" in said:
        table.primary = (column.name,)
    if "UNIQUE" in said:
        table.unique.append((column.name,))


def _constraint(script: Script, table: DdlTable, item: list[Word]) -> None:
    """PRIMARY KEY or UNIQUE, perhaps with a name. Other constraints are no keys."""
    kinds = ("PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "EXCLUDE")
    at = 0
    if item[0].keyword == "CONSTRAINT":
        at = 1 if len(item) > 1 and item[1].keyword in kinds else 2
    if at >= len(item) or item[at].keyword not in ("PRIMARY", "UNIQUE"):
        return
    opening = next((place for place in range(at, len(item)) if item[place].keyword == "("), None)
    if opening is None:
        invalid_ddl(script.ddl, item[at].start, "Expected the columns of the key.")
    key = _key(script, item, opening)
    if key and item[at].keyword == "PRIMARY":
        table.primary = key
    elif key:
        table.unique.append(key)


def _key(script: Script, words: list[Word], opening: int) -> Name:
    """The columns of a key; none if one of them is an expression, or only the beginning of a text."""
    columns, _ = groups(script.ddl, words, opening)
    if any(not one or any(word.keyword in ("(", ".", "+", "|") for word in one) for one in columns):
        return ()
    return tuple(script.name(one[0]) for one in columns)


def _create_unique_index(script: Script, words: list[Word]) -> None:
    on = next((at for at, word in enumerate(words) if word.keyword == "ON"), None)
    if on is None:
        invalid_ddl(script.ddl, words[0].start, "The index has no table.")
    name, at = _name(script, words, _skipped(words, on + 1, ("ONLY",)))
    opening = next((place for place in range(at, len(words)) if words[place].keyword == "("), None)
    table = script.find(name)
    if table is None or opening is None:
        return
    key = _key(script, words, opening)
    _, end = groups(script.ddl, words, opening)
    if key and not any(word.keyword == "WHERE" for word in words[end:]):
        table.unique.append(key)


def _create_type(script: Script, words: list[Word], at: int) -> None:
    name, at = _name(script, words, _skipped(words, at, ("IF", "NOT", "EXISTS")))
    if [word.keyword for word in words[at : at + 3]] != ["AS", "ENUM", "("]:
        return
    labels, _ = groups(script.ddl, words, at + 2)
    script.types[name[-1]] = tuple(one[0].text for one in labels if one)


def _create_collation(script: Script, words: list[Word], at: int) -> None:
    name, _ = _name(script, words, _skipped(words, at, ("IF", "NOT", "EXISTS")))
    script.folding_collations.add(name[-1])


def _alter_table(script: Script, words: list[Word]) -> None:
    name, at = _name(script, words, _skipped(words, 2, ("IF", "EXISTS", "ONLY")))
    table = script.find(name)
    if table is None:
        return
    change = words[at:]
    said = [word.keyword for word in change]
    is_single = "," not in [word.keyword for word in outside(change)]
    sets_default = said[:2] == ["ALTER", "COLUMN"] and said[3:5] in (["SET", "DEFAULT"], ["ADD", "GENERATED"])
    if is_single and said[:1] == ["ADD"] and said[1:2] in (["CONSTRAINT"], ["PRIMARY"], ["UNIQUE"]):
        _constraint(script, table, change[1:])
        return
    if is_single and (sets_default or tuple(said[:2]) in _HARMLESS_CHANGES):
        return
    hint = "Give the CREATE TABLE of the table as it is now, or reflect it."
    invalid_ddl(script.ddl, words[0].start, "This ALTER TABLE may change columns.", hint)


def _skipped(words: list[Word], at: int, optional: tuple[str, ...]) -> int:
    while at < len(words) and words[at].keyword in optional:
        at += 1
    return at


def _name(script: Script, words: list[Word], at: int) -> tuple[Name, int]:
    """The perhaps qualified name at a place, and the place after it."""
    parts = []
    while at < len(words) and words[at].kind != "text" and words[at].keyword not in ("(", ")", ","):
        parts.append(script.name(words[at]))
        at += 1
        if at == len(words) or words[at].keyword != ".":
            return tuple(parts), at
        at += 1
    place = words[min(at, len(words) - 1)]
    invalid_ddl(script.ddl, place.start, f"Expected a name, found {shown_text(place.written)}")
