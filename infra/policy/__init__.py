"""The policy pack: rules over what a program registers. Knows no settings but through `pack.py`.

A rule is a pure function of resources (`view.py`); only `pack.py` knows the policy framework.
"""
