"""Screen a form before anyone reads it: its size, a field that only robots fill, a signature where it has a secret.

The door itself is a service integration without code, and its mapping knows no optional header, so all is checked
here, before the model is asked. A post that does not pass is a `quarantined` record: the ledger lets a person open it.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mailroom.domain.delivery import Post
from mailroom.domain.message import FormField
from mailroom.domain.record import ClaimCheck, Record, Status
from mailroom.domain.retention import Retention
from mailroom.ports import Clock, RecordStore
from mailroom.reading import read_form

MAX_BYTES = 262_144
"""A quarter of what the queue carries; a form of text has some kilobytes, one with a small file a hundred."""

SIGNATURE = "_signature"
"""The field that carries the signature of all others: hexadecimal HMAC-SHA256."""


@dataclass(frozen=True, slots=True)
class FormDoor:
    """How forms are screened; ``secrets`` gives the secret of each form that must be signed, asked for each post."""

    honeypot: str = ""
    max_bytes: int = MAX_BYTES
    secrets: Callable[[], Mapping[str, str]] = field(default=lambda: MappingProxyType({}))

    def reason_against(self, post: Post) -> str:
        """Say why a post must not be read; "" when it may be. Raises what ``secrets`` raises."""
        if len(post.body) > self.max_bytes:
            return f"The form has {len(post.body):,} bytes; more than {self.max_bytes:,} are not read."
        secret = self.secrets().get(post.form, "")
        if not self.honeypot and not secret:
            return ""
        fields = read_form(post.body, content_type=post.content_type, form=post.form).form_fields
        if self.honeypot and any(each.name == self.honeypot and each.value.strip() for each in fields):
            return "A field that people do not see was filled in: a robot sent this form."
        given = next((each.value for each in fields if each.name == SIGNATURE), "")
        if secret and not hmac.compare_digest(signature(fields, secret).encode(), given.strip().lower().encode()):
            return "The form's signature is missing or wrong: it was not sent by who should send it."
        return ""


def signature(fields: Iterable[FormField], secret: str) -> str:
    """Return the signature of a form: over ``name=value`` lines of all fields but the signature, sorted by name."""
    lines = sorted(f"{each.name}={each.value}" for each in fields if each.name != SIGNATURE)
    return hmac.new(secret.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()


def quarantine(claim: ClaimCheck, reason: str, records: RecordStore, clock: Clock, retention: Retention) -> None:
    """Open a post's ledger row as quarantined; a row that is there already stays as it is."""
    now = clock.now()
    record = Record(
        record_id=claim.record_id,
        status=Status.QUARANTINED,
        channel=claim.channel,
        received_at=now,
        updated_at=now,
        bucket=claim.bucket,
        key=claim.key,
        raw_keys=(claim.key,),
        content_type=claim.content_type,
        form=claim.form,
        reasons=(reason,),
    )
    records.create(retention.applied(record, now))
