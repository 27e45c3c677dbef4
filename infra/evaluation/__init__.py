"""Measures retrieval quality: judged queries, metrics with intervals, settings compared, recall of
the quantized search. Knows neither Pulumi nor the environment, and prints nothing."""
