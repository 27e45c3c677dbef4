"""The HTTP side: flags, permits, batching, metrics, routes."""
