"""Run time and indexes of conditions on real engines, compared with hand-written SQL."""
