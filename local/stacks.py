"""Find a stack: a deployed one by its name, or the twin that runs in another terminal."""

import sys
from collections.abc import Mapping

import typer

from local.cli.dev import running_store
from local.twin.deploy import STACK
from mailroom.adapters.aws import client


def stack_outputs(name: str) -> Mapping[str, str]:
    """Return a stack's outputs; without a name the running twin's. Exits with 2 and what to do where there is none."""
    if not name and running_store() is None:
        print("mailroom: no twin is running; start `mailroom dev`, or name a --stack.", file=sys.stderr)  # noqa: T201 -- a command's own word
        raise typer.Exit(2)
    (stack,) = client("cloudformation").describe_stacks(StackName=name or STACK)["Stacks"]
    return {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", ())}
