"""``mailroom doctypes``: list, check and begin the kinds of document."""

import json
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table as Grid

from local.cli.options import Json, Stack, Table
from local.cli.tables import console
from mailroom.catalogue import card
from mailroom.domain.errors import MailroomError

app = typer.Typer(
    no_args_is_help=True, help="The kinds of document: one file each in layers/shared/mailroom/doctypes/."
)
HOME = Path(__file__).parents[2] / "layers" / "shared" / "mailroom" / "doctypes"
DEFAULT_MODEL = "claude-haiku-4-5"


@app.command("list")
def list_types(as_json: Json = False) -> None:
    """List the kinds of document with their fields and the addresses and forms that carry them."""
    from mailroom.doctypes.registry import document_types

    types = document_types()
    if as_json:
        rows = [
            {
                "kind": spec.kind,
                "description": spec.description,
                "fields": [field.name for field in spec.fields],
                "groups": {group.name: [field.name for field in group.fields] for group in spec.groups},
                "addresses": list(spec.addresses),
                "forms": list(spec.forms),
                "examples": len(spec.examples),
            }
            for spec in types.values()
        ]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Grid(header_style="bold", pad_edge=False)
    for name in ("Kind", "Fields", "Addresses", "Forms", "Examples"):
        table.add_column(name, overflow="fold")
    for spec in types.values():
        groups = [f"{group.name}[{', '.join(field.name for field in group.fields)}]" for group in spec.groups]
        fields = ", ".join([field.name for field in spec.fields] + groups)
        table.add_row(spec.kind, fields, ", ".join(spec.addresses), ", ".join(spec.forms), str(len(spec.examples)))
    console().print(table)


@app.command()
def check(
    model: Annotated[str, typer.Option(help="The model whose limits count.")] = DEFAULT_MODEL,
    live: Annotated[
        bool, typer.Option("--live", help="Count tokens with the API, which is free (needs ANTHROPIC_API_KEY).")
    ] = False,
    as_json: Json = False,
) -> None:
    """Refuse what the model API would refuse, and say how many tokens the prompt has."""
    from local.counting import token_counter
    from mailroom.doctypes.registry import document_types
    from mailroom.prompts.checks import check_types
    from mailroom.prompts.schema_prompt import render

    try:
        chosen = card(model)
        count = token_counter(chosen) if live else None
        findings = check_types(chosen, count)
        prompt = render(document_types())
        tokens = count(prompt.text) if count else int(prompt.estimated_tokens * chosen.tokenizer_factor)
    except MailroomError as error:
        print(f"mailroom: {error}", file=sys.stderr)
        raise typer.Exit(1) from error
    if as_json:
        counted = {"kinds": len(document_types()), "prompt": prompt.fingerprint, "tokens": tokens, "counted": live}
        print(json.dumps(counted | {"findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        for finding in findings:
            print(f"{finding.level}: {finding.where}: {finding.sentence}", file=sys.stderr)
        print(
            f"{len(document_types())} kinds, prompt {prompt.fingerprint}: "
            f"{f'{tokens:,} tokens (counted by the API)' if live else f'at least {tokens:,} tokens (estimate)'}; "
            f"{chosen.id} caches from {chosen.cache_minimum_tokens:,}."
        )
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)


@app.command()
def promote(
    record_id: Annotated[str, typer.Argument(help="A record that a person approved or corrected.")],
    *,
    stack: Stack = "",
    table: Table = "",
    replace: Annotated[
        list[str] | None, typer.Option(help="OLD=NEW: put invented words in place of somebody's. May be repeated.")
    ] = None,
    model: Annotated[str, typer.Option(help="The model whose limits count.")] = DEFAULT_MODEL,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Turn a decided record into a worked example of its document type; shows the change and its price, then asks."""
    from local.cli.promote import run

    chosen = {"stack": stack, "table": table, "model": model}
    raise typer.Exit(run(record_id, replace=replace or [], yes=yes, as_json=as_json, home=HOME, **chosen))


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The kind's name in lower case, such as purchase_order.")],
    *,
    as_json: Json = False,
) -> None:
    """Begin a new kind of document: writes its file, ready to be edited."""
    from mailroom.doctypes.template import new_type

    if not re.fullmatch(r"[a-z][a-z0-9_]{1,40}", name):
        print(f"mailroom: {name!r} cannot be a kind; use lower-case letters, digits and _.", file=sys.stderr)
        raise typer.Exit(2)
    path = HOME / f"{name}.py"
    if path.exists():
        print(f"mailroom: {path.name} is there already.", file=sys.stderr)
        raise typer.Exit(1)
    path.write_text(new_type(name), encoding="utf-8")
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    if as_json:
        print(json.dumps({"kind": name, "file": str(shown)}))
        return
    print(f"Wrote {shown}. Edit it, then: mailroom doctypes check")
