"""Starts the server of the example, with a page at / to search on."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress

from criteria.messages import install_hint, shown_name

try:
    import uvicorn  # noqa: F401 (to say how to install it)
except ModuleNotFoundError:
    raise SystemExit(f"examples.server needs more packages. {install_hint('server')}") from None

from criteria.web import Keys
from examples.arguments import ArgumentParser, port
from examples.server.catalogue import Catalogue
from examples.server.console import SAMPLE_KEYS, application_with_page
from examples.server.hosts import is_local
from examples.server.outputs import complain, print_lines, usable_outputs
from examples.server.sample import PASSWORD, WITH_PASSWORD, is_empty, make_sample
from examples.server.serving import Server, configured
from examples.server.store import not_opened, open_store, shown
from examples.server.store.claims import Held

IN_PART = "the sample was made in part only, start again with an empty store"


class Unusable(Exception):
    """The server cannot start with these arguments."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code: 0 when the server was stopped, 2 when it could not start."""
    with usable_outputs():
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    try:
        keys = _keys(os.environ)
        _check_host(options.host, keys)
        with closing(_listening(options.host, options.port)) as listening:
            _serve(listening, options, keys)
    except Unusable as reason:
        complain(shown_name(str(reason)))
        return 2
    except KeyboardInterrupt:
        pass  # Ctrl+C
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="python -m examples.server",
        description=__doc__,
        epilog="Keys come from the environment variables API_KEY and API_MASTER_KEY: set both, or neither for the "
        "sample keys.",
    )
    parser.add_argument(
        "--store", metavar="URL", default="sqlite:///server.db",
        help="sqlite:///FILE, postgresql://... or mongodb://.../DATABASE (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=port, default=8000, help="port, 0 for any (default: %(default)s)")
    parser.add_argument(
        "--sample", action=argparse.BooleanOptionalAction,
        help="fill an empty store with sample data, three users of which have a password that everybody knows "
        "(default: only with the sample keys)",
    )  # fmt: skip
    return parser


def _keys(environment: Mapping[str, str]) -> Keys:
    """The keys of the environment, or the sample keys if it has none. A well-known key never joins one of one's own."""
    given = {name: environment[name] for name in ("API_KEY", "API_MASTER_KEY") if name in environment}
    if not given:
        return SAMPLE_KEYS
    if len(given) == 1:
        [only] = given
        raise Unusable(f"only {only} is set: set API_KEY and API_MASTER_KEY, or neither for the sample keys")
    try:
        keys = Keys(given["API_KEY"], given["API_MASTER_KEY"])
    except ValueError as error:
        raise Unusable(f"API_KEY and API_MASTER_KEY: {error}") from None
    if {keys.api_key, keys.master_key} & {SAMPLE_KEYS.api_key, SAMPLE_KEYS.master_key} and keys != SAMPLE_KEYS:
        raise Unusable("API_KEY and API_MASTER_KEY: one of them is a sample key, which everybody knows")
    return keys


def _check_host(host: str, keys: Keys) -> None:
    """Refuses the sample keys where other machines can reach the server: everybody knows them."""
    if keys == SAMPLE_KEYS and not is_local(host):
        raise Unusable(
            f"{host} may be reached from other machines: set API_KEY and API_MASTER_KEY, not the sample keys"
        )


def _serve(listening: socket.socket, options: argparse.Namespace, keys: Keys) -> None:
    try:
        store = open_store(options.store)
    except ValueError as error:
        raise Unusable(error) from None
    with closing(store):
        try:
            store.claim(_stop)
            catalogue = Catalogue(store)
            has_room = is_empty(catalogue)
        except Held:
            raise Unusable(f"another server uses the store {shown(options.store)}") from None
        except Exception as error:  # each database has exceptions of its own
            raise Unusable(not_opened(options.store, error)) from None
        try:
            wants_sample = keys == SAMPLE_KEYS if options.sample is None else options.sample
            made = make_sample(catalogue, keys) if wants_sample and has_room else 0
        except Exception as error:  # the disk is full, or the database is gone
            said = " ".join(str(error).split()) or type(error).__name__
            raise Unusable(f"{IN_PART}: {said[:300]}") from None
        except BaseException:  # a signal
            complain(IN_PART)
            raise
        _announce(listening, options.store, keys, made)
        with suppress(KeyboardInterrupt):
            Server(configured(application_with_page(catalogue, keys))).run(sockets=[listening])


def _stop() -> None:
    """Ends this server: another one has its store."""
    os.kill(os.getpid(), signal.SIGTERM)


def _listening(host: str, port: int) -> socket.socket:
    try:
        host.encode("idna")
    except UnicodeError:
        raise Unusable(f"cannot listen on {host}:{port}: this cannot be the name of a host") from None
    try:
        found = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        # asyncio sends small packets at once only if the protocol is named.
        return socket.socket(found.family, found.type, socket.IPPROTO_TCP, fileno=found.detach())
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or error
        raise Unusable(f"cannot listen on {host}:{port}: {reason}") from None


def _announce(listening: socket.socket, store: str, keys: Keys, made: int) -> None:
    host, port = listening.getsockname()[:2]
    address = f"[{host}]" if ":" in host else host
    own = f"{keys.api_key} and {keys.master_key}; set API_KEY and API_MASTER_KEY for your own"
    sample = f", filled with {made} sample objects" if made else ""
    if made and keys != SAMPLE_KEYS:
        sample += f", of which {WITH_PASSWORD} users have the password {PASSWORD}, which everybody knows"
    print_lines(
        f"Page  http://{address}:{port}/   API  http://{address}:{port}/v1   (Ctrl+C stops it)",
        f"Store {shown(store)}{sample}",
        f"Keys  {own if keys == SAMPLE_KEYS else 'from API_KEY and API_MASTER_KEY'}",
    )


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))  # uvicorn sends it again when it has ended
    sys.exit(main())
