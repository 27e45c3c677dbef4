"""The components of the AWS target: each walks its plan; what they hand on is in `handles.py`."""
