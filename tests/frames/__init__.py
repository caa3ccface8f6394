"""Tests of the frame backend, on every kind of frame."""
