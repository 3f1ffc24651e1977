"""The bulk lane against the stand-in's batches over HTTP: whatever fails, nothing is lost, doubled or paid twice."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from local.standin import Handle, serve
from local.standin.faults import Behaviour
from mailroom.adapters.claude import payload
from mailroom.adapters.claude_batches import ClaudeBatches
from mailroom.catalogue import card
from mailroom.domain.record import ClaimCheck, Lane, Status
from mailroom.pipeline.bulk_ports import Limits
from mailroom.pipeline.extract import extract, question
from mailroom.settings import SettingsError
from tests.bulk_world import World, mail
from tests.fakes import FakeClock


@pytest.fixture(scope="module")
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="module")
def served(clock: FakeClock) -> Iterator[Handle]:
    with serve(clock=lambda: clock.now().timestamp()) as handle:
        yield handle


@pytest.fixture
def standin(served: Handle) -> Handle:
    served.api.reset()
    served.api.behaviour = Behaviour()
    return served


@pytest.fixture
def world(standin: Handle, clock: FakeClock) -> World:
    return World(standin, clock)


def mails(count: int) -> list[bytes]:
    return [mail(number) for number in range(count)]


def lots_of(world: World) -> list[int]:
    return [len(lot.members) for name in world.parcels.open() for lot in world.parcels.load(name).lots]


def assert_each_read_once_in_a_batch(world: World, count: int) -> None:
    rows = list(world.records.rows.values())
    assert len(rows) == count
    assert not [row.record_id for row in rows if row.status is Status.BATCHED]
    assert [[attempt.lane for attempt in row.attempts] for row in rows] == [[Lane.BATCH]] * count
    assert list(world.paid.values()) == [1] * count


def test_a_backlog_is_read_in_batches_judged_as_ever_and_costs_half(world, standin, clock):
    world.take_in(mails(3))
    world.settle()
    assert_each_read_once_in_a_batch(world, 3)

    alone = World(standin, clock)
    alone.mail.objects["raw/m0"] = mail(0)
    live = extract(ClaimCheck("mail-live", "raw", "raw/m0"), alone.live)
    batched = next(row for row in world.records.rows.values() if row.key == "raw/m0")

    assert (batched.status, batched.kind, batched.fields) == (live.status, live.kind, live.fields)
    (attempt,) = batched.attempts
    assert attempt.cost_usd * 2 == sum(
        count * price / Decimal(1_000_000)
        for count, price in (
            (attempt.usage.input_tokens, Decimal(1)),
            (attempt.usage.output_tokens, Decimal(5)),
            (attempt.usage.cache_read_tokens, Decimal("0.1")),
            (attempt.usage.cache_write_1h_tokens, Decimal(2)),
        )
    )


def test_a_batchs_request_is_the_live_one_but_for_the_life_of_its_cache(world):
    world.take_in(mails(1))
    (record,) = world.records.rows.values()
    live = payload(question(record, world.live), card("claude-haiku-4-5"), "api")
    batched = payload(question(record, world.bulk.extracting), card("claude-haiku-4-5"), "api")

    assert batched["system"][0].pop("cache_control") == {"type": "ephemeral", "ttl": "1h"}
    assert live["system"][0].pop("cache_control") == {"type": "ephemeral"}
    assert batched == live


def test_what_is_filed_already_and_what_comes_twice_is_not_paid_again(world):
    world.take_in(mails(2))
    world.settle()
    again = world.take_in([*mails(2), mail(7), mail(7)])

    assert len(again.record_ids) == 1
    assert again.others["double"] == 1
    world.settle()
    assert_each_read_once_in_a_batch(world, 3)


def test_batches_are_packed_by_count_and_by_size(standin, clock):
    by_count = World(standin, clock, limits=Limits(requests=2))
    by_count.take_in(mails(5))
    by_count.advance()
    assert [len(lot.members) for name in by_count.parcels.open() for lot in by_count.parcels.load(name).lots] == [
        2,
        2,
        1,
    ]

    by_size = World(standin, clock)
    by_size.take_in(mails(3))
    (row, *_) = by_size.records.rows.values()
    weight = by_size.bulk.batches.weight(question(row, by_size.bulk.extracting))
    tight = World(standin, clock, limits=Limits(size_bytes=2 * weight + 200))
    tight.take_in(mails(3))
    tight.advance()
    assert lots_of(tight) == [2, 1]
    for each in (by_count, tight):
        each.settle()  # what a batch does after its test would be billed to the next


def test_what_is_undone_goes_into_another_batch_and_in_the_end_the_ordinary_way(world, standin):
    standin.api.behaviour = Behaviour(batch_errored=0.3, batch_expired=0.3)
    world.take_in(mails(12))
    world.settle()
    lanes = [row.attempts[0].lane for row in world.records.rows.values()]

    assert Lane.BATCH in lanes
    assert all(len(row.attempts) == 1 for row in world.records.rows.values())
    assert not [row for row in world.records.rows.values() if row.status in {Status.RECEIVED, Status.BATCHED}]

    standin.api.behaviour = Behaviour(batch_expired=1.0)
    world.take_in([mail(99)])
    world.settle()
    last = max(world.records.rows.values(), key=lambda row: row.received_at)
    assert [attempt.lane for attempt in last.attempts] == [Lane.LIVE]
    assert standin.api.ledger.paid_twice == 0


def test_a_batch_that_never_ends_expires_after_a_day_and_the_sweep_has_nothing_to_do_meanwhile(world, standin, clock):
    standin.api.behaviour = Behaviour(batch_delay_s=3600)
    world.take_in(mails(2))
    world.advance()
    clock.pass_by(timedelta(hours=23))
    world.advance()
    assert world.records.by_status()[Status.BATCHED] == 2
    assert world.records.overdue(clock.now(), 10) == []

    clock.pass_by(timedelta(hours=1, minutes=1))
    standin.api.behaviour = Behaviour()
    world.settle()
    assert_each_read_once_in_a_batch(world, 2)


def test_results_that_break_off_are_read_again_and_nothing_is_filed_or_paid_twice(world, standin):
    standin.api.behaviour = Behaviour(batch_cut=1.0, at_most=2)
    world.take_in(mails(6))
    world.settle()
    assert_each_read_once_in_a_batch(world, 6)


def test_a_refused_creation_leaves_everything_waiting_and_is_tried_again(world, standin):
    standin.api.behaviour = Behaviour(batch_refused=1.0, at_most=1)
    world.take_in(mails(2))
    refused = world.advance()

    assert (refused.waiting, refused.in_batches) == (2, 0)
    assert "429" in refused.said
    world.settle()
    assert_each_read_once_in_a_batch(world, 2)


def test_a_batch_whose_creation_nobody_heard_of_is_found_and_not_made_again(world, standin):
    standin.api.behaviour = Behaviour(batch_unheard=1.0, at_most=1)
    world.take_in(mails(3))
    unheard = world.advance()

    assert (unheard.waiting, unheard.in_batches) == (0, 3)
    world.settle()
    assert_each_read_once_in_a_batch(world, 3)
    assert len(list(world.client.messages.batches.list())) == 1


def test_others_batches_of_the_same_size_are_not_taken_for_a_lost_one(world, standin):
    params = {"model": "claude-haiku-4-5", "max_tokens": 10, "messages": [{"role": "user", "content": "Hello"}]}
    world.client.messages.batches.create(requests=[{"custom_id": f"r{n}", "params": params} for n in range(2)])
    world.take_in(mails(2))
    world.restarted(world.advance, (1, False))  # before the batch is made: its intent alone is written
    world.settle()

    assert len(list(world.client.messages.batches.list())) == 2
    assert not [row for row in world.records.rows.values() if row.status is Status.BATCHED]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_write_of_any_run_loses_doubles_and_pays_nothing_twice(standin, clock, after):
    finished, runs = False, 0
    for at in range(200):
        world = World(standin, clock, limits=Limits(requests=2))
        standin.api.reset()
        world.take_in(mails(3))
        died_at = at
        for _ in range(60):  # the process that dies is whichever comes to the write number `at` in all
            begun = world.restarted(world.advance, (died_at, after))
            died_at -= len(begun)
            runs += 1
            if died_at < 0 or not world.parcels.open():
                break
            clock.pass_by(timedelta(minutes=1))
        finished = died_at >= 0
        world.settle()
        assert_each_read_once_in_a_batch(world, 3)
        if finished:
            break
    assert finished
    assert at > 8


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_while_taking_in_loses_nothing_once_the_command_is_run_again(standin, clock, after):
    for at in range(7):  # three mails stored, three rows opened, one parcel written
        world = World(standin, clock)
        standin.api.reset()
        begun = world.restarted(lambda taken=world: taken.take_in(mails(3)), (at, after))
        assert len(begun) == at + 1
        world.take_in(mails(3))
        world.settle()
        assert_each_read_once_in_a_batch(world, 3)


def test_a_days_budget_is_kept_at_batch_prices_and_the_leases_of_what_waits_too(standin, clock):
    world = World(standin, clock, daily_usd=Decimal("0.05"))
    world.take_in(mails(12))
    first = world.advance()

    assert first.waiting > 0
    assert first.in_batches > 0
    assert "budget" in first.said
    for _ in range(30):
        world.advance()
        world.worked_off()
        clock.pass_by(timedelta(hours=3))
        assert not [row for row in world.records.overdue(clock.now(), 99) if row.status is Status.BATCHED]
        assert all(spent <= Decimal("0.05") for spent in world.purse.sums.values())
    world.settle(step=timedelta(hours=3))
    assert_each_read_once_in_a_batch(world, 12)


def test_a_request_that_the_api_never_takes_fails_its_message_with_the_reason(world, standin, monkeypatch):
    monkeypatch.setattr(ClaudeBatches, "_params", lambda *_: {"model": "claude-haiku-4-5", "max_tokens": 1})
    world.take_in(mails(1))
    world.settle()
    (row,) = world.records.rows.values()

    assert row.status is Status.FAILED
    assert "invalid_request_error" in row.reasons[-1]


def test_a_message_that_moved_on_meanwhile_is_left_as_it_is(world, standin):
    world.take_in(mails(2))
    world.advance()
    (gone, _) = world.records.rows.values()
    world.records.rows[gone.record_id] = gone.moved(Status.FAILED, at=gone.updated_at, reasons=("A person said so.",))
    world.settle()

    assert world.records.rows[gone.record_id].reasons == ("A person said so.",)
    assert world.records.by_status()[Status.BATCHED] == 0


def test_a_mail_with_nothing_to_read_fails_and_costs_nothing(world):
    world.take_in([mail(1), b"From: a@b.example\r\nMessage-ID: <e@b.example>\r\n\r\n\r\n"])
    world.settle()

    assert world.records.by_status()[Status.FAILED] == 1
    assert list(world.paid.values()) == [1]


@pytest.mark.parametrize("route", ["bedrock", "vertex"])
def test_a_route_without_batches_is_refused_with_what_to_do(route):
    with pytest.raises(SettingsError, match=r"ModelProvider.*without --batch"):
        ClaudeBatches(lambda: None, card, route)
