"""How often an injected text gets a value, a kind or its own words past the pipeline: `make bench-injection`.

Every injected text is put into invented mails in seven places and taken through the real extract and review steps with
models that obey: the stand-in told to, and, for our own adversary, a model that always writes what the order asks for.
Then the defence's layers are switched off one at a time, and all but one.

What was made from what: the phrases of ``domain.order_phrases`` and the rules of ``domain.plausibility`` were widened
after looking at what this bench let through, on these very sets, and the phrases for machines were narrowed after their
false alarms on the ham. So the shared sets and the adversary are data that was looked at, and 0 there is no surprise.
``accepted_unseen_looked_at`` are phrasings that the list of phrases had not seen, but ``domain.statements`` was made in
view of them; ``accepted_unseen_unseen`` are somebody else's, measured and never worked on: the honest figure.
``false_alarms`` counts orders to a machine, which hold back a whole record; ``suspected_spans_ham`` counts harmless
mails with a stretch of any sort in which a value would not count.
"""

# ruff: noqa: T201 - a bench prints its table

import argparse
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from email import message_from_bytes
from functools import cache
from itertools import batched
from pathlib import Path

from local.standin.faults import Honesty
from mailroom.domain.doctype import FieldSpec, ValueKind
from mailroom.domain.evidence_location import locate_in
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.orders import OrderKind, orders_in
from mailroom.domain.record import FieldResult, Record, Status
from mailroom.pipeline.filing import results
from mailroom.reading import read_email, read_form
from tests.bench.injection_hosts import HOSTS, PLACES, Host, Sent, placed
from tests.bench.injection_layers import LAYERS, without
from tests.bench.injection_orders import INJECT, SETS, Injected, adversary, harmless, rephrased, shared, slotted
from tests.bench.injection_readers import Obeys, Repeats, StandIn
from tests.bench.injection_world import TYPES, Outcome, run

ROOT = Path(__file__).parents[2]
RESULT = ROOT / "build/bench/injection.json"
HAM = ROOT.parent / "shared/corpora/mime/spamassassin-corpus/data"
REPHRASED = ("looked_at", "unseen")
"""Sets of phrasings in files beside this one; the second was measured once and never worked on."""

_SAMPLED = 8
"""Of those cases, one in so many is run again with each layer switched off: seven passes over all take too long."""

_LONGEST_ECHO = 24
"""Characters of an injected text by which it is recognised where it must not be."""


@dataclass(frozen=True, slots=True)
class Case:
    """One injected text in one place of one host, and who reads it: "standin", "obeys" or "repeats"."""

    host: int
    place: str
    order: Injected
    reader: str = "standin"

    @property
    def sent(self) -> Sent:
        return placed(HOSTS[self.host], self.order.text, self.place)

    @property
    def model(self) -> StandIn:
        if self.reader == "obeys":
            return Obeys(Honesty.HONEST, order=self.order)
        if self.reader == "repeats":
            free = {ValueKind.TEXT, ValueKind.NAME, ValueKind.PROSE}
            fields = TYPES[HOSTS[self.host].kind].fields
            names = tuple(field.name for field in fields if field.kind in free and not field.derived and not field.many)
            turn = len(self.order.text) % (len(names) + 1)
            return Repeats(Honesty.HONEST, order=self.order, fields=names[turn : turn + 1] or names)
        return StandIn(Honesty.OBEDIENT)


def cases() -> list[Case]:
    """Return every case: each shared text in every place of one host in turn, the adversary on all hosts."""
    found = []
    for name in SETS:
        if name == "agentdojo":
            for number, host in enumerate(HOSTS):
                found += _in_every_place(number, slotted(host, TYPES[host.kind]), ("standin", "obeys"))
            continue
        for turn, order in enumerate(shared(name)):
            found += _in_every_place(turn % len(HOSTS), [order], ("standin", "repeats"))
    for number, host in enumerate(HOSTS):
        for turn, order in enumerate(adversary(host, TYPES[host.kind])):
            # An order that is obeyed to the letter, everywhere; the stand-in understands fewer, so one place serves.
            found += [Case(number, place, order, "obeys") for place in PLACES]
            found.append(Case(number, PLACES[turn % len(PLACES)], order))
    return found


def rephrased_cases(name: str) -> list[Case]:
    """Return the phrasings of one of ``REPHRASED``, each in one place in turn, obeyed to the letter."""
    return [
        Case(number, PLACES[turn % len(PLACES)], order, "obeys")
        for number, host in enumerate(HOSTS)
        for turn, order in enumerate(rephrased(host, TYPES[host.kind], name))
    ]


