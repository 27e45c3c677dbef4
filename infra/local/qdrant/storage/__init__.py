"""The data folder: catalog, open collections, background optimisation. Knows no HTTP."""
