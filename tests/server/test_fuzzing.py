"""The server, fuzzed by schemathesis with its own OpenAPI document."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from criteria import FieldType
from tests.conftest import PROFILE
from tests.server.running import API, MASTER, Api, running, user

pytestmark = pytest.mark.heavy("schemathesis runs for a minute")

EXAMPLES = PROFILE.fuzzed

ROOT = Path(__file__).parents[2]

PATHS = r"^/v1($|/usersession|/users($|/query|/\{id\})|/organizations($|/query|/\{id\})|/promo/|/usersegments/custom)"
"""Users have custom properties of all types, organizations names of domains, everybody reads discounts. The other
objects are served by the very functions that serve these. Custom properties of users stay while users are searched."""

OTHER_SEARCHES = "(find|query)(Organization|ReferralDiscount|UserSegmentCustomProperty)"
"""Operations that are served by the very functions that search users. Their examples take 20 seconds each."""

EXCLUDED = {
    "unsupported_method": "it expects 405, for which the reference API has no status: it is a BadRequest",
    "ignored_auth": "it wants 401 or 403 for a wrong API key, which is 400 (ApiKeyInvalid); less_is_not_enough is ours",
    "positive_data_acceptance": "it knows nothing of values that others have; allowed_is_done is ours",
}
"""Checks of schemathesis that are not run, and why."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The API with custom properties of all types."""
    with running(f"sqlite:///{tmp_path_factory.mktemp('store') / 'fuzzed.db'}") as found:
        for kind in FieldType:
            target = {"objectEntityType": "user"} if kind is FieldType.OBJECT_REF else {}
            definition = {"fieldType": kind.value, **target}
            found.make("users/customproperties", name=f"one_{kind.value}", **definition)
            found.make("users/customproperties", name=f"some_{kind.value}", isList=True, **definition)
        yield found


def fuzz(api: Api, folder: Path, access: str, headers: dict[str, str], *options: str) -> None:
    """Runs schemathesis, and fails with what it found."""
    given = [part for name, value in headers.items() for part in ("--header", f"{name}: {value}")]
    document = f"{api.url.removesuffix('/v1')}/openapi.json"
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", document, *given, "--checks", "all",
        "--exclude-checks", ",".join(EXCLUDED), "--include-path-regex", PATHS, "--seed", "1", "--generation-database",
        "none", "--continue-on-failure", "--warnings", "off", *options,
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.server.fuzz_checks",
                   "FUZZ_ACCESS": access, "PYTHONIOENCODING": "utf-8"}  # fmt: skip
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=600)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
    assert " passed" in done.stdout


def test_with_the_master_key(api: Api, tmp_path: Path) -> None:
    """What the document allows is done, what it does not is refused, and each answer is one that it names."""
    fuzz(api, tmp_path, "master", MASTER, "--phases", "fuzzing", "--max-examples", str(EXAMPLES))


def test_examples_with_the_master_key(api: Api, tmp_path: Path) -> None:
    """The examples of the document are done."""
    options = ("--phases", "examples", "--exclude-operation-id-regex", f"^{OTHER_SEARCHES}$")
    fuzz(api, tmp_path, "master", MASTER, *options)


def test_one_after_another(api: Api, tmp_path: Path) -> None:
    """Objects that were created are there for what the document's links name, and deleted ones are gone."""
    options = ("--phases", "stateful", "--max-examples", str(3 * EXAMPLES))
    fuzz(api, tmp_path, "master", MASTER, *options)


@pytest.mark.parametrize("access", ["none", "application", "user"])
def test_with_less(api: Api, tmp_path: Path, access: str) -> None:
    """Without the master key only that is done for which the document asks no more than the caller has."""
    headers = {} if access == "none" else API
    if access == "user":
        login = {"username": "fuzzed", "userpassword": "correct horse"}
        api.make("users", **login)
        _, answer = api.send("POST", "usersession", json=login)
        headers = user(answer["data"]["userSessionKey"])
    # A user who logs out is none; and one kind of search is enough to see that nobody may search.
    others = f"^(endSession|{OTHER_SEARCHES})$"
    options = ("--phases", "fuzzing", "--max-examples", "1", "--exclude-operation-id-regex", others)
    fuzz(api, tmp_path, access, headers, *options)
