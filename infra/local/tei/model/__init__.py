"""The weight-free model: a fixed tokenizer, hashed features, a word-overlap scorer."""
