"""One run of the samples on the twin, shared by the tests that look at what came of it."""

from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.inputs import Sample, samples
from local.session import DOMAIN, Session, Told, session
from mailroom.domain.record import Record
from tests.containers import NEEDS_BUILD, NEEDS_CONTAINERS

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Run:
    """What was delivered, what the doors said, and every record in the ledger afterwards."""

    samples: list[Sample]
    told: dict[str, Told]
    records: dict[str, Record]
    asked_of_model: list[dict]

    def record(self, name: str) -> Record:
        (source,) = [source for source in self.told if name in source]
        return self.records[self.told[source].record_id]


# Where a function's environment takes seconds to start, some samples stand for all: every door, both models, every
# end that a record can have, and each one that a claim names.
SOME = ("01-lead", "02-invoice", "03-support", "11-invoice", "12-spam", "14-malformed", "lead.json", "empty-object")


def one_run(folder: Path, host: str = "inprocess") -> Run:
    found = samples(ROOT / "events", DOMAIN)
    if host != "inprocess":
        found = [sample for sample in found if any(name in sample.input.source for name in SOME)]
    with chdir(folder), session(live=False, host=host) as running:
        told = {}
        for sample in found:
            for _ in range(sample.deliveries):
                told[sample.input.source] = running.deliver(sample.input)
        wait_for(running, told)
        return Run(found, told, {record.record_id: record for record in running.records().query()}, [])


def wait_for(running: Session, told: dict[str, Told]) -> list[Record]:
    return list(running.at_rest([answer.record_id for answer in told.values() if answer.record_id], timeout_s=300))


@pytest.fixture(scope="session")
def in_this_process(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return one_run(tmp_path_factory.mktemp("twin"))


@pytest.fixture(
    scope="session",
    params=[
        "inprocess",
        "processes",
        pytest.param("artifacts", marks=[pytest.mark.sam, NEEDS_BUILD]),
        pytest.param("sam", marks=[pytest.mark.sam, NEEDS_CONTAINERS]),
    ],
)
def run(request: pytest.FixtureRequest, in_this_process: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    if request.param == "inprocess":
        return in_this_process
    return one_run(tmp_path_factory.mktemp("twin"), request.param)
