"""One file per vendor; each turns its vendor's errors into ours, once."""
