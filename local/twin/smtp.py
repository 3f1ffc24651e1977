"""The SMTP door: takes mail on loopback as SES's inbound endpoint would, and delivers it to the twin."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from local.twin.emulator import LOOPBACK
from local.twin.errors import RefusedMailError
from local.twin.ses import LARGEST_BYTES, VERDICTS

_log = logging.getLogger(__name__)
_TEST_HEADER = re.compile(rb"^X-Test-(\w+):[ \t]*(\w+)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)

type Deliver = Callable[[bytes, str, Sequence[str], Mapping[str, str]], str]
type Takes = Callable[[str], bool]


class _Door:
    """aiosmtpd's handler: the method names are its own."""

    def __init__(self, takes: Takes, deliver: Deliver) -> None:
        self._takes = takes
        self._deliver = deliver

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Sequence[str]
    ) -> str:
        del server, session, options
        if not self._takes(address):
            return f"550 5.1.1 No receipt rule takes mail for {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- as above
        del session
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        try:
            ses_message_id = await server.loop.run_in_executor(
                None, self._deliver, raw, envelope.mail_from or "", list(envelope.rcpt_tos), verdicts_of(raw)
            )
        except RefusedMailError as refused:
            return str(refused)
        except Exception:  # noqa: BLE001 -- the sender must hear a 451, whatever failed
            _log.exception("A mail could not be delivered to the twin.")
            return "451 4.3.0 The twin failed; try again, and read its log"
        return f"250 OK {ses_message_id}"


def verdicts_of(raw: bytes) -> dict[str, str]:
    """Read the test headers, ``X-Test-Spam: FAIL`` and the like. Only this local door honours them; SES never would."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    found = {name.decode().lower(): verdict.decode().upper() for name, verdict in _TEST_HEADER.findall(head)}
    return {name: verdict for name, verdict in found.items() if name in VERDICTS}


def open_door(port: int, takes: Takes, deliver: Deliver) -> Controller:
    """Open the door on a loopback port; ``stop()`` closes it. Raises OSError where the port is taken."""
    controller = Controller(
        _Door(takes, deliver), hostname=LOOPBACK, port=port, data_size_limit=LARGEST_BYTES, enable_SMTPUTF8=True
    )
    controller.start()
    return controller
