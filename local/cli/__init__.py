"""The command line: one module per group of commands."""

from local.cli.app import main

__all__ = ["main"]
