"""Thin component resources that turn plans into resources: no configuration, no environment."""
