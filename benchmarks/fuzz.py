"""Coverage-guided fuzzing: whatever a stranger sends, the library answers or raises `CriteriaError`.

    pip install atheris
    python -m benchmarks.fuzz                          all targets, a minute each
    python -m benchmarks.fuzz parse yaml --seconds 900

Each target runs in a process of its own. Any other exception, a wrong claim of a target, or an input that takes more
than ten seconds is a finding: its traceback is printed, and its input is kept in the folder that `--corpus` names,
together with the inputs that reached new code, from which the next run goes on. Fix the finding, and add its input to
the tests as an example with a name.

`--replay FILE...` runs one target on files, without atheris. atheris sees which lines of Python an input reaches. It
does not see into compiled packages: install sqlglot without its compiled half.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

from benchmarks.harness import ROOT
from examples.arguments import ArgumentParser

INSTRUMENTED = ["criteria", "lark", "ruamel"]
MAX_LENGTH = 2000
MAX_SECONDS = 10
MAX_MEGABYTES = 2000


class Target(NamedTuple):
    """What is fuzzed, the inputs that it begins with, and words that its inputs are made of."""

    run: Callable[[bytes], None]
    seeds: Sequence[bytes]
    words: Sequence[str]


def targets() -> dict[str, Target]:
    """All targets. The modules under test are imported here, when atheris is ready to instrument them."""
    module = import_module("benchmarks.fuzz_targets")
    return {name: Target(*target) for name, target in module.TARGETS.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line. Returns 1 if there was a finding, and 2 without atheris."""
    options = _parser().parse_args(arguments)
    if options.replay:
        for path in options.replay:
            targets()[options.targets[0]].run(path.read_bytes())
        return 0
    if find_spec("atheris") is None:
        print("benchmarks.fuzz: atheris is not installed: pip install atheris", file=sys.stderr)
        return 2
    if options.inside:
        _fuzz(options.targets[0], options.corpus, options.seconds)
    names = options.targets or list(targets())
    ends = [_in_a_process(name, options) for name in names]
    return int(any(ends))


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="python -m benchmarks.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("targets", nargs="*", metavar="target", help="all when none is named")
    parser.add_argument("--seconds", type=int, default=60, help="time for each target (default: %(default)s)")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="keep inputs in this folder")
    parser.add_argument("--replay", type=Path, nargs="+", metavar="FILE", help="run one target on these inputs")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser


def _in_a_process(name: str, options: argparse.Namespace) -> bool:
    """Fuzzes a target, and prints a line about it. Returns whether there was a finding."""
    with TemporaryDirectory() as folder:
        corpus = options.corpus or Path(folder)
        command = [sys.executable, "-m", "benchmarks.fuzz", name, "--inside", "--seconds", str(options.seconds)]
        start = perf_counter()
        done = subprocess.run(  # noqa: S603
            [*command, "--corpus", str(corpus)], cwd=ROOT, capture_output=True, text=True, errors="replace", check=False
        )
        minutes = (perf_counter() - start) / 60
    count = re.search(r"stat::number_of_executed_units: *(\d+)", done.stderr)
    executions = f"{int(count[1]):,}" if count else "unknown"
    print(f"{name}: {executions} executions in {minutes:.1f} min, {'a finding' if done.returncode else 'no finding'}")
    if done.returncode:
        said = (done.stdout + done.stderr).splitlines()
        print("\n".join(line for line in said if not line.startswith(("#", "INFO"))))
    sys.stdout.flush()
    return done.returncode != 0


def _fuzz(name: str, corpus: Path, seconds: int) -> None:
    """Fuzzes a target in this process, which ends with it."""
    atheris: Any = import_module("atheris")
    with atheris.instrument_imports(include=INSTRUMENTED):
        target = targets()[name]
    inputs, findings = corpus / name, corpus / "findings"
    for folder in (inputs, findings):
        folder.mkdir(parents=True, exist_ok=True)
    for at, seed in enumerate(target.seeds):
        (inputs / f"seed-{at}").write_bytes(seed)
    words = corpus / f"{name}.dict"
    words.write_text("\n".join(f'"{_escaped(word)}"' for word in target.words) + "\n", encoding="ascii")
    atheris.Setup(
        [
            sys.argv[0],
            str(inputs),
            f"-dict={words}",
            f"-artifact_prefix={findings}/{name}-",
            f"-max_total_time={seconds}",
            f"-max_len={MAX_LENGTH}",
            f"-timeout={MAX_SECONDS}",
            f"-rss_limit_mb={MAX_MEGABYTES}",
            "-print_final_stats=1",
        ],
        target.run,
    )
    atheris.Fuzz()


def _escaped(word: str) -> str:
    """A word as libFuzzer's dictionaries have it."""
    return "".join(
        chr(byte) if 32 < byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in word.encode("utf-8")
    )


if __name__ == "__main__":
    sys.exit(main())
