"""Measurements: `python -m benchmarks` prints ratios against plain Python, taken side by side in one run."""
