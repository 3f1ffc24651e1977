"""The memory of paid answers, on moto's DynamoDB."""

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from mailroom.adapters.pay_once import TIME_TO_FILE_S, PayOnce
from mailroom.domain.cost import Usage
from mailroom.domain.errors import StopTheLineError, TransientError
from mailroom.domain.record import CacheVerdict
from mailroom.ports import CacheLife, ModelAnswer, ModelRequest, Outcome
from tests.fakes import FakeModel


class Context:
    def __init__(self, left_s: float) -> None:
        self.left_s = left_s

    def get_remaining_time_in_millis(self) -> int:
        return round(self.left_s * 1000)


def request(call_key="mail-1/extract/haiku/f/0"):
    return ModelRequest(call_key, "extract", "claude-haiku-4-5", "system", (), {}, 100, CacheLife.OFF, timeout_s=60)


@pytest.fixture
def model():
    return FakeModel()


@pytest.fixture
def pay_once(model):
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        dynamodb.create_table(
            TableName="idempotency",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        paying = PayOnce(model, "idempotency", dynamodb)
        paying.config.register_lambda_context(Context(120))
        yield paying


def test_the_same_question_is_answered_from_memory_to_the_last_figure(pay_once, model):
    cut = ModelAnswer("m", Outcome.TRUNCATED, "{", Usage(1, 2, 3, 4, 5), CacheVerdict.HIT, 900, "req_1")
    model.enqueue(cut)

    assert [pay_once.ask(request()), pay_once.ask(request())] == [cut, cut]
    assert len(model.history) == 1


def test_another_question_is_paid_for(pay_once, model):
    model.enqueue("one", "two")

    assert [pay_once.ask(request()).text, pay_once.ask(request("other")).text] == ["one", "two"]


def test_a_call_that_failed_is_made_again(pay_once, model):
    model.enqueue(TransientError("529"), "one")
    with pytest.raises(TransientError):
        pay_once.ask(request())

    assert pay_once.ask(request()).text == "one"


def table_fails_on(operation: str, pay_once: PayOnce, monkeypatch) -> None:
    """Fail every call of one kind, as a throttled table does; the paying's own client is the only one."""
    refused = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, operation)

    def refuse(*_, **__):
        raise refused

    monkeypatch.setattr(pay_once.memory.client, operation, refuse)


def test_an_answer_that_could_not_be_kept_is_given_all_the_same(pay_once, model, monkeypatch):
    table_fails_on("update_item", pay_once, monkeypatch)
    model.enqueue("one")

    assert pay_once.ask(request()).text == "one"


def test_what_the_model_refused_with_is_not_hidden_by_a_table_that_fails_too(pay_once, model, monkeypatch):
    table_fails_on("delete_item", pay_once, monkeypatch)
    model.enqueue(StopTheLineError("401"))

    with pytest.raises(StopTheLineError):
        pay_once.ask(request())


def test_nothing_is_asked_while_it_cannot_be_noted_that_it_is_asked(pay_once, model, monkeypatch):
    table_fails_on("put_item", pay_once, monkeypatch)

    with pytest.raises(TransientError):
        pay_once.ask(request())
    assert model.history == []


def test_a_question_that_another_worker_is_asking_waits(pay_once, model):
    def meanwhile(_request):
        with pytest.raises(TransientError):
            pay_once.ask(request())
        return "one"

    model.enqueue(meanwhile)

    assert pay_once.ask(request()).text == "one"
    assert len(model.history) == 1


def test_a_call_gets_no_more_time_than_the_function_has_left_after_filing(pay_once, model):
    model.enqueue("one")
    pay_once.config.register_lambda_context(Context(20))
    pay_once.ask(request())

    (asked,) = model.history
    assert asked.timeout_s == pytest.approx(20 - TIME_TO_FILE_S, abs=0.1)


def test_a_function_that_is_about_to_end_asks_nothing(pay_once, model):
    pay_once.config.register_lambda_context(Context(5))
    with pytest.raises(TransientError):
        pay_once.ask(request())

    assert model.history == []
