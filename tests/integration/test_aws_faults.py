"""What the proxy of ``mailroom chaos`` does to calls of the AWS SDK, over real HTTP to a server that obeys."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.chaos.aws_faults import AwsFault, AwsFaults
from local.chaos.proxy import Proxy, between

pytestmark = pytest.mark.enable_socket


class Aws(ThreadingHTTPServer):
    """Carries out whatever is asked, and remembers it."""

    def __init__(self) -> None:
        self.carried_out: list[bytes] = []
        super().__init__(("127.0.0.1", 0), Answering)


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.server.carried_out.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    do_PUT = do_POST  # noqa: N815 -- the library's name

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def aws() -> Iterator[Aws]:
    with Aws() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def client_of(proxy: Proxy, service: str = "dynamodb"):
    bounds = Config(retries={"mode": "standard", "total_max_attempts": 3}, proxies={})
    return boto3.client(service, endpoint_url=proxy.url, region_name="us-east-1", config=bounds)


def put(proxy: Proxy) -> None:
    client_of(proxy).put_item(TableName="t", Item={"id": {"S": "1"}})


def faults(fault: AwsFault, *, stubborn: float = 1.0, carried_out: float = 0.0) -> AwsFaults:
    return AwsFaults({fault: 1.0}, 0, stubborn=stubborn, carried_out=carried_out)


def test_without_faults_every_call_passes(aws):
    with between(f"http://127.0.0.1:{aws.server_port}", AwsFaults({}, 0)) as proxy:
        put(proxy)
        client_of(proxy, "s3").put_object(Bucket="b", Key="k", Body=b"body")

    assert len(aws.carried_out) == 2
    assert (proxy.calls["dynamodb"], proxy.calls["s3"]) == (1, 1)


@pytest.mark.parametrize(
    ("fault", "code"),
    [(AwsFault.THROTTLES, "ProvisionedThroughputExceededException"), (AwsFault.ERRORS, "InternalServerError")],
)
def test_a_stubborn_fault_outlasts_the_sdks_tries_and_nothing_is_carried_out(aws, fault, code):
    with (
        between(f"http://127.0.0.1:{aws.server_port}", faults(fault)) as proxy,
        pytest.raises(ClientError) as refused,
    ):
        put(proxy)

    assert refused.value.response["Error"]["Code"] == code
    assert aws.carried_out == []
    assert proxy.met == {fault: 1, "surfaced": 1, "carried_out": 0}


@pytest.mark.parametrize(("fault", "error"), [(AwsFault.ERRORS, ClientError), (AwsFault.CUTS, BotoCoreError)])
def test_a_lost_answer_was_carried_out_at_every_try(aws, fault, error):
    with (
        between(f"http://127.0.0.1:{aws.server_port}", faults(fault, carried_out=1.0)) as proxy,
        pytest.raises(error),
    ):
        put(proxy)

    assert len(aws.carried_out) == 3


@pytest.mark.parametrize("fault", list(AwsFault))
def test_a_passing_fault_is_the_sdks_to_heal(aws, fault):
    with between(f"http://127.0.0.1:{aws.server_port}", faults(fault, stubborn=0.0)) as proxy:
        put(proxy)

    assert len(aws.carried_out) == 1
    assert proxy.met[fault] == 1


def test_each_service_refuses_in_its_own_notation(aws):
    with between(f"http://127.0.0.1:{aws.server_port}", faults(AwsFault.THROTTLES)) as proxy:
        refusals = []
        for service, call, wanted in (
            ("s3", "put_object", {"Bucket": "b", "Key": "k", "Body": b"body"}),
            ("sqs", "send_message", {"QueueUrl": "http://127.0.0.1/1/q", "MessageBody": "m"}),
            ("events", "put_events", {"Entries": [{}]}),
        ):
            with pytest.raises(ClientError) as refused:
                getattr(client_of(proxy, service), call)(**wanted)
            refusals.append(refused.value.response["Error"]["Code"])

    assert refusals == ["SlowDown", "RequestThrottled", "ThrottlingException"]
    assert aws.carried_out == []
