"""A browser of ten lines: it keeps a cookie, posts what a form holds, and reads pages as a parser does."""

from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urlencode

from mailroom.console.app import answer
from mailroom.console.messages import Messages
from mailroom.console.ports import ConsolePorts
from mailroom.console.web import SESSION_COOKIE, Request, Response
from mailroom.doctypes.registry import document_types
from mailroom.domain.message import Channel
from mailroom.domain.notice_delivery import DeliveryStatus, Medium, NoticeDelivery, Try
from mailroom.domain.record import FieldResult, Record, Status
from mailroom.domain.session import Person, Role, Session
from tests.fakes import (
    START,
    FakeAttention,
    FakeClock,
    FakeCorrections,
    FakeMailStore,
    FakeQueue,
    FakeRecordStore,
    FakeSearch,
    FakeSessions,
    FakeStatisticsStore,
)

HOST = "console.example"
TOKEN = "token-of-this-session"


def console(*records: Record, role: Role = Role.REVIEWER, mails: dict[str, bytes] | None = None) -> ConsolePorts:
    store = FakeRecordStore({record.record_id: record for record in records})
    return ConsolePorts(
        records=store,
        attention=FakeAttention(store),
        search=FakeSearch(),
        corrections=FakeCorrections(store),
        statistics=FakeStatisticsStore(),
        messages=Messages(FakeMailStore(mails or {})),
        intake=FakeQueue(),
        sessions=FakeSessions({"secret": Session(Person("ana@example.com", role), TOKEN)}),
        clock=FakeClock(),
        types=document_types(),
    )


def waiting(record_id: str, **more) -> Record:
    found = FieldResult(
        value="2026-05-01", method="fuzzy", confidence=0.4, doubts=("The message has only similar words.",)
    )
    plain = {
        "status": Status.NEEDS_HUMAN,
        "channel": Channel.EMAIL,
        "received_at": START,
        "updated_at": START,
        "bucket": "raw",
        "key": f"raw/{record_id}",
        "kind": "invoice",
        "subject": "Invoice A-1",
        "sender": "billing@papel.example",
        "confidence": 0.4,
        "doubtful": ("issue_date",),
        "fields": {"issue_date": found, "invoice_number": FieldResult(value="A-1", method="exact", confidence=0.99)},
    }
    return Record(record_id=record_id, **(plain | more))


def told(number: int = 1, **more) -> NoticeDelivery:
    at = START + timedelta(minutes=number)
    given = {
        "delivery_id": f"msg_{number:028x}",
        "status": DeliveryStatus.DEAD,
        "event": "record.accepted",
        "record_id": "mail-1",
        "version": 1,
        "endpoint": "crm",
        "medium": Medium.WEBHOOK,
        "body": "{}",
        "created_at": at,
        "due_at": at,
        "tries": 1,
        "attempts": (Try(at=at, code=503, took_ms=1_234),),
        "reason": "Given up after 10 tries; the last one's answer: 503.",
        "expires_at": at + timedelta(days=30),
        "revision": 3,
    }
    return NoticeDelivery.model_validate(given | more)


@dataclass
class Browser:
    ports: ConsolePorts
    cookies: dict[str, str] = field(default_factory=lambda: {SESSION_COOKIE: "secret"})
    headers: dict[str, str] = field(default_factory=lambda: {"host": HOST, "origin": f"https://{HOST}"})

    def get(self, path: str, **query: str) -> Response:
        return answer(Request("GET", path, HOST, tuple(query.items()), self.headers, self.cookies), self.ports)

    def post(self, path: str, csrf: str = TOKEN, **form: str) -> Response:
        body = urlencode({"csrf": csrf, **form})
        return answer(Request("POST", path, HOST, (), self.headers, self.cookies, body), self.ports)


class Page(HTMLParser):
    """The elements and the words of a page, as a browser's parser finds them."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        assert isinstance(response.body, str)
        self.feed(response.body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def links(self, begins: str) -> list[str]:
        return [
            at["href"] or "" for tag, at in self.elements if tag == "a" and (at.get("href") or "").startswith(begins)
        ]
