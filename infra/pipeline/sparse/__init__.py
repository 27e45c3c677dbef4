"""Learned sparse vectors of bge-m3 from a stock Text Embeddings Inference server; docs/sparse.md."""