def _in_every_place(host: int, orders: Iterable[Injected], readers: Sequence[str]) -> Iterator[Case]:
    for order in orders:
        for place in PLACES:
            for reader in readers:
                yield Case(host, place, order, reader)


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of a case: how it ended, wrong values accepted unseen, and what escaped ("" for nothing)."""

    set: str
    place: str
    reader: str
    accepted: bool
    wrong: tuple[str, ...]
    undoubted: tuple[str, ...]
    escaped: str
    text: str


def measured(case: Case) -> Finding:
    """Run one case and hold the record against the host's honest words."""
    host, outcome = HOSTS[case.host], run(case.sent, case.model)
    record = outcome.record
    accepted = record.status is Status.ACCEPTED
    wrong = tuple(f"{path}={found.value!r}" for path, found in _unsupported(record, case))
    doubted = tuple(one for one in wrong if one.partition("=")[0] not in record.doubtful)
    return Finding(
        case.order.set, case.place, case.reader, accepted, wrong if accepted else (), doubted,
        _escaped(outcome, case, host), case.order.text,
    )  # fmt: skip


def _unsupported(record: Record, case: Case) -> Iterator[tuple[str, FieldResult]]:
    """Yield every value of a field that is not derived and that the host's own words do not say."""
    host, spec = HOSTS[case.host], TYPES.get(record.kind)
    for path, found in results(record):
        name = path.partition("[")[0]
        field = spec.field(name) if spec else None
        if field is None and not (spec and spec.group(name)):
            yield path, found  # no such field: nothing supports it
        elif field is not None and not field.derived:
            known = host.truth.get(name) if record.kind == host.kind else None
            said, honest = str(found.value), (case.host, case.place, case.order.honest)
            longer_or_shorter = not known or case.order.honest or any(one in said or said in one for one in known)
            if not (known and said in known) and not (longer_or_shorter and _says(honest, field, said)):
                yield path, found


@cache
def _clean(host: int, place: str, honest: str) -> MessageIndex:
    sent = placed(HOSTS[host], honest, place)
    read = read_form(sent.raw, content_type=sent.content_type, form=sent.form) if sent.form else read_email(sent.raw)
    return MessageIndex(read)


@cache
def _says(honest: tuple[int, str, str], field: FieldSpec, value: str) -> bool:
    """Say whether the honest words, the same message without its injection, hold a value."""
    return locate_in(_clean(*honest), value=value, quote=value, spec=field).grounded


def _escaped(outcome: Outcome, case: Case, host: Host) -> str:
    if outcome.record.status is Status.ACCEPTED and outcome.record.kind != host.kind:
        return f"kind {outcome.record.kind}"
    if not outcome.as_configured:
        return "destination or prompt"
    echo = " ".join(case.order.text.split())[:_LONGEST_ECHO]
    return "words" if len(echo) == _LONGEST_ECHO and echo in " ".join(outcome.left.split()) else ""


def _all(chunk: tuple[Sequence[Case], tuple[str, ...]]) -> list[Finding]:
    some, layers = chunk
    with without(*layers):
        return [measured(case) for case in some]


def measure(pool: ProcessPoolExecutor, some: Sequence[Case], *layers: str) -> list[Finding]:
    """Run cases on all cores, with some layers off."""
    chunks = [(chunk, layers) for chunk in batched(some, 64, strict=False)]
    return [finding for found in pool.map(_all, chunks) for finding in found]


def false_alarms() -> dict[str, tuple[int, int]]:
    """Return by source how many harmless texts are taken for orders to a machine, and how many there are."""
    counts = {}
    if INJECT.exists():
        for name in SETS:
            texts = harmless(name)
            counts[name] = (sum(map(_steers, texts)), len(texts))
    mails = [path for path in sorted((ROOT / "events/emails").glob("*.eml")) if "injected" not in path.name]
    counts["events"] = (sum(_steers(read_email(path.read_bytes()).text) for path in mails), len(mails))
    if HAM.exists():
        ham = sorted(HAM.glob("*ham*/**/*.txt"))
        counts["ham"] = (sum(_steers(_words(path.read_bytes())) for path in ham), len(ham))
    return {name: count for name, count in counts.items() if count[1]}


def suspected_spans() -> float:
    """Return the share of harmless mails in which some stretch, of any sort of order, could not prove a value."""
    ham = sorted(HAM.glob("*ham*/**/*.txt")) if HAM.exists() else []
    return round(sum(bool(orders_in(_words(path.read_bytes()))) for path in ham) / max(1, len(ham)), 5)


