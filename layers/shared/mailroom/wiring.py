"""The one composition root: each function's ports, built once per environment; the twin enters by the same door."""

from datetime import timedelta
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from mailroom.adapters.aws import client, client_without_retries
from mailroom.adapters.clock import SystemClock
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.adapters.s3 import S3MailStore
from mailroom.adapters.sqs import SqsQueue
from mailroom.pipeline.receive import ReceivePorts
from mailroom.settings import Asking, Delivering, Dispatching, Ledger, Receiving, Serving, Sweeping

if TYPE_CHECKING:
    from mailroom.adapters.claude_client import ClaudeClients
    from mailroom.adapters.parcels import S3Parcels
    from mailroom.adapters.pay_once import PayOnce
    from mailroom.console.ports import ConsolePorts, Telling
    from mailroom.pipeline.bulk_ports import BulkPorts
    from mailroom.pipeline.count_days import CountPorts
    from mailroom.pipeline.deliver import DeliverPorts
    from mailroom.pipeline.dispatch import DispatchPorts
    from mailroom.pipeline.extract import ExtractPorts
    from mailroom.pipeline.form_door import FormDoor
    from mailroom.pipeline.line import GuardedModel
    from mailroom.pipeline.review import ReviewPorts
    from mailroom.pipeline.sweep import SweepPorts
    from mailroom.ports import ReaderModel

# What only one kind of function needs is imported where it is wired: a function that never calls Claude must not
# pay a second of cold start for the SDK (docs/adr).

REVIEW_LEASE = timedelta(hours=1)
"""How long a record may wait for its review before the sweep asks again: ten review visibility timeouts."""


def _records(settings: Ledger) -> DynamoDBRecordStore:
    return DynamoDBRecordStore(client("dynamodb"), settings.records_table)


def _mail(settings: Ledger) -> S3MailStore:
    return S3MailStore(client("s3"), settings.raw_bucket, settings.raw_prefix)


@cache
def receiving() -> tuple[Receiving, ReceivePorts]:
    """Wire receive_email."""
    settings = Receiving.from_environment()
    ports = ReceivePorts(
        records=_records(settings),
        intake=SqsQueue(client("sqs"), settings.intake_queue_url),
        clock=SystemClock(),
        retention=settings.retention,
        sender_policy=settings.sender_policy,
    )
    return settings, ports


@cache
def asking() -> Asking:
    """Return the settings of the functions that call a model."""
    return Asking.from_environment()


@cache
def intake_queue() -> SqsQueue:
    """Wire the queue that extract_record is fed from."""
    return SqsQueue(client("sqs"), asking().intake_queue_url)


@cache
def review_queue() -> SqsQueue:
    """Wire the queue that review_record is fed from."""
    return SqsQueue(client("sqs"), asking().review_queue_url)


@cache
def claude_clients() -> "ClaudeClients":
    """Wire the connection to Claude."""
    from mailroom.adapters.claude_client import ClaudeClients

    return ClaudeClients(asking())


def _claude() -> "ReaderModel":
    """Wire Claude by the configured route, its prompt cached by the rhythm of arrivals."""
    from mailroom.adapters.arrivals import LedgerArrivals
    from mailroom.adapters.claude import ClaudeModel
    from mailroom.adapters.claude_routes import CATALOGUE_NAMES
    from mailroom.adapters.warm_first import WarmFirst
    from mailroom.catalogue import card
    from mailroom.pipeline.prompt_cache import PromptCache

    settings = asking()
    route = CATALOGUE_NAMES[settings.model_provider]
    claude = ClaudeModel(claude_clients(), card, route, settings.bedrock_geography)
    arrivals = LedgerArrivals(client("dynamodb"), settings.records_table)
    prompt_cache = PromptCache(arrivals, SystemClock(), card)
    return WarmFirst(claude, prompt_cache.life_for)


