"""A batch, a mail that kills its readers, and a redrive, under whatever order of faults."""

from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.batches import process_side_by_side
from mailroom.domain.errors import (
    LineStoppedError,
    MailroomError,
    OverBudgetError,
    PermanentError,
    StopTheLineError,
    TransientError,
)
from mailroom.domain.patience import LONGEST_S
from mailroom.domain.record import ClaimCheck, Record, Status
from mailroom.pipeline import lease
from mailroom.pipeline.redrive import RedrivePorts, redrive
from mailroom.pipeline.sweep import GRACE, PUT_BACKS, SweepPorts, sweep
from tests.fakes import START, FakeClock, FakeMailStore, FakeMarks, FakeQueue, FakeRecordStore, working_record

TRIES = 5


@dataclass
class Queue:
    put: dict[str, int] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)

    def send_again(self, message, wait_s: int) -> None:
        self.sent[message["messageId"]] = wait_s

    def put_back(self, receipt_handle: str, wait_s: int) -> None:
        self.put[receipt_handle] = wait_s


ENDS = st.one_of(
    st.just(None),
    st.floats(0, 10_000).map(lambda wait_s: TransientError("busy", retry_after_s=wait_s)),
    st.just(PermanentError("bad")),
    st.just(StopTheLineError("401")),
    st.floats(0, 900).map(lambda wait_s: LineStoppedError("stopped", retry_after_s=wait_s)),
    st.just(OverBudgetError("spent", until=START)),
    st.just(ZeroDivisionError()),
)


@settings(max_examples=60)
@given(st.lists(st.tuples(ENDS, st.integers(1, TRIES)), min_size=1, max_size=10))
def test_each_message_of_a_batch_ends_alone_and_waits_at_least_as_long_as_asked(ends):
    handled = []

    def handle(message) -> None:
        handled.append(message.body)
        error = ends[int(message.body)][0]
        if error is not None:
            raise error

    messages = [
        {
            "messageId": str(number),
            "receiptHandle": str(number),
            "body": str(number),
            "attributes": {"ApproximateReceiveCount": str(count)},
            "eventSource": "aws:sqs",
        }
        for number, (_, count) in enumerate(ends)
    ]
    queue = Queue()
    answer = process_side_by_side({"Records": messages}, handle, None, queue, tries=TRIES)
    named = {item["itemIdentifier"] for item in answer["batchItemFailures"]}

    assert sorted(handled, key=int) == [str(number) for number in range(len(ends))]
    for number, (error, count) in enumerate(ends):
        name = str(number)
        if isinstance(error, StopTheLineError):
            assert (name in named, name in queue.put) == (False, False)
            assert queue.sent[name] >= getattr(error, "retry_after_s", 0)
        elif error is None or isinstance(error, OverBudgetError):
            assert (name in named, name in queue.put, name in queue.sent) == (False, False, False)
        else:
            assert name in named
            assert name not in queue.sent
            asked_s = getattr(error, "retry_after_s", 0)
            assert queue.put[name] == 0 if count >= TRIES else queue.put[name] >= min(asked_s, LONGEST_S)


def sweeping(records: FakeRecordStore, intake: FakeQueue, clock: FakeClock) -> SweepPorts:
    def never(_):
        raise AssertionError("nothing is missing here")

    return SweepPorts(
        archive=FakeMailStore(),
        bucket="raw",
        records=records,
        roll_call=records,
        marks=FakeMarks(),
        intake=intake,
        reviews=FakeQueue(),
        clock=clock,
        received_again=never,
        receive=never,
    )


@given(st.lists(st.integers(1, 600), min_size=1, max_size=12), st.integers(0, 4))
def test_a_mail_that_kills_its_readers_is_given_up_with_the_reason_and_others_are_not(minutes, others):
    """Each time the killer is handed out a worker takes it and dies; the others only wait behind it."""
    records, intake, clock = FakeRecordStore(), FakeQueue(), FakeClock()
    records.create(working_record("killer", Status.RECEIVED))
    for number in range(others):
        records.create(working_record(f"waiting-{number}", Status.RECEIVED))
    ports, deaths = sweeping(records, intake, clock), 0
    lease.take(records.rows["killer"], records, clock, timedelta(minutes=2))
    # Whatever the sweeps' rhythm, time goes on: after the drawn spans there are always enough longer ones.
    for span in [*minutes, *[60] * (PUT_BACKS + 1)]:
        clock.pass_by(timedelta(minutes=span))
        sweep(ports)
        for claim in intake.claims:
            if claim.record_id == "killer" and records.rows["killer"].status is Status.EXTRACTING:
                deaths += 1
                lease.take(records.rows["killer"], records, clock, timedelta(minutes=2))
        intake.claims.clear()

    killer = records.rows["killer"]
    assert killer.status is Status.FAILED
    assert "every worker that took it ended before it was read" in killer.reasons[-1]
    assert deaths <= PUT_BACKS
    assert {records.rows[f"waiting-{number}"].status for number in range(others)} <= {Status.RECEIVED}


ACTIONS = st.lists(st.sampled_from(["redrive", "redrive", "fails", "succeeds", "later"]), max_size=20)


@given(ACTIONS)
def test_redriving_again_and_again_starts_a_record_once_per_failure(actions):
    records, intake, clock = FakeRecordStore(), FakeQueue(), FakeClock()
    records.create(working_record("dead", Status.FAILED))
    ports, failures = RedrivePorts(records, intake, clock), 1
    for action in actions:
        record = records.rows["dead"]
        if action == "redrive":
            after = redrive("dead", ports)
            assert after is not None
            assert after.status is not Status.FAILED
        elif action == "later":
            clock.pass_by(GRACE)
        elif record.status is Status.RECEIVED:
            end = Status.FAILED if action == "fails" else Status.ACCEPTED
            taken = lease.take(record, records, clock, timedelta(minutes=2))
            lease.file(taken.moved(end, at=clock.now()), taken, records)
            failures += end is Status.FAILED

    redriven = {(claim.record_id, claim.key) for claim in intake.claims}
    assert redriven <= {("dead", "raw/dead")}
    assert len(intake.claims) <= failures
    assert all(isinstance(claim, ClaimCheck) for claim in intake.claims)


@given(st.lists(st.sampled_from(["ours", "theirs"]), min_size=2, max_size=6))
def test_of_two_who_redrive_at_once_one_starts_it_and_the_other_changes_nothing(order):
    records, intake, clock = FakeRecordStore(), FakeQueue(), FakeClock()
    records.create(working_record("dead", Status.FAILED))
    seen_early = records.rows["dead"]

    class Late(FakeRecordStore):
        """Another operator's view of the same table, from before anybody began."""

        def get(self, record_id: str) -> Record | None:
            return seen_early if record_id == "dead" else None

    late = Late(records.rows)
    for who in order:
        try:
            redrive("dead", RedrivePorts(records if who == "ours" else late, intake, clock))
        except MailroomError:
            continue

    assert len(intake.claims) == 1
    assert records.rows["dead"].version == seen_early.version + 1
