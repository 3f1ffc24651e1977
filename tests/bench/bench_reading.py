"""Measure reading on the shared corpora, beside its peers, in one run; print tables, write build/bench/reading.json.

make bench-reading
"""

# ruff: noqa: T201 - a bench prints its tables
import json
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from reading_gold import CORPORA, gold_parts, mails, recovered
from reading_peers import READERS, measure
from reading_replies import gold, kept_by_us, shares, text_of
from reading_values import located

from mailroom.reading import read_email

_ROOT = Path(__file__).resolve().parents[2]
_PEER_PYTHON = _ROOT / ".bench" / "bin" / "python"
_PEERS = Path(__file__).with_name("reading_peers.py")
_SETS = {
    "kitinerary-core": 0.97,
    "kitinerary-jsonld": 1.0,
    "invoice2data": 0.85,
    "sroie": 0.98,
    "kleister-nda": 0.97,
}


def main() -> int:
    """Run every measurement and return 0, or 1 where the corpora are absent."""
    if not CORPORA.exists():
        print("The shared corpora are not beside the project (../shared/corpora): nothing to measure.")
        return 1
    results: dict[str, Any] = {}
    for section in (_robustness, _gold, _values, _replies, _speed):
        section(results)
        print()
    target = _ROOT / "build" / "bench" / "reading.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    print(f"Written to {target.relative_to(_ROOT)}.")
    return 0


def _row(*cells: object) -> None:
    print("  ".join(f"{cell:<26}" if index == 0 else f"{cell:>14}" for index, cell in enumerate(cells)))


def _robustness(results: dict[str, Any]) -> None:
    """Read every file of the corpora as if it were a mail: most are, and none may break anything."""
    files = sorted(str(path) for path in CORPORA.rglob("*") if path.is_file())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcome = measure(read_email, files)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    results |= {"files": len(files), "exceptions": int(outcome["raised"]), "slowest_s": round(outcome["slowest"], 3)}
    results["peak_rss_mb"] = after // 1024
    _row("robustness", "files", "exceptions", "slowest s", "peak RSS MB")
    _row("", len(files), results["exceptions"], results["slowest_s"], f"{before // 1024} -> {after // 1024}")


def _gold(results: dict[str, Any]) -> None:
    parts = list(gold_parts())
    found = sum(recovered(part.text, read_email(part.raw).text) for part in parts)
    results["gold_parts"] = round(found / len(parts), 4)
    _row("gold text parts", "recovered", "of", "share", "bar")
    _row("stalwart, mime4j", found, len(parts), results["gold_parts"], "> 0.925")


def _values(results: dict[str, Any]) -> None:
    _row("gold values located", "share", "bar", "tokens raw", "tokens sent")
    results["tokens_raw"] = results["tokens_sent"] = 0
    for name, bar in _SETS.items():
        outcome = located(name)
        key = name.replace("-", "_")
        results[key] = round(outcome.share, 4)
        results[f"tokens_raw_{key}"], results[f"tokens_sent_{key}"] = outcome.tokens_raw, outcome.tokens_sent
        results["tokens_raw"] += outcome.tokens_raw
        results["tokens_sent"] += outcome.tokens_sent
        _row(name, results[key], bar, outcome.tokens_raw, outcome.tokens_sent)


def _replies(results: dict[str, Any]) -> None:
    texts = {name: text_of(name) for name in gold()}
    _row("reply lines kept as latest", "own", "quoted")
    own, quoted = shares({name: kept_by_us(text) for name, text in texts.items()})
    results |= {"reply_lines_latest": round(own, 4), "quoted_lines_latest": round(quoted, 4)}
    _row("mailroom (>= .97, <= .10)", f"{own:.4f}", f"{quoted:.4f}")
    answers = _ask_peers(["replies"], json.dumps(texts))
    if answers is None:
        _row("peers", "not installed")
        return
    for peer, kept in answers.items():
        own, quoted = shares(kept)
        results |= {f"reply_lines_latest_{peer}": round(own, 4), f"quoted_lines_latest_{peer}": round(quoted, 4)}
        _row(peer, f"{own:.4f}", f"{quoted:.4f}")


def _speed(results: dict[str, Any]) -> None:
    """Mailroom beside each peer in turn: paired rounds, of whose ratios the median counts.

    ``ratio``: mails per second, ours over theirs, of a whole round; a few large mails decide it. ``usual``: the median
    over batches of 25 mails; how it is on most mail.
    """
    paths = [str(path) for path in mails()]
    _row("mails per second, one core", "mailroom", "peer", "ratio", "from - to", "usual", "raised")
    for peer in READERS:
        answer = _ask_peers(["speed", peer], "\n".join(paths))
        if answer is None:
            _row(peer, "not installed")
            continue
        ours, theirs = ([sum(batches) for batches in answer[who]] for who in ("ours", "theirs"))
        ratios = sorted(their / our for our, their in zip(ours, theirs, strict=True))
        usual = median(
            their / our for our, their in zip(_medians(answer["ours"]), _medians(answer["theirs"]), strict=True)
        )
        rate, peer_rate = len(paths) / median(ours), len(paths) / median(theirs)
        results.setdefault("mails_per_s", round(rate, 1))
        results |= {
            f"mails_per_s_{peer}": round(peer_rate, 1),
            f"speed_ratio_{peer}": round(median(ratios), 2),
            f"speed_ratio_usual_{peer}": round(usual, 2),
        }
        _row(
            peer,
            f"{rate:.0f}",
            f"{peer_rate:.0f}",
            f"{median(ratios):.2f}",
            f"{ratios[0]:.2f} - {ratios[-1]:.2f}",
            f"{usual:.2f}",
            f"{answer['raised_by_us']} : {answer['raised']}",
        )


def _medians(rounds: list[list[float]]) -> list[float]:
    """Return each batch's median over the rounds."""
    return [median(seconds) for seconds in zip(*rounds, strict=True)]


def _ask_peers(arguments: list[str], text: str) -> Any:
    """Return what the peers' process answers; None where its environment or the peer is missing."""
    if not _PEER_PYTHON.exists():
        return None
    command = [str(_PEER_PYTHON), "-W", "ignore", str(_PEERS), *arguments]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        print(f"  ({' '.join(arguments)}: {done.stderr.strip().splitlines()[-1][:100]})")
        return None
    return json.loads(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
