"""The language host beside a built CLI: serves `LanguageRuntime` to the engine, runs Python.

The official CLI brings a host of its own and never starts this one. It must know nothing of
retrieval: programs, options and configuration arrive over gRPC.
"""
