"""A backlog into the pipeline: where its messages come from, what they will cost, and how they go in."""
