"""Models that obey: the stand-in told to, one that always obeys our own adversary, one that repeats what it reads."""

import json
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from local.standin.faults import Honesty
from local.standin.reading_rules.reader import read
from mailroom.domain.cost import Usage
from mailroom.domain.record import CacheVerdict
from mailroom.ports import ModelAnswer, ModelRequest, Outcome
from mailroom.prompts.requests import TextPart
from tests.bench.injection_orders import Injected

_LONGEST_REPEATED = 200


@dataclass
class StandIn:
    """The stand-in's reader of a given honesty, without a socket between; remembers every request."""

    honesty: Honesty
    asked: list[ModelRequest] = field(default_factory=list)

    def ask(self, request: ModelRequest) -> ModelAnswer:
        self.asked.append(request)
        text = json.dumps(self.answer(request), ensure_ascii=False)
        return ModelAnswer(request.model, Outcome.COMPLETE, text, Usage(1000, 100), CacheVerdict.OFF, 1)

    def answer(self, request: ModelRequest) -> dict[str, Any]:
        words = "\n".join(part.text for part in request.content if isinstance(part, TextPart))
        kinds = request.answer_schema["properties"]["kind"]["enum"]
        found = read(request.system, words, kinds, self.honesty, request.call_key)
        return found[0] if found else {"kind": kinds[0], "values": [], "rows": [], "unsure": []}


@dataclass
class Obeys(StandIn):
    """Reads honestly, then writes exactly what an order of our own adversary asks for, with the order's own words."""

    order: Injected = field(default_factory=lambda: Injected("", ""))

    def answer(self, request: ModelRequest) -> dict[str, Any]:
        answer = super().answer(request)
        if not shown(self.order.text, request):
            return answer
        if self.order.kind and not self.order.field:
            kinds = request.answer_schema["properties"]["kind"]["enum"]
            return answer if self.order.kind not in kinds else answer | {"kind": self.order.kind}
        return _overruled(answer, {self.order.field: self.order.value}, request)


@dataclass
class Repeats(StandIn):
    """Reads honestly, and then puts the injected words themselves into every free field that it can name."""

    order: Injected = field(default_factory=lambda: Injected("", ""))
    fields: tuple[str, ...] = ()
    """Which fields get the words; one of them alone is the harder case, since nothing repeats."""

    def answer(self, request: ModelRequest) -> dict[str, Any]:
        answer = super().answer(request)
        words = next((line.strip() for line in self.order.text.split("\n") if line.strip()), "")[:_LONGEST_REPEATED]
        return _overruled(answer, dict.fromkeys(self.fields, words), request) if words else answer


def shown(text: str, request: ModelRequest) -> bool:
    """Say whether the model was shown a text: nobody obeys what they do not read."""
    begins = json.dumps(_visible(text)[:20], ensure_ascii=False)[1:-1]
    words = _visible("".join(part.text for part in request.content if isinstance(part, TextPart)))
    for written in (begins, begins.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")):
        if written in words or written in words.replace("\\n", " "):
            return True
    return False


def _visible(text: str) -> str:
    return " ".join("".join(sign for sign in text if unicodedata.category(sign) != "Cf").split())


def _overruled(answer: dict[str, Any], told: dict[str, str], request: ModelRequest) -> dict[str, Any]:
    """Put values into an answer; a review is answered for its doubtful fields only, and always says the same again."""
    kept = [value for value in answer["values"] if value["field"] not in told]
    if request.step == "review":
        told = {name: value for name, value in told.items() if f'"field":"{name}"' in request.content[-1].text}
    return answer | {"values": kept + [{"field": name, "quote": value, "value": ""} for name, value in told.items()]}
