"""Load tests. Empty until the harness is built; see docs/architecture.md."""
