"""The command line: one module per group of commands."""

from local.cli.operating import main

__all__ = ["main"]
