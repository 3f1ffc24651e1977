"""Generated messages: small, all different, of a few kinds, and some of them doubtful."""

import json
import random
from collections.abc import Iterator

from local.inputs import Form, Mail

_NAMES = ("Ana Diaz", "Jan Novak", "Mia Berg", "Omar Said", "Lea Roth", "Tom Reed", "Eva Lind", "Ugo Neri")
_COMPANIES = ("Papel Norte", "Blue Kiln", "Harbor Ten", "Sol & Co", "Nordlicht", "Fifth Mill")
_GOODS = ("chairs", "desks", "lamps", "shelves", "stools")


def messages(count: int, seed: int, domain: str) -> Iterator[Mail | Form]:
    """Yield ``count`` messages, the same for the same seed; one in eight is a form."""
    draw = random.Random(seed)  # noqa: S311 -- not for secrets
    for number in range(count):
        name, company, goods = draw.choice(_NAMES), draw.choice(_COMPANIES), draw.choice(_GOODS)
        address = f"{name.lower().replace(' ', '.')}{number}@{company.split()[0].lower()}.example"
        amount = draw.randrange(100, 99_999)
        if number % 8 == 7:
            body = json.dumps(
                {"name": name, "email": address, "message": f"Please send me {amount} {goods}. No. {number}"}
            )
            yield Form(f"form-{number}", "contact", body.encode(), "application/json")
            continue
        body = draw.choice((_lead, _invoice, _question))(name, company, goods, amount, number)
        raw = (
            f"From: {name} <{address}>\r\nTo: office@{domain}\r\nSubject: {goods.title()} {number}\r\n"
            f"Message-ID: <{seed}-{number}@{company.split()[0].lower()}.example>\r\n"
            f"Date: Mon, 02 Mar 2026 09:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
        )
        yield Mail(f"mail-{number}", raw.encode(), address, (f"office@{domain}",))


def _lead(name: str, company: str, goods: str, amount: int, number: int) -> str:
    return f"Hello,\n\nwe are {company} and need {amount % 90 + 5} {goods} (reference {number}).\n\n{name}"


def _invoice(name: str, company: str, goods: str, amount: int, number: int) -> str:
    total = f"{amount // 100}.{amount % 100:02d}"
    items = f"{goods.title()}: EUR {total}\nTotal: EUR {total}"
    return f"{company}\nInvoice no. R-{number}\nDate: 2026-03-01\n{items}\n\n{name}"


def _question(name: str, company: str, goods: str, amount: int, number: int) -> str:
    return f"Dear team,\n\nthe {goods} of order {number} arrived damaged. Call {company}.\n\n{name} ({amount})"
