"""The AWS target: one frozen model per concern. Knows no cloud: every rule works without a call."""
