"""Document types and messages invented for the stand-in's rules: no sample of the repository is among them."""

import json

from local.standin.faults import Honesty
from local.standin.reading_rules.prompt import kinds_of
from local.standin.reading_rules.reader import read

PROMPT = """You read what arrives.

## kind: bill
An invoice that asks for payment.
usually sent to: bills@
fields:
- seller_name (name, essential): Who is to be paid. Labels: From, Seller
- customer_name (name): Who is to pay. Labels: Bill to
- bill_number (identifier, essential): Its number. Labels: Invoice no., Rechnungsnummer
- issue_date (date, essential): When it was made. Labels: Date
- due_date (date): When to pay. Labels: Due
- currency (currency): Of all amounts.
- net_amount (amount): Before tax. Labels: Net
- tax_amount (amount): The tax. Labels: VAT
- total_amount (amount, essential): With tax. Labels: Total
group positions: One row per thing.
- positions.description (text): What. Labels: Description
- positions.quantity (number): How many. Labels: Qty
- positions.unit_price (amount): Of one. Labels: Unit price
- positions.amount (amount): Of the row. Labels: Amount

## kind: candidate
A person applies for a job.
usually sent to: work@
fields:
- applicant_name (name, essential): Who applies. Labels: Name
- applicant_email (email): Where to answer.
- phone (phone): Where to call. Labels: Phone
- position (text, essential): The job. Labels: Position
- available_from (date): The first day. Labels: Available from
- years_of_experience (number): How long.
- languages (language, many): What the person speaks. Labels: Languages
- profile_url (url): A page about the person.

## kind: visit
Somebody asks for a meeting.
usually sent to: diary@
fields:
- host_name (name, essential): Who asks. Labels: Host
- starts_at (datetime): When it starts. Labels: When
- video_url (url): Of the call.

## kind: enquiry
Somebody might buy products and asks about a price.
usually sent to: hello@
forms: enquiry
fields:
- contact_name (name, essential): Who asks. Labels: Name
- job_title (text): The person's role. Labels: Position
- company (name): Whom the person works for. Labels: Company
- website (url): Of the company.
- budget (amount): What they can spend. Labels: Budget
- summary (prose, derived): One sentence.

## kind: trouble
A customer reports something broken or complains.
usually sent to: care@
fields:
- customer_name (name, essential): Who writes. Labels: Name, Kunde
- order_number (identifier): Of the order. Labels: Order no., Bestellnummer
- happened_on (date): When.
- wish (choice: repair | replacement | refund | other; derived): What the customer wants.
- problem (prose, derived): What is wrong.

## kind: other
Anything else.
fields:
- topic (text, derived): What it is about.
"""
KINDS = tuple(kind.name for kind in kinds_of(PROMPT))


def zones_of(
    body, *, subject="", sender="Noor Haddad <noor@haddad.example>", to="bills@hall.example", headers=(), **more
):
    named = {"From": sender, "To": to, "Subject": subject, "Date": "Mon, 2 Mar 2026 10:00:00 +0000", **dict(headers)}
    zones = [{"zone": "header", "label": name, "text": f"{name}: {words}"} for name, words in named.items()]
    zones += [{"zone": "latest", "label": "", "text": body}] if body else []
    return zones + [{"zone": kind, "label": "", "text": words} for kind, words in more.items()]


def form_of(answers):
    return [{"zone": "form", "label": label, "text": f"{label}: {said}"} for label, said in answers.items()]


def reading(zones, form=""):
    message = {"channel": "form" if form else "email", "form": form, "zones": zones, "attachments": []}
    answer, lies = read(PROMPT, f"<message>\n{json.dumps(message)}\n</message>", KINDS, Honesty.HONEST, "seed")
    assert lies == ()
    return answer


def meant(answer):
    return {value["field"]: value["value"] or value["quote"] for value in answer["values"]}
