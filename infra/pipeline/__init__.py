"""The retrieval library: split, embed, store, search, fuse, rerank. It never imports Pulumi."""
