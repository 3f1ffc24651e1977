"""The kind is written down while the answer is written, and whatever comes of that, the answer is filed as ever."""

from dataclasses import replace

import pytest

from mailroom.domain.errors import ConflictError, StopTheLineError, TransientError
from mailroom.domain.record import Status
from mailroom.pipeline.extract import extract
from tests.unit.pipeline.test_extract import CLAIM, LEAD, ports

__all__ = ["ports"]


def said_bit_by_bit(text, ports, seen=None):
    """Answer as a streaming model does; ``seen`` gathers the row as it stands after each bit."""

    def answer(request):
        for end in range(1, len(text) + 1, 7):
            if request.heard:
                request.heard(text[:end])
            if seen is not None:
                seen.append(ports.records.rows["mail-1"])
        return text

    return answer


@pytest.fixture
def listening(ports):
    return replace(ports, first_notice=True)


def test_the_kind_stands_on_the_row_before_the_answer_is_whole(listening):
    seen: list = []
    listening.model.enqueue(said_bit_by_bit(LEAD, listening, seen))
    verdict = extract(CLAIM, listening)

    kinds = [(row.status, row.triaged, row.kind) for row in seen]
    assert kinds[0] == (Status.EXTRACTING, "", "")
    assert kinds[-1] == (Status.EXTRACTING, "lead", "")
    assert [row.version for row in seen] == sorted(row.version for row in seen)
    assert (verdict.status, verdict.kind, verdict.triaged) == (Status.ACCEPTED, "lead", "lead")
    assert listening.records.rows["mail-1"] == verdict
    assert verdict.version == seen[-1].version + 1 == seen[0].version + 2


def test_where_nobody_listens_there_is_no_further_write(ports):
    ports.model.enqueue(said_bit_by_bit(LEAD, ports))
    extract(CLAIM, ports)
    writes = ports.records.writes

    assert ports.model.history[0].heard is None
    assert ports.records.rows["mail-1"].triaged == ""
    assert writes == 3  # opened, taken, filed


@pytest.mark.parametrize("error", [TransientError("busy"), StopTheLineError("denied"), ConflictError("late")])
def test_a_kind_that_cannot_be_written_down_does_not_cost_the_answer(listening, error):
    replace_row = listening.records.replace

    def refuse(record, *, expected_version):
        if record.triaged and record.status is Status.EXTRACTING:
            raise error
        replace_row(record, expected_version=expected_version)

    listening.records.replace = refuse
    listening.model.enqueue(said_bit_by_bit(LEAD, listening))

    assert extract(CLAIM, listening).status is Status.ACCEPTED
    assert listening.records.rows["mail-1"].triaged == ""


def test_an_answer_that_breaks_off_after_its_kind_gives_the_record_back(listening):
    def breaks_off(request):
        request.heard('{"kind":"lead","val')
        raise TransientError("cut")

    listening.model.enqueue(breaks_off, said_bit_by_bit(LEAD, listening))
    with pytest.raises(TransientError):
        extract(CLAIM, listening)
    given_back = listening.records.rows["mail-1"]
    assert (given_back.status, given_back.triaged) == (Status.EXTRACTING, "lead")

    verdict = extract(CLAIM, listening)
    assert verdict.status is Status.ACCEPTED
    # Taken and filed: what was noted before is not noted again.
    assert verdict.version == given_back.version + 2


def test_a_kind_that_was_heard_does_not_count_where_the_answer_cannot_be_read(listening):
    listening.model.enqueue(said_bit_by_bit(LEAD[:-20], listening))
    verdict = extract(CLAIM, listening)

    assert (verdict.status, verdict.kind, verdict.triaged) == (Status.IN_REVIEW, "", "lead")
