"""The gateway: one HTTP address for applications, on the pipeline library.

It knows addresses and settings groups from its configuration, and no Pulumi, target or plan.
"""
