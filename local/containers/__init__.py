"""SAM's Lambda containers on this machine: the engine, an image where none can be pulled, and the way to the twin."""
