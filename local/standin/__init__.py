"""A local stand-in for the Claude Messages API: a peer of the API, which knows nothing of who calls it."""

from local.standin.running import Handle, serve

__all__ = ["Handle", "serve"]
