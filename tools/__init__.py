"""Developers' tools: the environment script, the CLI's Go module, generated documentation."""
