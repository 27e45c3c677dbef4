"""Local servers that answer as Text Embeddings Inference 1.9.3 does, with no model weights.

`wire` reads and writes the JSON, `model` turns text into tokens, vectors and scores, `server`
holds limits, metrics and routes. `python -m infra.local.tei --role embed|rerank` runs one.
What is served and what is not: `docs/local-tei.md`.
"""
