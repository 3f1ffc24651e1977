"""How many gold values are located, and how many planted wrong ones are taken for grounded.

    python -m tests.bench.bench_evidence

The labelled sets are read as plain text. A gold value counts where an oracle that only writes values finds it present;
a plant counts where the same oracle finds it absent. The words of the shipped code come from CLDR, its patterns from
knowledge of formats; misses on the sets of ``SETS`` were looked at while it was mended. The figures ``*_unseen`` are of
booking mails (kitinerary without its core, and its JSON-LD pages) that were only measured.
"""

# ruff: noqa: T201 - a bench prints its tables

import json
import random
from collections import Counter, defaultdict
from pathlib import Path

from mailroom.domain.evidence_location import locate_in
from mailroom.domain.locate.index import MessageIndex
from tests.bench.labelled import LABELLED, SETS, Document, documents
from tests.bench.plants import plants
from tests.bench.presence import is_present

RESULT = Path(__file__).parents[2] / "build" / "bench" / "evidence.json"
SEED = 20260301
type Tally = dict[tuple[str, str], Counter[str]]


def measure(found: list[Document], seed: int = SEED, *, misses: list[str] | None = None) -> Tally:
    """Return counts by (set, kind): present, located, plants, false; and by ("plants", sort)."""
    rng = random.Random(seed)
    tally: Tally = defaultdict(Counter)
    by_set = defaultdict(list)
    for document in found:
        by_set[document.collection].append(document)
    for document in found:
        index = MessageIndex(document.message)
        others = [d for d in by_set[document.collection] if d is not document]
        for gold in document.gold:
            row = tally[document.collection, gold.kind]
            present = is_present(gold.value, gold.kind, document.text)
            evidence = locate_in(index, value=gold.value, quote=gold.value, spec=gold.spec)
            row["present"] += present
            row["located"] += present and evidence.grounded
            row["found beyond the oracle"] += evidence.grounded and not present
            if misses is not None and present and not evidence.grounded:
                misses.append(f"MISS {document.collection} {document.id} {gold.kind} {gold.value!r} {evidence.method}")
            for sort, wrong in plants(gold, others, rng):
                if wrong == gold.value or is_present(wrong, gold.kind, document.text):
                    continue
                planted = locate_in(index, value=wrong, quote=wrong, spec=gold.spec)
                for key in (row, tally["plants", sort]):
                    key["plants"] += 1
                    key["false"] += planted.grounded
                if misses is not None and planted.grounded:
                    words = document.text[planted.start : planted.end]
                    misses.append(
                        f"FALSE {document.collection} {document.id} {gold.kind} {sort} {wrong!r} in {words!r}"
                    )
    return tally


def _unseen() -> dict[str, float]:
    """Return the same two figures for the documents that the code was never mended on."""
    core = {document.id for document in documents("kitinerary-core")}
    found = [d for d in documents("kitinerary", "kitinerary-jsonld") if d.id not in core]
    tally = measure(found)
    total = sum((row for (name, _), row in tally.items() if name != "plants"), Counter())
    return {
        "located_unseen": round(total["located"] / total["present"], 4),
        "false_grounded_unseen": round(total["false"] / total["plants"], 4),
    }


def main() -> None:
    """Print the table, and write the figures to build/bench/evidence.json."""
    if not LABELLED.exists():
        raise SystemExit("The labelled sets are not beside this folder (../shared/corpora/labelled).")
    tally = measure(documents())
    print(f"{'set':18}{'kind':14}{'present':>8}{'located':>9}{'share':>7}{'plants':>8}{'false':>7}")
    for (name, kind), row in sorted(tally.items()):
        share = f"{row['located'] / row['present']:.3f}" if row["present"] else ""
        print(
            f"{name:18}{kind[:22]:14}{row['present'] or '':>8}{row['located'] or '':>9}{share:>7}"
            f"{row['plants']:>8}{row['false']:>7}"
        )
    rows = [row for (name, _), row in tally.items() if name in SETS]
    present, located, planted, false = (
        sum(row[key] for row in rows) for key in ("present", "located", "plants", "false")
    )
    figures = {
        "located": round(located / present, 4),
        "false_grounded": round(false / planted, 4),
        "present": present,
        "plants": planted,
        "seed": SEED,
    }
    for name in SETS:
        mine = [row for (owner, _), row in tally.items() if owner == name]
        figures[f"located_{name}"] = round(sum(r["located"] for r in mine) / max(1, sum(r["present"] for r in mine)), 4)
    figures |= _unseen()
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
