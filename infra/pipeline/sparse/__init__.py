"""Learned sparse vectors of bge-m3 from a stock TEI server; see docs/sparse.md."""