@cache
def line() -> "GuardedModel":
    """Wire the line: the model behind the breaker that all workers share and the day's budget."""
    from mailroom.adapters.line_state import DynamoDBBreaker, DynamoDBPurse
    from mailroom.pipeline.line import BudgetedModel, GuardedModel

    settings, dynamodb = asking(), client("dynamodb")
    purse = DynamoDBPurse(dynamodb, settings.idempotency_table)
    budgeted = BudgetedModel(_claude(), purse, SystemClock(), settings.daily_budget_usd, settings.budgets)
    return GuardedModel(budgeted, DynamoDBBreaker(dynamodb, settings.idempotency_table), SystemClock())


@cache
def model() -> "PayOnce":
    """Wire the model: the line, behind the memory of paid answers."""
    from mailroom.adapters.pay_once import KEPT_FOR_S, PayOnce

    # An answer holds what the message says: it never outlives the message.
    kept_for_s = min(KEPT_FOR_S, int(asking().retention.shortest.total_seconds()))
    return PayOnce(line(), asking().idempotency_table, client("dynamodb"), kept_for_s)


def ahead() -> None:
    """Import and open, in Lambda's init, what most first messages would wait for; what few need still comes late."""
    claude_clients().prepare()
    for module in ("email_validator", "iso4217", "phonenumbers", "rapidfuzz.fuzz", "selectolax.lexbor"):
        import_module(module)


@cache
def form_door() -> "FormDoor":
    """Wire what screens forms before they are read; where nothing is configured it lets everything in."""
    from mailroom.pipeline.form_door import FormDoor

    settings = asking()
    if not settings.form_secrets_id:
        return FormDoor(settings.form_honeypot, settings.form_max_bytes)
    from mailroom.adapters.secrets import FormSecrets

    secrets = FormSecrets(client("secretsmanager"), settings.form_secrets_id)
    return FormDoor(settings.form_honeypot, settings.form_max_bytes, secrets)


@cache
def extraction() -> "ExtractPorts":
    """Wire extract_record."""
    from mailroom.catalogue import card
    from mailroom.doctypes.registry import document_types
    from mailroom.pipeline.asking import Reader
    from mailroom.pipeline.extract import ExtractPorts
    from mailroom.policies import policy_of
    from mailroom.ports import CacheLife
    from mailroom.prompts.schema_prompt import render

    settings = asking()
    types = document_types()
    return ExtractPorts(
        mail=_mail(settings),
        records=_records(settings),
        model=model(),
        clock=SystemClock(),
        reader=Reader(
            card=card(settings.extract_model),
            prompt=render(types),
            cache=CacheLife.FIVE_MINUTES,  # that it is cached; the cache policy decides for how long
            timeout_s=settings.model_timeout_s,
        ),
        types=types,
        policy=policy_of(settings),
        lease=timedelta(seconds=settings.lease_s),
        review_lease=REVIEW_LEASE,
        retention=settings.kept_for(types),
        read_twice=settings.read_twice(types),
        first_notice=settings.first_notice,
    )


@cache
def reviewing() -> "ReviewPorts":
    """Wire review_record. Its prompts are not cached: reviews are too rare for a write to pay for itself."""
    from mailroom.catalogue import card
    from mailroom.doctypes.registry import document_types
    from mailroom.pipeline.asking import Reader
    from mailroom.pipeline.review import ReviewPorts
    from mailroom.policies import policy_of
    from mailroom.ports import CacheLife
    from mailroom.prompts.schema_prompt import render

    settings = asking()
    types = document_types()
    return ReviewPorts(
        mail=_mail(settings),
        records=_records(settings),
        model=model(),
        clock=SystemClock(),
        reader=Reader(
            card=card(settings.review_model),
            prompt=render(types),
            cache=CacheLife.OFF,
            timeout_s=settings.model_timeout_s,
        ),
        types=types,
        policy=policy_of(settings),
        retention=settings.kept_for(types),
    )


@cache
def dispatching() -> "DispatchPorts":
    """Wire dispatch_record."""
    from mailroom.adapters.eventbridge import EventBridgeBus
    from mailroom.adapters.notice_queue import SqsNoticeQueue
    from mailroom.pipeline.dispatch import DispatchPorts

    settings = Dispatching.from_environment()
    queue = SqsNoticeQueue(client("sqs"), settings.delivery_queue_url)
    return DispatchPorts(
        reviews=SqsQueue(client("sqs"), settings.review_queue_url),
        bus=EventBridgeBus(client("events"), settings.event_bus),
        raw=S3MailStore(client("s3"), settings.raw_bucket, prefix=""),
        bucket=settings.raw_bucket,
        notices=queue if settings.deliveries_secret_id else None,
    )


