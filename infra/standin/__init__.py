"""A stand-in for the `aws` provider plugin: previews and tests run on it without an account.

It calls nothing and knows no AWS: it keeps what it is told and invents ids that look like AWS's.
"""
