"""``mailroom doctypes promote``: a decided record becomes a worked example, after a look at the change."""

import difflib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import typer
from rich.text import Text

from local.cli.options import CallError, said
from local.cli.tables import console
from local.promoting import Draft, PromotionError, draft_of, file_of, promoted, spec_in
from mailroom.adapters.aws import client
from mailroom.adapters.s3 import S3MailStore
from mailroom.catalogue import card
from mailroom.doctypes.registry import document_types
from mailroom.prompts.checks import check_types
from mailroom.prompts.schema_prompt import render
from mailroom.reading.stored import read_stored

COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def run(
    record_id: str,
    *,
    stack: str,
    table: str,
    replace: Sequence[str],
    model: str,
    yes: bool,
    as_json: bool,
    home: Path,
) -> int:
    """Show the change and what it costs, ask, and write; returns 1 where it was not wanted or cannot be.

    ``as_json`` asks nobody: without ``yes`` it only shows.
    """
    from local.places import place

    replaced = _pairs(replace)
    record = place(stack, table).named(record_id)
    spec = document_types().get(record.kind)
    if spec is None:
        raise CallError(f"There is no document type {record.kind!r} here: is this the checkout that was deployed?")
    raw = S3MailStore(client("s3"), record.bucket, "raw/").get(record.key)
    message = read_stored(raw, record.channel, content_type=record.content_type, form=record.form)
    draft = draft_of(record, message, spec, replaced)
    path = file_of(record.kind, home)
    before = path.read_text(encoding="utf-8")
    after = promoted(before, record.kind, draft)
    tokens = _checked(record.kind, path.stem, before, after, model)
    diff = list(difflib.unified_diff(before.splitlines(), after.splitlines(), path.name, path.name, lineterm="", n=2))
    if as_json:
        shown = {"record_id": record_id, "file": path.name, "diff": diff, "tokens": tokens, "written": yes}
        print(json.dumps(shown | {"left_out": draft.left_out, "personal": draft.personal}, ensure_ascii=False))
    else:
        _show(diff, draft, tokens, model)
    if not yes and not (not as_json and sys.stdin.isatty() and typer.confirm("Write it?", err=True)):
        said("nothing was written; --yes writes without asking.")
        return 1
    path.write_text(after, encoding="utf-8")
    said(f"wrote {path.name}. Then: mailroom doctypes check, mailroom eval, and a deploy.")
    return 0


def _pairs(replace: Sequence[str]) -> Mapping[str, str]:
    pairs = [each.partition("=") for each in replace]
    if any(not old or not mark for old, mark, _ in pairs):
        raise CallError("Write what to replace as --replace 'Jane Doe=Ada Byron'.")
    return {old: new for old, _, new in pairs}


def _checked(kind: str, stem: str, before: str, after: str, model: str) -> tuple[int, int]:
    """Return the prompt's tokens before and after; raises PromotionError with what the checks would refuse."""
    chosen, module = card(model), f"mailroom.doctypes.{stem}"
    types = dict(document_types())
    counts = []
    for source in (before, after):
        types[kind] = spec_in(source, module, kind)
        counts.append(int(render(types).estimated_tokens * chosen.tokenizer_factor))
    errors = [finding for finding in check_types(chosen, None, types) if finding.level == "error"]
    if errors:
        raise PromotionError(
            "It would not pass `doctypes check`: " + " ".join(f"{e.where}: {e.sentence}" for e in errors)
        )
    return counts[0], counts[1]


def _show(diff: Iterable[str], draft: Draft, tokens: tuple[int, int], model: str) -> None:
    out, chosen = console(), card(model)
    for line in diff:
        out.print(Text(line, style=COLOURS.get(line[:1], "")), soft_wrap=True)
    more = tokens[1] - tokens[0]
    million = more * chosen.prices[0].cache_read
    out.print(
        f"The prompt: at least {tokens[0]:,} tokens before, {tokens[1]:,} after: ${million:.2f} more per million "
        f"messages read from the cache by {chosen.name}."
    )
    for name in draft.left_out:
        out.print(Text(f"Left out, since its words are not in the text: {name}.", style="yellow"))
    if draft.personal:
        out.print(
            Text(
                "Personal data: this goes to the model with every message, and into the repository. It names "
                f"{', '.join(draft.personal)}. Put invented ones in their place: --replace 'OLD=NEW', once for each.",
                style="yellow",
            )
        )
