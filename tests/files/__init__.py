"""Tests of files of records: formats, compression, output that is replaced as a whole."""