@cache
def delivery_queue() -> SqsQueue:
    """Wire the queue that deliver_notice is fed from, as far as a failed message needs it."""
    return SqsQueue(client("sqs"), Delivering.from_environment().delivery_queue_url)


@cache
def delivering() -> "DeliverPorts":
    """Wire deliver_notice, and what the sweep does for it."""
    from mailroom.adapters.deliveries import DynamoDBDeliveryStore
    from mailroom.adapters.notice_posts import SesPost, SlackPost, WebhookPost
    from mailroom.adapters.notice_queue import SqsNoticeQueue
    from mailroom.adapters.secrets import DestinationsSecret
    from mailroom.domain.destinations import Destinations
    from mailroom.domain.notice_delivery import KEPT, Medium
    from mailroom.pipeline.deliver import DeliverPorts

    settings = Delivering.from_environment()
    secret_id = settings.deliveries_secret_id
    destinations = DestinationsSecret(client("secretsmanager"), secret_id) if secret_id else Destinations
    return DeliverPorts(
        deliveries=DynamoDBDeliveryStore(client("dynamodb"), settings.deliveries_table),
        records=_records(settings),
        mail=_mail(settings),
        queue=SqsNoticeQueue(client("sqs"), settings.delivery_queue_url),
        destinations=destinations,
        post={
            Medium.WEBHOOK: WebhookPost(destinations),
            Medium.SLACK: SlackPost(destinations),
            Medium.EMAIL: SesPost(client_without_retries("ses"), settings.acknowledge_from),
        },
        clock=SystemClock(),
        console_url=settings.console_url,
        kept=min(KEPT, settings.retention.shortest),
        sender=settings.acknowledge_from,
    )


@cache
def sweeping() -> "SweepPorts":
    """Wire sweep_records."""
    from mailroom.adapters.line_state import DynamoDBBreaker
    from mailroom.adapters.marks import DynamoDBMarks
    from mailroom.adapters.ses import delivery_from_stored
    from mailroom.domain.breaker import Line
    from mailroom.pipeline.receive import receive
    from mailroom.pipeline.sweep import SweepPorts

    settings = Sweeping.from_environment()
    breaker = DynamoDBBreaker(client("dynamodb"), settings.idempotency_table)
    mail, records = _mail(settings), _records(settings)
    intake = SqsQueue(client("sqs"), settings.intake_queue_url)
    ports = ReceivePorts(records, intake, SystemClock(), settings.retention, settings.sender_policy)
    return SweepPorts(
        archive=mail,
        bucket=settings.raw_bucket,
        records=records,
        roll_call=records,
        marks=DynamoDBMarks(client("dynamodb"), settings.idempotency_table),
        intake=intake,
        reviews=SqsQueue(client("sqs"), settings.review_queue_url),
        clock=SystemClock(),
        line_stopped=lambda: breaker.load().line is not Line.CLOSED,
        received_again=lambda stored: delivery_from_stored(stored, mail, settings.raw_bucket),
        receive=lambda delivery: receive(delivery, ports),
    )


@cache
def counting() -> "CountPorts":
    """Wire the counting of days, which sweep_records does after its sweep."""
    from mailroom.adapters.marks import DynamoDBMarks
    from mailroom.adapters.statistics import DynamoDBDayRecords, DynamoDBStatistics
    from mailroom.pipeline.count_days import CountPorts

    settings, dynamodb = Sweeping.from_environment(), client("dynamodb")
    return CountPorts(
        records=DynamoDBDayRecords(dynamodb, settings.records_table),
        # Senders' addresses are in it: a deleted record's is gone with the next count, all with the longest retention.
        statistics=DynamoDBStatistics(dynamodb, settings.idempotency_table, settings.retention.longest),
        marks=DynamoDBMarks(dynamodb, settings.idempotency_table),
        clock=SystemClock(),
    )


