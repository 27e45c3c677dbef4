"""Qdrant's REST API on the edge engine, for the local target; it never talks to a real server.

`python -m infra.local.qdrant` runs it. What it serves and what it refuses: docs/local-qdrant.md.
"""
