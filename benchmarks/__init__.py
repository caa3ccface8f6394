"""Measurements: how fast the library is, beside its marks and its peers, in one run.

    pip install -e ".[bench]"                       the peers; without them their lines say that they are missing
    python -m benchmarks                            every job, in less than five minutes
    python -m benchmarks filter order               two of them
    python -m benchmarks --json before.json         the same, and the results for comparing
    python -m benchmarks compare before.json after.json

Each job puts contestants side by side: the mark first (`json.loads`, a comprehension that somebody wrote by hand, bare
Python), then this library, then peers from PyPI. They take turns, round after round, so that a busy machine is busy for
all of them, and the best round of each one counts. Before anything is timed, each contestant's answer is compared with
the answer by rule, which hand-written code gives; whoever answers otherwise is timed and marked "wrong answer". SQL
compilers are marked so for the rows that SQL's NOT loses: those with nulls.

Ratios say something on any machine; targets in us and ms were set where `json.loads` of the medium query took 4 us.
`--full` gives the stream of the job `order` its ten million records, `--tiny` only shows that everything runs.

The peers install beside each other and beside this library's lark and sqlglot (tried with the versions that
`pip install -e ".[bench]"` brought in November 2026). odata-query holds SQLAlchemy below 2.0.
"""
