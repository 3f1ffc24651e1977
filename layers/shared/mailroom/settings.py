"""Settings from the environment, each function's own: what is missing is named at start, not at use."""

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mailroom.domain.errors import MailroomError
from mailroom.domain.record import Status
from mailroom.domain.retention import Retention
from mailroom.domain.sender import SenderPolicy
from mailroom.domain.sign_in import SignInService


class SettingsError(MailroomError):
    """The function's environment is not what template.yaml gives it: fix the deployment."""


class Settings(BaseModel):
    """The base of each function's settings: a field ``records_table`` is the variable ``RECORDS_TABLE``."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the settings; raises SettingsError with the names that are missing or wrong."""
        given = {name: environment[name.upper()] for name in cls.model_fields if environment.get(name.upper())}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            wrong = "; ".join(f"{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors())
            raise SettingsError(f"Set these environment variables (template.yaml lists them): {wrong}") from error


class Ledger(Settings):
    """Where records and raw messages lie."""

    records_table: str
    raw_bucket: str
    raw_prefix: str = "raw/"
    retention_days: int = Field(default=365, ge=1)
    retention_by_kind: str = ""

    @property
    def retention(self) -> Retention:
        """Return how long messages are kept (RETENTION_BY_KIND is "lead=180, quarantined=30"); raises SettingsError."""
        try:
            days = {name: int(days) for name, days in _by_name(self.retention_by_kind)}
            shorter = {name: timedelta(days=count) for name, count in days.items()}
            return Retention(timedelta(days=self.retention_days), shorter)
        except ValueError as error:
            raise SettingsError(f"RETENTION_BY_KIND is written like this: lead=180, quarantined=30. {error}") from error


class Receiving(Ledger):
    """What receive_email reads."""

    intake_queue_url: str
    sender_policy: SenderPolicy = SenderPolicy.CAUTION


class Asking(Ledger):
    """What the functions that call a model read."""

    idempotency_table: str
    form_honeypot: str = ""
    form_max_bytes: int = Field(default=262_144, ge=1)
    form_secrets_id: str = ""
    intake_queue_url: str = ""
    review_queue_url: str = ""
    extract_model: str = "claude-haiku-4-5"
    review_model: str = "claude-sonnet-4-6"
    model_provider: str = "anthropic"
    anthropic_secret_id: str = ""
    anthropic_api_key: str = ""
    anthropic_base_url: str = ""
    aws_region: str = ""
    anthropic_aws_workspace_id: str = ""
    bedrock_geography: str = ""
    anthropic_vertex_project_id: str = ""
    cloud_ml_region: str = "global"
    vertex_access_token: str = ""
    second_reading: str = ""
    first_notice: bool = False
    target_error_rate: float = Field(default=0.01, gt=0, lt=1)
    weights_file: str = ""
    thresholds_file: str = ""
    max_receive_count: int = Field(default=5, ge=1)
    model_timeout_s: float = Field(default=60, gt=0)
    lease_s: int = Field(default=120, gt=0)
    daily_budget_usd: Decimal = Field(default=Decimal(0), ge=0)
    budget_by_kind: str = ""

    @property
    def budgets(self) -> dict[str, Decimal]:
        """Return BUDGET_BY_KIND ("invoice=5, lead=2.50", US dollars a day) by kind; raises SettingsError."""
        try:
            return {kind: Decimal(amount) for kind, amount in _by_name(self.budget_by_kind)}
        except InvalidOperation as error:
            raise SettingsError("BUDGET_BY_KIND is written like this: invoice=5, lead=2.50") from error

    def read_twice(self, known: Iterable[str]) -> frozenset[str]:
        """Return the kinds of SECOND_READING; raises SettingsError for one that is not known."""
        kinds = frozenset(name.strip() for name in self.second_reading.split(",") if name.strip())
        if unknown := sorted(kinds - set(known)):
            raise SettingsError(f"SECOND_READING names {', '.join(unknown)}; no document type is called that.")
        return kinds

    def kept_for(self, known: Iterable[str]) -> Retention:
        """Return how long messages are kept; raises SettingsError for a kind that is not known."""
        if unknown := sorted(set(self.retention.shorter) - {*known, Status.QUARANTINED}):
            raise SettingsError(f"RETENTION_BY_KIND names {', '.join(unknown)}; no document type is called that.")
        return self.retention


class Dispatching(Settings):
    """What dispatch_record reads."""

    raw_bucket: str
    review_queue_url: str
    event_bus: str
    delivery_queue_url: str
    deliveries_secret_id: str = ""


class Delivering(Ledger):
    """What deliver_notice reads, and the sweep of what is due; without a secret nobody is told but the bus."""

    deliveries_table: str
    delivery_queue_url: str
    deliveries_secret_id: str = ""
    console_url: str = ""
    acknowledge_from: str = ""
    max_receive_count: int = Field(default=5, ge=1)


class Sweeping(Ledger):
    """What sweep_records reads."""

    idempotency_table: str
    intake_queue_url: str
    review_queue_url: str
    sender_policy: SenderPolicy = SenderPolicy.CAUTION


def _by_name(written: str) -> Iterator[tuple[str, str]]:
    """Split "invoice=5, lead=2.50" into its pairs."""
    for part in written.split(","):
        if part.strip():
            name, _, value = part.partition("=")
            yield name.strip(), value.strip()


class Serving(Ledger):
    """What serve_console reads; the sign-in service's three are empty in the twin, whose door stands in its place."""

    sessions_table: str
    idempotency_table: str
    intake_queue_url: str
    deliveries_table: str = ""
    delivery_queue_url: str = ""
    deliveries_secret_id: str = ""
    sign_in_domain: str = ""
    sign_in_client_id: str = ""
    sign_in_issuer: str = ""

    @property
    def sign_in(self) -> SignInService | None:
        """Return the sign-in service; None where none is set."""
        if not self.sign_in_domain:
            return None
        return SignInService(self.sign_in_domain, self.sign_in_client_id, self.sign_in_issuer)
