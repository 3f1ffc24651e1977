"""One module per step of a message's way; each function takes its ports and decides, and touches no vendor."""
