"""Fuzz reading with atheris: any bytes as a mail and as a form, and the promises that every message keeps.

make fuzz-reading FUZZ_SECONDS=600
"""

import sys

import atheris

with atheris.instrument_imports(include=["mailroom"]):
    from mailroom.domain.message import Message
    from mailroom.reading import mail as _mail  # noqa: F401 - instrumented here, not at first use
    from mailroom.reading import read_email, read_form, select
    from mailroom.reading.attachments import kinds as _kinds  # noqa: F401 - the same
    from mailroom.reading.html import read_html as _read_html  # noqa: F401 - the same
    from mailroom.reading.structured import structured_data as _structured  # noqa: F401 - the same

_CONTENT_TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "")


def _check(message: Message) -> None:
    end = 0
    for zone in message.zones:
        if not end <= zone.start < zone.end or message.text[end : zone.start].strip():
            raise AssertionError(f"zones out of order or words between them: {zone}")
        end = zone.end
    if any("could not be read" in defect and "(" in defect for defect in message.defects):
        raise AssertionError(f"an exception reached the last line of defence: {message.defects}")
    if select(message, budget_tokens=100).tokens > 100:
        raise AssertionError("a selection beyond its budget")


def one_input(data: bytes) -> None:
    """Read one input by each door."""
    _check(read_email(data))
    _check(read_email(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + data))
    _check(read_email(b"Content-Type: text/html\r\n\r\n" + data))
    _check(read_email(b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n" + data))
    _check(read_form(data, content_type=_CONTENT_TYPES[len(data) % len(_CONTENT_TYPES)], form="f"))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
