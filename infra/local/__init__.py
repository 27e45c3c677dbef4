"""The embedded target: local processes that speak the HTTP APIs of TEI and Qdrant."""