@cache
def console() -> "ConsolePorts":
    """Wire serve_console."""
    from mailroom.adapters.attention import DynamoDBAttention
    from mailroom.adapters.corrections import DynamoDBCorrections
    from mailroom.adapters.search import DynamoDBSearch
    from mailroom.adapters.sessions import DynamoDBSessions
    from mailroom.adapters.statistics import DynamoDBStatistics
    from mailroom.adapters.token_endpoint import TokenEndpoint
    from mailroom.console.messages import Messages
    from mailroom.console.ports import ConsolePorts
    from mailroom.doctypes.registry import document_types

    settings = Serving.from_environment()
    return ConsolePorts(
        records=_records(settings),
        attention=DynamoDBAttention(client("dynamodb"), settings.records_table),
        search=DynamoDBSearch(client("dynamodb"), settings.records_table),
        corrections=DynamoDBCorrections(client("dynamodb"), settings.records_table, SystemClock()),
        statistics=DynamoDBStatistics(client("dynamodb"), settings.idempotency_table),
        messages=Messages(_mail(settings)),
        intake=SqsQueue(client("sqs"), settings.intake_queue_url),
        sessions=DynamoDBSessions(client("dynamodb"), settings.sessions_table, SystemClock()),
        clock=SystemClock(),
        types=document_types(),
        sign_in=settings.sign_in,
        tokens=TokenEndpoint(settings.sign_in) if settings.sign_in else None,
        telling=_telling(settings) if settings.deliveries_secret_id else None,
    )


def _telling(settings: Serving) -> "Telling":
    from mailroom.adapters.deliveries import DynamoDBDeliveryStore
    from mailroom.adapters.notice_queue import SqsNoticeQueue
    from mailroom.console.ports import Telling

    book = DynamoDBDeliveryStore(client("dynamodb"), settings.deliveries_table)
    return Telling(book, SqsNoticeQueue(client("sqs"), settings.delivery_queue_url))


@cache
def parcels() -> "S3Parcels":
    """Wire what the bulk lane still has to do."""
    from mailroom.adapters.parcels import S3Parcels

    return S3Parcels(client("s3"), asking().raw_bucket)


@cache
def bulk() -> "BulkPorts":
    """Wire collect_batches; raises SettingsError where the route to Claude has no batches."""
    from dataclasses import replace
    from uuid import uuid4

    from mailroom.adapters.claude_batches import ClaudeBatches
    from mailroom.adapters.claude_routes import CATALOGUE_NAMES
    from mailroom.adapters.line_state import DynamoDBPurse
    from mailroom.adapters.turn import DynamoDBTurn
    from mailroom.catalogue import card
    from mailroom.pipeline.bulk_ports import BulkPorts
    from mailroom.ports import CacheLife

    settings, dynamodb, extracting = asking(), client("dynamodb"), extraction()
    cached = replace(extracting.reader, cache=CacheLife.ONE_HOUR)  # five minutes are over before a batch is through
    return BulkPorts(
        extracting=replace(extracting, reader=cached),
        batches=ClaudeBatches(claude_clients(), card, CATALOGUE_NAMES[settings.model_provider]),
        parcels=parcels(),
        turn=DynamoDBTurn(dynamodb, settings.idempotency_table, "bulk", uuid4().hex),
        guard=line(),
        intake=intake_queue(),
        purse=DynamoDBPurse(dynamodb, settings.idempotency_table),
        daily_usd=settings.daily_budget_usd,
    )


def forget() -> None:
    """Drop everything that was wired, so that a test or a second twin in one process starts anew."""
    if claude_clients.cache_info().currsize:
        claude_clients().close()
    for wired in (receiving, asking, claude_clients, model, extraction, reviewing, dispatching, sweeping, console):
        wired.cache_clear()
    for shared in (intake_queue, review_queue, line, form_door, counting, parcels, bulk, delivery_queue, delivering):
        shared.cache_clear()
    client.cache_clear()
