"""Benchmarks: the speed of the library, compared with baselines and peers, in one run.

    pip install -e ".[bench]"                       the peers; missing ones are reported
    python -m benchmarks                            all jobs, in less than five minutes
    python -m benchmarks filter order               two jobs
    python -m benchmarks --json before.json         also write the results, for a comparison
    python -m benchmarks compare before.json after.json

Each job compares contestants: the baseline (`json.loads`, a hand-written comprehension, bare Python), this library,
and peers from PyPI. They take turns, so that a busy machine slows down all of them, and the best round of each counts.
Before the timing, each contestant's answer is compared with the correct one, which hand-written code returns. A
contestant that differs is timed and marked "wrong answer": SQL compilers often lose the rows with nulls under NOT.

Ratios are comparable between machines. Targets in us and ms were set where `json.loads` of the medium query took 4 us.
`--full` streams ten million records in the job `order`; `--tiny` only checks that everything runs.

All peers can be installed together with this library's lark and sqlglot (in November 2026). odata-query requires
SQLAlchemy below 2.0.
"""
