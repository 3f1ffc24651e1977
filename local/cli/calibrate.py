"""``mailroom calibrate``: learn weights and thresholds from reviewed values, and report how far to trust them."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from local.cli.tables import console
from local.evaluation.asking import settings_for
from local.evaluation.calibrating import Calibration, calibrate
from local.evaluation.calibration_report import calibration_html, calibration_json, thresholds_json
from local.evaluation.errors import EvaluationError
from local.evaluation.reviewed import Reviewed, of_records, of_results
from local.evaluation.runs import Run, kept_runs
from local.places import PlaceError, records_of
from mailroom.domain.calibration import weights_json
from mailroom.domain.confidence import default_weights
from mailroom.domain.errors import MailroomError
from mailroom.domain.listing import Wanted
from mailroom.domain.record import Status
from mailroom.policies import weights_of

PLACE = Path(".mailroom") / "calibration"
FEWEST_SHOWN = 10
"""A field with fewer values has its line in the report, not in the terminal."""

MOST_ROWS = 100_000
"""Records read of a table: some months of a busy mailbox, and still in memory."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asked for: runs, a table, or neither."""

    runs: tuple[Path, ...] = ()
    table: str = ""
    stack: str = ""
    out: Path | None = None
    target_error_rate: float = 0.01
    seed: int = 0
    as_json: bool = False


def run(wish: Wish) -> int:
    """Calibrate; returns 0 when a report was written, 2 when there was nothing to learn from."""
    try:
        reviewed, source = _reviewed(wish)
        present = weights_of(settings_for(live=False)) or default_weights()
    except (EvaluationError, MailroomError) as error:
        print(f"mailroom: {error}", file=sys.stderr)
        return 2
    found = calibrate(reviewed, present, target_error_rate=wish.target_error_rate, seed=wish.seed)
    data = json.dumps(calibration_json(found, source), indent=2, ensure_ascii=False) + "\n"
    files = _written(found, source, data, wish.out or PLACE)
    if wish.as_json:
        print(data, end="")
    else:
        _show(found, files)
    return 0


def _reviewed(wish: Wish) -> tuple[list[Reviewed], str]:
    if wish.runs and (wish.table or wish.stack):
        raise EvaluationError("Give --from, or a deployment by --stack or --table, not both.")
    if wish.table or wish.stack:
        found, source = _decided(wish.stack, wish.table), f"People's decisions in {wish.stack or wish.table}"
    else:
        runs = [Run.open(path) for path in wish.runs] or _last_run()
        found = [
            Reviewed(f"{run.name}/{e.message}", e.field, e.confidence, e.right, e.signals, e.may_pass, e.kind_right)
            for run in runs
            for e in of_results(run.results())
        ]
        origins = sorted({run.settings.origin for run in runs})
        source = f"Evaluation of {', '.join(run.settings.dataset for run in runs)} ({', '.join(origins)})"
        if not runs:
            found, source = _decided_here(), "People's decisions in the twin"
    if not found:
        raise EvaluationError(
            "Nothing reviewed was found: run `mailroom eval` on labelled messages first, or name a --stack in which"
            " people have approved and corrected records."
        )
    return found, source


def _last_run() -> list[Run]:
    return next(([run] for run in kept_runs() if run.is_finished), [])


def _decided(stack: str = "", table: str = "") -> list[Reviewed]:
    """Return what people decided, by the index of states: what nobody decided about is not read."""
    records, _ = records_of(stack, table)
    decided = (Status.APPROVED, Status.CORRECTED)
    return [each for status in decided for each in of_records(records.whole(Wanted(status=status), MOST_ROWS))]


def _decided_here() -> list[Reviewed]:
    try:
        return _decided()
    except PlaceError:
        return []


def _written(found: Calibration, source: str, data: str, folder: Path) -> list[Path]:
    """Write the report and what settings may point to; weights only where there are new ones."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "calibration.json": data,
        "calibration.html": calibration_html(found, source),
        "thresholds.json": thresholds_json(found, source),
    }
    if found.weights is not None:
        files["weights.json"] = weights_json(found.weights)
    else:
        (folder / "weights.json").unlink(missing_ok=True)  # an earlier calibration's would not fit these thresholds
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    return [folder / name for name in files]


def _show(found: Calibration, files: Sequence[Path]) -> None:
    out = console()
    table = Table(box=box.HORIZONTALS, header_style="bold", pad_edge=False)
    for column in ("Field", "Values", "Right", "AUROC", "Brier", "ECE", "Errors caught at 10 %", "Unseen from"):
        table.add_column(column, justify="left" if column == "Field" else "right")
    shown = [field for field, pairs in found.pairs_after.items() if not field or len(pairs) >= FEWEST_SHOWN]
    for field in shown:
        _, after = found.quality_of(field)
        threshold = found.thresholds.get(field)
        table.add_row(
            Text(field or "all fields"),
            str(after.count),
            f"{100 * after.share_right:.1f} %",
            f"{after.auroc:.3f}",
            f"{after.brier:.4f}",
            f"{after.ece:.4f}",
            f"{100 * after.errors_caught_at_10pct:.0f} %",
            "as wider" if threshold is None else "never" if threshold > 1 else f"{threshold:.4f}",
        )
    out.print(table)
    if len(shown) < len(found.pairs_after):
        rest = len(found.pairs_after) - len(shown)
        out.print(Text(f"{rest} fields with fewer than {FEWEST_SHOWN} values are in the report.", style="dim"))
    for sentence in found.words:
        out.print(Text(sentence))
    by_name = {path.name: path for path in files}
    settings = [f"THRESHOLDS_FILE={by_name['thresholds.json']}"]
    if "weights.json" in by_name:
        settings.insert(0, f"WEIGHTS_FILE={by_name['weights.json']}")
    out.print(Text(f"To use it: {' '.join(settings)}. The report: {by_name['calibration.html']}", style="dim"))
