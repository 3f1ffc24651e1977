"""How a message is written for a model: one compact JSON line in which no delimiter can be forged.

Worked examples and real requests both go through here, so a model meets the same shape twice.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

_DANGEROUS = re.compile("[<>&\u0085\u2028\u2029\ud800-\udfff]")
"""Angle brackets and ampersands could forge a delimiter; the others are line ends to some readers, or not UTF-8."""


def compact_json(value: Any) -> str:
    """Write JSON on one line without spaces; angle brackets, ampersands, odd line ends and lone surrogates escaped."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _DANGEROUS.sub(lambda match: f"\\u{ord(match[0]):04x}", written)


def message_json(
    *,
    channel: str,
    form: str,
    zones: Iterable[tuple[str, str, str]],
    attachments: Iterable[Mapping[str, str]] = (),
) -> str:
    """Write a message as the model sees it; zones are (kind, label, text), ``form`` is left out where there is none."""
    named_form = {"form": form} if form else {}
    return compact_json(
        {
            "channel": channel,
            **named_form,
            "zones": [{"zone": kind, "label": label, "text": text} for kind, label, text in zones],
            "attachments": list(attachments),
        }
    )
