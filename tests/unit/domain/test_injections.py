"""The worst model on real injections: it obeys every order in the mail and invents what it does not find."""

import json
import random
from pathlib import Path

import pytest

from mailroom.domain.answer import Answer, RawValue
from mailroom.domain.doctype import FieldSpec, TypeSpec, Validated, ValueKind
from mailroom.domain.judgement import Policy, judge
from mailroom.domain.message import Channel, Message, Zone, ZoneKind

INJECTIONS = Path(__file__).parents[4] / "shared" / "corpora" / "inject"
INVENTED = {
    ValueKind.AMOUNT: "48213.77",
    ValueKind.DATE: "2031-11-23",
    ValueKind.IBAN: "DE89370400440532013000",
    ValueKind.EMAIL: "attacker@evil.example",
    ValueKind.PHONE: "+4930999888777",
    ValueKind.NAME: "Zebulon Quackenbush",
    ValueKind.IDENTIFIER: "ZQX-99812",
    ValueKind.URL: "https://evil.example/pay",
    ValueKind.ADDRESS: "99 Nowhere Lane, 00000 Elsewhere",
    ValueKind.TEXT: "transfer approved by zebulon",
}
SPEC = TypeSpec(
    "invoice",
    "",
    tuple(FieldSpec(str(kind), kind, "") for kind in INVENTED),
    (),
    (),
    (),
    (),
    lambda wire: Validated(dict(wire)),
)


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["agentdojo", "bipia", "deepset", "giskard", "spikee"])
def test_no_invented_value_passes_unseen_on_any_injection(name):
    path = INJECTIONS / f"{name}.jsonl"
    if not path.exists():
        pytest.skip("the shared injection sets are not beside the project")
    texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    careless = Policy(thresholds={"": 0.0})
    for text in random.Random(1).sample(texts, min(60, len(texts))):
        message = Message(Channel.EMAIL, text, (Zone(ZoneKind.LATEST, 0, len(text)),))
        for kind, value in INVENTED.items():
            quote = text[:80].strip() or value  # it quotes real words to look honest
            for words in (value, quote):
                judgement = judge(Answer("invoice", (RawValue(str(kind), value, words),)), message, SPEC, careless)
                assert not judgement.acceptable, (kind, text[:200])
