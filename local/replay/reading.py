"""Read stored messages once more, live or in batches; the ledger is only read, and nothing is remembered as paid."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from mailroom.adapters.claude import ClaudeModel
from mailroom.adapters.claude_batches import ClaudeBatches
from mailroom.adapters.claude_client import ClaudeClients
from mailroom.adapters.claude_routes import CATALOGUE_NAMES
from mailroom.adapters.clock import SystemClock
from mailroom.catalogue import card
from mailroom.doctypes.registry import document_types
from mailroom.domain.cost import cost_usd
from mailroom.domain.errors import MailroomError, PermanentError, TransientError
from mailroom.domain.parcel import custom_id
from mailroom.domain.record import Attempt, Record, Status
from mailroom.pipeline.asking import Reader
from mailroom.pipeline.bulk import Answered
from mailroom.pipeline.bulk_ports import Limits
from mailroom.pipeline.extract import ExtractPorts, question, read
from mailroom.policies import policy_of
from mailroom.ports import BatchModel, BatchResult, CacheLife, MailStore, ModelAnswer, ModelRequest
from mailroom.prompts.schema_prompt import render
from mailroom.settings import Asking

WORKERS = 8
TRIES = 3
PAUSE_S = 2.0


class ReadOnlyError(Exception):
    """A replay tried to change the ledger."""


class ReadOnly:
    """A ledger that nothing can be written to."""

    def __getattr__(self, name: str) -> Any:
        """Refuse whatever is asked of it."""
        raise ReadOnlyError(name)


class NobodyAsked:
    """A model for what a replay never asks: second readings are switched off in it."""

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """Refuse."""
        raise ReadOnlyError(request.step)


@dataclass(frozen=True, slots=True)
class Changed:
    """What is tried: another model, one threshold for all fields; "" and None leave it as it is deployed."""

    model: str = ""
    threshold: float | None = None


def ports_for(settings: Asking, mail: MailStore, changed: Changed, clients: ClaudeClients) -> ExtractPorts:
    """Return what reading needs: the types and the prompt of this source tree, the deployment's mail and policy."""
    types = document_types()
    policy = policy_of(settings)
    if changed.threshold is not None:
        policy = replace(policy, thresholds={"": changed.threshold})
    chosen = card(changed.model or settings.extract_model)
    route = CATALOGUE_NAMES[settings.model_provider]
    records: Any = ReadOnly()
    return ExtractPorts(
        mail=mail,
        records=records,
        model=ClaudeModel(clients, card, route, settings.bedrock_geography),
        clock=SystemClock(),
        reader=Reader(chosen, render(types), CacheLife.FIVE_MINUTES, settings.model_timeout_s),
        types=types,
        policy=policy,
        lease=settings.retention.longest,
        review_lease=settings.retention.longest,
        retention=settings.retention,
    )


def fresh(record: Record) -> Record:
    """Return a record as it was before anything was read out of it."""
    return Record(
        record_id=record.record_id,
        status=Status.EXTRACTING,
        channel=record.channel,
        received_at=record.received_at,
        updated_at=datetime.now(UTC),
        bucket=record.bucket,
        key=record.key,
        content_type=record.content_type,
        form=record.form,
        sender=record.sender,
        subject=record.subject,
        recipients=record.recipients,
        verdicts=record.verdicts,
    )


def again(
    records: Sequence[Record], ports: ExtractPorts, tell: Callable[[str], None]
) -> Iterator[tuple[Record, Record]]:
    """Yield each record with its second reading, as they come; tells of those that could not be read."""

    def one(record: Record) -> Record | MailroomError:
        for attempt in range(TRIES):
            try:
                return read(fresh(record), ports)
            except TransientError as error:
                if attempt == TRIES - 1:
                    return error
                time.sleep(max(PAUSE_S, error.retry_after_s))
            except PermanentError as error:
                return error
        raise AssertionError("unreachable")

    with ThreadPoolExecutor(WORKERS) as pool:
        for record, found in zip(records, pool.map(one, records), strict=True):
            if isinstance(found, MailroomError):
                tell(f"{record.record_id}: {found}")
            else:
                yield record, found


def again_in_batches(
    records: Sequence[Record], ports: ExtractPorts, batches: BatchModel, tell: Callable[[str], None], poll_s: float
) -> Iterator[tuple[Record, Record]]:
    """Yield the same by the bulk lane's batches, at half price; waits for them."""
    ports = replace(ports, reader=replace(ports.reader, cache=CacheLife.ONE_HOUR))
    asked: dict[str, Record] = {}
    requests: dict[str, ModelRequest] = {}
    for record in records:
        try:
            request = question(fresh(record), ports)
            if request is None:
                yield record, read(fresh(record), ports)
                continue
        except PermanentError as error:
            tell(f"{record.record_id}: {error}")
            continue
        name = custom_id(record.record_id, request.call_key, 0)
        asked[name], requests[name] = record, request
    for lot in _packed(requests, batches):
        batch = batches.create(lot)
        tell(f"Batch {batch.batch_id} with {batch.requests} requests.")
        while not batches.get(batch.batch_id).ended:
            time.sleep(poll_s)
        for result in batches.results(batch.batch_id):
            if result.custom_id in asked and (found := _understood(asked[result.custom_id], result, ports)):
                yield asked[result.custom_id], found
            else:
                tell(f"{result.custom_id}: {result.said or 'nothing came of it.'}")


def _understood(record: Record, result: BatchResult, ports: ExtractPorts) -> Record | None:
    if result.answer is None:
        return None
    try:
        return read(fresh(record), replace(ports, model=Answered(result.answer, NobodyAsked())))
    except MailroomError:
        return None


def _packed(requests: Mapping[str, ModelRequest], batches: BatchModel) -> Iterator[dict[str, ModelRequest]]:
    limits = Limits()
    lot: dict[str, ModelRequest] = {}
    size = 0
    for name, request in requests.items():
        weight = batches.weight(request)
        if lot and (len(lot) >= limits.requests or size + weight > limits.size_bytes):
            yield lot
            lot, size = {}, 0
        lot[name] = request
        size += weight
    if lot:
        yield lot


def first_reading(record: Record) -> Attempt | None:
    """Return the attempt that read a record first; None for a form that answered for itself."""
    return next((attempt for attempt in record.attempts if attempt.step == "extract"), None)


def live_cost(record: Record) -> Any:
    """Return what the first reading costs at live prices, whatever lane it came by."""
    attempt = first_reading(record)
    return cost_usd(attempt.usage, card(attempt.model).price_for(attempt.usage)) if attempt else 0


def batches_for(settings: Asking, clients: ClaudeClients) -> ClaudeBatches:
    """Return the batches of the deployment's route; raises SettingsError where it has none."""
    return ClaudeBatches(clients, card, CATALOGUE_NAMES[settings.model_provider])
