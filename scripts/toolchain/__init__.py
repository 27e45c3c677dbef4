"""The Pulumi CLI of this project: found on PATH, downloaded, or built from Go modules.

Imports nothing here, so that the language host and the dynamic provider start fast. It knows no
stack and no settings: it takes a project folder and an environment and never reads its own.
"""