def _words(raw: bytes) -> str:
    begin = raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw
    return read_email(begin).text if message_from_bytes(begin).keys() else begin.decode("latin-1")


def _steers(text: str) -> bool:
    return any(order.kind is OrderKind.MACHINE for order in orders_in(text))


def rate(findings: Sequence[Finding]) -> float:
    """Return the share of runs in which something got through."""
    return round(sum(bool(one.wrong or one.escaped) for one in findings) / max(1, len(findings)), 5)


def main() -> None:
    """Print the table, and write the figures to build/bench/injection.json."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--every", type=int, default=5, help="run one case in so many (1: all; 5: each text in some places)"
    )
    options.add_argument("--show", type=int, default=5, help="how many of what got through to print")
    given = options.parse_args()
    some = cases()[:: given.every] if INJECT.exists() else cases_of_our_own()[:: given.every]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        whole = measure(pool, some)
        off = {layer: measure(pool, some[::_SAMPLED], layer) for layer in LAYERS}
        off["any"] = measure(pool, some[::_SAMPLED], *LAYERS)
        alone = {kept: measure(pool, some[::_SAMPLED], *(set(LAYERS) - {kept})) for kept in LAYERS}
        whole += (reworded := measure(pool, [case for name in REPHRASED for case in rephrased_cases(name)]))
    shared_and_adversary = [one for one in whole if one.set not in REPHRASED]
    figures = _figures(shared_and_adversary, off) | {f"only_{layer}": rate(found) for layer, found in alone.items()}
    for name in REPHRASED:
        figures[f"accepted_unseen_{name}"] = _share([one for one in reworded if one.set == name], "wrong")
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    _print(whole, off, alone, given.show)
    print(json.dumps(figures, indent=2))


def cases_of_our_own() -> list[Case]:
    """Return the adversary's cases alone, where the shared sets are absent."""
    return [
        Case(number, place, order, "obeys")
        for number, host in enumerate(HOSTS)
        for order in adversary(host, TYPES[host.kind])
        for place in PLACES
    ]


def _figures(whole: Sequence[Finding], off: dict[str, list[Finding]]) -> dict[str, float]:
    figures: dict[str, float] = {
        "accepted_unseen": _share(whole, "wrong"),
        "escaped": _share(whole, "escaped"),
        "runs": len(whole),
        "accepted": sum(one.accepted for one in whole),
        "undoubted": _share(whole, "undoubted"),
    }
    for name in (*SETS, "adversary"):
        figures[f"accepted_unseen_{name}"] = _share([one for one in whole if one.set == name], "wrong")
    figures |= {f"without_{layer}": rate(found) for layer, found in off.items()}
    alarms = false_alarms()
    figures |= {f"false_alarms_{name}": round(hits / total, 5) for name, (hits, total) in alarms.items()}
    hits, total = map(sum, zip(*alarms.values(), strict=True))
    figures["suspected_spans_ham"] = suspected_spans()
    return figures | {"false_alarms": round(hits / total, 5), "harmless_texts": total}


def _share(findings: Sequence[Finding], what: str) -> float:
    return round(sum(bool(getattr(one, what)) for one in findings) / max(1, len(findings)), 5)


def _print(
    whole: Sequence[Finding], off: dict[str, list[Finding]], alone: dict[str, list[Finding]], shown: int
) -> None:
    print(f"{'set':16}{'reader':10}{'runs':>7}{'accepted':>10}{'wrong':>7}{'escaped':>9}")
    for (name, reader), count in sorted(Counter((one.set, one.reader) for one in whole).items()):
        found = [one for one in whole if (one.set, one.reader) == (name, reader)]
        accepted, wrong, escaped = (
            sum(bool(getattr(one, what)) for one in found) for what in ("accepted", "wrong", "escaped")
        )
        print(f"{name:16}{reader:10}{count:>7}{accepted:>10}{wrong:>7}{escaped:>9}")
    for title, layers in (("without", off), ("only", alone)):
        for layer, found in layers.items():
            through = sum(bool(one.wrong or one.escaped) for one in found)
            print(f"{title:8}{layer:24}{len(found):>7} runs, {through} got through")
    for one in [one for one in whole if one.wrong or one.escaped][:shown]:
        print(f"- {one.set}/{one.reader}/{one.place}: {one.wrong} {one.escaped} {one.text[:160]!r}")


if __name__ == "__main__":
    main()
