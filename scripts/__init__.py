"""The operators' command line, `retrieval`."""
