"""``mailroom deliveries``: who was told of what, what came of it, and telling again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from local.cli.options import CallError, Json, Stack, said
from local.cli.tables import console
from mailroom.domain.errors import MailroomError
from mailroom.domain.notice_delivery import DeliveryStatus, NoticeDelivery

if TYPE_CHECKING:
    from local.places import Place
    from mailroom.adapters.deliveries import DynamoDBDeliveryStore

app = typer.Typer(no_args_is_help=True, help="List, show and redeliver what endpoints were told.")
STATUSES = [each.value for each in DeliveryStatus]
COLOURS = {DeliveryStatus.DELIVERED: "green", DeliveryStatus.WAITING: "yellow", DeliveryStatus.DEAD: "red"}
MOST = 10_000


@app.command("list")
def list_deliveries(
    *,
    status: Annotated[
        str, typer.Option("--status", help="waiting, delivered or dead.", autocompletion=lambda: STATUSES)
    ] = "",
    record: Annotated[str, typer.Option("--record", help="Only what was told of the record of this id.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="At most so many of each status.")] = 50,
    stack: Stack = "",
    as_json: Json = False,
) -> None:
    """List deliveries: those of one record, of one status, or the latest of each."""
    if status and status not in STATUSES:
        raise CallError(f"No delivery is {status!r}; they are {', '.join(STATUSES)}.")
    book = _book(_place(stack))
    found = list(book.of_record(record, limit) if record else _of(book, status, limit))
    if as_json:
        for delivery in found:
            print(json.dumps(row(delivery)))
        return
    table = Table("Delivery", "Status", "Event", "Endpoint", "Record", "Tries", "Last answer", "Next or last", "Reason")
    for each in found:
        shown = row(each)
        table.add_row(
            each.delivery_id,
            Text(each.status, COLOURS[each.status]),
            f"{each.event} v{each.version}",
            each.endpoint,
            Text(each.record_id),
            str(each.tries),
            str(shown["last_answer"] or "-"),
            f"{each.due_at:%Y-%m-%d %H:%M:%S}",
            Text(each.reason),
        )
    console().print(table)


@app.command()
def show(
    delivery: Annotated[str, typer.Argument(help="The delivery's whole id, as `list` prints it.")],
    *,
    stack: Stack = "",
    _as_json: Json = True,
) -> None:
    """Show one delivery as JSON: every try with its answer and its time, and the body that is sent."""
    found = _book(_place(stack)).get(delivery)
    if found is None:
        said(f"there is no delivery {delivery}; `mailroom deliveries list` names them.")
        raise typer.Exit(1)
    body = json.loads(found.body) if found.body.startswith("{") else found.body
    print(json.dumps(row(found) | {"body": body}, indent=2, ensure_ascii=False))


@app.command()
def redeliver(
    deliveries: Annotated[list[str] | None, typer.Argument(help="Ids of deliveries.")] = None,
    *,
    all_dead: Annotated[bool, typer.Option("--all-dead", help="Every delivery that was given up.")] = False,
    stack: Stack = "",
    as_json: Json = False,
) -> None:
    """Tell again under the old id, so that a receiver that has heard can tell; exits with 1 where some could not be."""
    from mailroom.adapters.aws import client
    from mailroom.adapters.clock import SystemClock
    from mailroom.adapters.notice_queue import SqsNoticeQueue
    from mailroom.pipeline.deliver import redeliver as begin_anew

    if all_dead == bool(deliveries):
        raise CallError("Name deliveries, or say --all-dead.")
    where = _place(stack)
    book, queue = _book(where), SqsNoticeQueue(client("sqs"), where.output("DeliveryQueueUrl"))
    names = deliveries or [each.delivery_id for each in book.listed(status=DeliveryStatus.DEAD, limit=MOST)]
    stayed = 0
    for name in names:
        try:
            begin_anew(name, book, queue, SystemClock())
        except MailroomError as error:
            stayed += 1
            said(f"{name}: {error}")
            continue
        print(json.dumps({"delivery_id": name, "done": "asked for again"}) if as_json else f"{name}  asked for again")
    if stayed:
        raise typer.Exit(1)


@app.command("switch-on")
def switch_on(
    endpoint: Annotated[str, typer.Argument(help="An endpoint that answered 410, by its name.")],
    *,
    stack: Stack = "",
    as_json: Json = False,
) -> None:
    """Let an endpoint hear again though its receiver once said that it is gone."""
    _book(_place(stack)).switch_on(endpoint)
    if as_json:
        print(json.dumps({"endpoint": endpoint, "switched_on": True}))
        return
    print(f"{endpoint} hears again of what happens from now on; `redeliver --all-dead` is for what it missed.")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The JSON for DeliveriesSecret.")],
    *,
    as_json: Json = False,
) -> None:
    """Check the JSON that is to be put into DeliveriesSecret, before anything depends on it. Prints no secret."""
    from mailroom.adapters.secrets import destinations_in
    from mailroom.doctypes.registry import document_types

    try:
        found = destinations_in(file.read_text(encoding="utf-8"))
    except MailroomError as error:
        said(str(error))
        raise typer.Exit(1) from error
    known = set(document_types())
    named = {kind for endpoint in found.endpoints for kind in endpoint.kinds}
    named |= set(found.acknowledgement.texts) if found.acknowledgement else set()
    if unknown := sorted(named - known):
        said(f"no document type is called {', '.join(unknown)}; there are {', '.join(sorted(known))}.")
        raise typer.Exit(1)
    if as_json:
        endpoints = [
            {"name": each.name, "type": each.type, "kinds": sorted(each.kinds), "events": sorted(each.events)}
            for each in found.endpoints
        ]
        texts = sorted(found.acknowledgement.texts) if found.acknowledgement else []
        print(json.dumps({"endpoints": endpoints, "acknowledgement": texts}))
        return
    for endpoint in found.endpoints:
        kinds = ", ".join(sorted(endpoint.kinds)) or "every kind"
        print(f"{endpoint.name}: {endpoint.type}, {kinds}, {', '.join(sorted(endpoint.events))}")
    if found.acknowledgement:
        print(f"acknowledgement: {', '.join(sorted(found.acknowledgement.texts))}")


def row(delivery: NoticeDelivery) -> dict[str, Any]:
    """Return a delivery as JSON, without its body."""
    last = delivery.attempts[-1] if delivery.attempts else None
    return {
        "delivery_id": delivery.delivery_id,
        "status": delivery.status.value,
        "event": delivery.event,
        "record_id": delivery.record_id,
        "version": delivery.version,
        "kind": delivery.kind,
        "endpoint": delivery.endpoint,
        "medium": delivery.medium.value,
        "tries": delivery.tries,
        "last_answer": (last.code or last.said) if last else None,
        "next_at": delivery.due_at.isoformat() if delivery.status is DeliveryStatus.WAITING else None,
        "reason": delivery.reason,
        "created_at": delivery.created_at.isoformat(),
        "attempts": [attempt.model_dump(mode="json") for attempt in delivery.attempts],
    }


def _of(book: "DynamoDBDeliveryStore", status: str, limit: int) -> Iterator[NoticeDelivery]:
    for each in [DeliveryStatus(status)] if status else reversed(DeliveryStatus):
        yield from book.listed(status=each, limit=limit)


def _place(stack: str) -> "Place":
    from local.places import place

    return place(stack)


def _book(where: "Place") -> "DynamoDBDeliveryStore":
    from mailroom.adapters.aws import client
    from mailroom.adapters.deliveries import DynamoDBDeliveryStore

    return DynamoDBDeliveryStore(client("dynamodb"), where.output("DeliveriesTable"))
