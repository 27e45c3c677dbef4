"""Recall of the quantized dense search against exact search, on any Qdrant over its REST API."""
