"""The twin: the deployed application on this machine, its doors, and an end that leaves nothing behind."""

import json
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette

from local.twin import console, forms, ses, smtp
from local.twin.deploy import Deployment, client, deploy
from local.twin.emulator import ACCESS_KEY, LOOPBACK, REGION, ROOT, SECRET_KEY, Emulator, free_port
from local.twin.errors import RefusedMailError, TwinError
from local.twin.hosts import Host, host_named
from local.twin.inprocess import InProcess, deployed_environment, import_ahead
from local.twin.invoking import FunctionError
from local.twin.pumps import Pumps, failure_record
from local.twin.sources import serve_mappings, serve_schedules
from local.twin.template import load_template, resources_of
from local.twin.workers import VISIBILITY_S, WORKERS_ENVIRONMENT, Workers
from mailroom.adapters.clock import SystemClock
from mailroom.adapters.sessions import DynamoDBSessions

DEFAULT_HOST = "inprocess"
"""Chosen by measurement: docs/adr/0002-functions-run-in-this-process-in-the-demo.md."""

QUEUES = (
    *("Intake", "IntakeDeadLetter", "Review", "ReviewDeadLetter", "Delivery", "DeliveryDeadLetter"),
    *("DispatchDeadLetter", "ReceiveFailure"),
)


class Twin:
    """The application as deployed. Use it as a context manager; ``start`` returns when it is ready."""

    def __init__(
        self, emulator: Emulator, host: Host, deployment: Deployment, state_dir: Path, functions_endpoint: str = ""
    ) -> None:
        self.endpoint_url = emulator.endpoint_url
        self._functions_endpoint = functions_endpoint or emulator.endpoint_url
        self.host = host
        self.log_path = emulator.log_path
        self.outputs = dict(deployment.outputs)
        self._deployment = deployment
        self._undo = ExitStack()
        self._undo.callback(emulator.stop)
        self._clients = cache(lambda service: client(service, self.endpoint_url))
        template = load_template(ROOT / "template.yaml")
        functions = resources_of(template, "AWS::Serverless::Function")
        self._folders = {
            deployment.physical_ids[logical_id]: Path(function["CodeUri"]).name
            for logical_id, function in functions.items()
        }
        self._logical_ids = {deployment.physical_ids[logical_id]: logical_id for logical_id in functions}
        self._configurations = {
            name: self.client("lambda").get_function_configuration(FunctionName=name) for name in self._folders
        }
        self._in_process = InProcess(self._configurations, self._folders)
        self.workers = Workers(self._configurations, self._folders, state_dir / "workers.log")
        self._invoke = {"inprocess": self._in_process.invoke, "workers": self.workers.invoke}.get(
            host.name, self._invoke_emulated
        )
        self._pumps = Pumps(self._invoke)
        self._state_dir = state_dir

    @classmethod
    def start(
        cls,
        *,
        host: str | Host = DEFAULT_HOST,
        state_dir: Path | str = ROOT / ".mailroom" / "twin",
        model_url: str = "",
        api_key: str = "",
        parameters: Mapping[str, str] | None = None,
        port: int = 0,
        enforce_iam: bool = False,
        code_root: Path = ROOT,
        functions_endpoint: str = "",
    ) -> Self:
        """Start the emulator, deploy template.yaml and serve its events; raises TwinError with the remedy.

        ``model_url`` is the Messages API that the functions call ("" is the SDK's own), ``api_key`` what they find in
        the secret, ``parameters`` are the template's, ``port`` the emulator's (0 picks a free one). With
        ``enforce_iam`` a function that runs in a process of its own may only do what its role allows. ``code_root``
        is the tree whose ``functions/`` run there, this project's unless a test has its own. ``functions_endpoint`` is
        what workers take for AWS, where something stands between them and the emulator.
        """
        chosen = host if isinstance(host, Host) else host_named(host)
        folder = Path(state_dir).resolve()
        if chosen.name == "inprocess":
            import_ahead()
        emulator = Emulator(folder, port, enforce_iam=enforce_iam).start()
        try:
            given = {"AnthropicBaseUrl": model_url, **(parameters or {})}
            deployment = deploy(emulator.endpoint_url, chosen, given, code_root)
            twin = cls(emulator, chosen, deployment, folder, functions_endpoint)
        except BaseException:
            emulator.stop()
            raise
        try:
            twin._begin(api_key)
        except BaseException:
            twin.stop()
            raise
        return twin

    def _begin(self, api_key: str) -> None:
        if api_key:
            self.client("secretsmanager").put_secret_value(
                SecretId=self.outputs["AnthropicApiKey"], SecretString=api_key
            )
        if self.host.name == "inprocess":
            # Metrics go to standard output, which belongs to whoever runs the twin.
            variables = self.environment | {"POWERTOOLS_METRICS_DISABLED": "true"}
            self._undo.enter_context(deployed_environment(variables, self._state_dir / "functions.log"))
            self._in_process.load()
        if self.host.name == "workers":
            variables = self.environment | {"POWERTOOLS_METRICS_DISABLED": "true"} | WORKERS_ENVIRONMENT
            variables["AWS_ENDPOINT_URL"] = self._functions_endpoint
            self._undo.enter_context(deployed_environment(variables, self._state_dir / "functions.log"))
            for url in ("IntakeQueueUrl", "ReviewQueueUrl"):
                self.client("sqs").set_queue_attributes(
                    QueueUrl=self.outputs[url], Attributes={"VisibilityTimeout": str(VISIBILITY_S)}
                )
            self._undo.callback(self.workers.stop)
            self.workers.begin()
        if self.host.containers:
            self._begin_containers()
        self._undo.callback(self._pumps.stop)
        if self.host.idle:
            return
        serve_mappings(self._pumps, self.client, self.host)
        if "Schedule" in self.host.pumped:
            serve_schedules(self._pumps, self.client)

    def _begin_containers(self) -> None:
        from local.containers.sam import SamLambda, within_reach  # noqa: PLC0415 -- of no use to the other hosts

        by_logical_id = {self._logical_ids[name]: found for name, found in self._configurations.items()}
        engine = self._undo.enter_context(within_reach(by_logical_id, self.endpoint_url))
        if not self.host.idle:
            sam = SamLambda(engine, self._logical_ids, self._state_dir)
            self._undo.callback(sam.stop)
            self._pumps.invoke = self._invoke = sam.invoke

    def stop(self) -> None:
        """End everything that was started; stopping twice does nothing."""
        self._undo.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def client(self, service: str) -> Any:
        """Return a boto3 client of the twin."""
        return self._clients(service)

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables with which our code works on this twin, as if it were deployed in it."""
        variables: dict[str, str] = {}
        for configuration in self._configurations.values():
            variables |= configuration["Environment"]["Variables"]
        return variables | {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": f"{LOOPBACK},localhost",
        }

    def folder_of(self, logical_id: str) -> str:
        """Return the folder below ``functions/`` in which a function's code lies."""
        return self._folders[self._deployment.physical_ids[logical_id]]

    def invoke(self, logical_id: str, event: Mapping[str, Any]) -> Any:
        """Call a function by its logical id and return its answer; raises FunctionError."""
        return self._invoke(self._deployment.physical_ids[logical_id], event)

    def deliver_email(
        self,
        raw: bytes,
        *,
        mail_from: str,
        recipients: Sequence[str],
        verdicts: Mapping[str, str] | None = None,
        ses_message_id: str | None = None,
    ) -> str:
        """Do what SES does with a mail, and return SES's id of it. The same id again is a second delivery.

        Raises RefusedMailError where SES would refuse: no rule takes a recipient, or the mail is too large.
        """
        rule = self._deployment.receipt_rule
        taken = ses.taken_recipients(rule, recipients)
        if not taken:
            raise RefusedMailError(
                f"550 No receipt rule takes mail for {', '.join(recipients)}; it takes {', '.join(rule['Recipients'])}."
            )
        delivery = ses.envelope(mail_from, taken, verdicts, ses_message_id)
        stored = ses.as_stored(raw, delivery)
        for action in rule["Actions"]:
            if "S3Action" in action:
                place = action["S3Action"]
                key = place.get("ObjectKeyPrefix", "") + delivery.ses_message_id
                self.client("s3").put_object(Bucket=place["BucketName"], Key=key, Body=stored)
            elif "LambdaAction" in action:
                if self.host.idle:
                    continue
                arn = action["LambdaAction"]["FunctionArn"]
                self._call_later(arn, ses.receipt_event(stored, delivery, arn))
            else:
                raise TwinError(f"The twin's SES has no action {next(iter(action))}: add it to local/twin/twin.py.")
        return delivery.ses_message_id

    def post_form(
        self, form: str, body: bytes, content_type: str, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Do what the HTTP API does with a form; returns the status and the body of its answer."""
        given = {**(headers or {}), **({"content-type": content_type} if content_type else {})}
        return self._forms_api().post(self.client("sqs"), f"/forms/{form}", body, given)

    @contextmanager
    def smtp_door(self, port: int = 1025) -> Iterator[int]:
        """Open the SMTP door on loopback for the length of a ``with``; yields its port (0 picks a free one)."""
        chosen = port or free_port()
        rule = self._deployment.receipt_rule

        def deliver(raw: bytes, mail_from: str, recipients: Sequence[str], verdicts: Mapping[str, str]) -> str:
            return self.deliver_email(raw, mail_from=mail_from, recipients=recipients, verdicts=verdicts)

        try:
            door = smtp.open_door(chosen, lambda address: bool(ses.taken_recipients(rule, [address])), deliver)
        except OSError as error:
            raise _port_taken(chosen) from error
        try:
            yield chosen
        finally:
            door.stop()

    @contextmanager
    def forms_door(self, port: int = 8025) -> Iterator[int]:
        """Open the forms' HTTP door on loopback for the length of a ``with``; yields its port (0 picks a free one)."""
        chosen = port or free_port()
        application = forms.door(self._forms_api(), self.client("sqs"))
        with _serving(application, chosen):
            yield chosen

    @contextmanager
    def console_door(self, port: int = 8026) -> Iterator[int]:
        """Open the console on loopback for the length of a ``with``; yields its port (0 picks a free one)."""
        chosen = port or free_port()
        application = console.door(lambda event: self.invoke("ServeConsoleFunction", event), self.sessions())
        with _serving(application, chosen):
            yield chosen

    def sessions(self) -> DynamoDBSessions:
        """Return who is signed in to the console."""
        return DynamoDBSessions(self.client("dynamodb"), self.outputs["ConsoleSessionsTable"], SystemClock())

    def pending(self) -> dict[str, int]:
        """Return how many messages each queue holds, visible, delayed or in flight, and the calls under way."""
        waiting = {}
        for name in QUEUES:
            found = self.client("sqs").get_queue_attributes(
                QueueUrl=self.outputs[f"{name}QueueUrl"],
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                    "ApproximateNumberOfMessagesDelayed",
                ],
            )["Attributes"]
            waiting[f"{name}Queue"] = sum(int(count) for count in found.values())
        return waiting | {"calls": self._pumps.busy}

    def _forms_api(self) -> forms.FormsApi:
        api = self._deployment.physical_ids["FormsApi"]
        gateway = self.client("apigatewayv2")
        (route,) = gateway.get_routes(ApiId=api)["Items"]
        integration = gateway.get_integration(ApiId=api, IntegrationId=route["Target"].rpartition("/")[2])
        return forms.FormsApi(route["RouteKey"], integration["RequestParameters"])

    def _invoke_emulated(self, function_name: str, event: Mapping[str, Any]) -> Any:
        answer = self.client("lambda").invoke(FunctionName=function_name, Payload=json.dumps(event))
        payload = answer["Payload"].read()
        if answer.get("FunctionError"):
            raise FunctionError(payload.decode(errors="replace")[:500])
        return json.loads(payload) if payload else None

    def _call_later(self, function_arn: str, event: Mapping[str, Any]) -> None:
        # Not by the emulator's own asynchronous calls: it would start one process per mail, all at once, and drop what
        # it throttles after seconds, where Lambda waits for hours.
        def give_up(reason: str) -> None:
            self.client("sqs").send_message(
                QueueUrl=self.outputs["ReceiveFailureQueueUrl"], MessageBody=failure_record(function_arn, reason, event)
            )

        self._pumps.call_later(function_arn.rpartition(":")[2], event, give_up)


@contextmanager
def _serving(application: Starlette, port: int) -> Iterator[None]:
    listening = _listening(port)
    server = uvicorn.Server(
        uvicorn.Config(application, host=LOOPBACK, port=port, log_level="error", lifespan="off", ws="none")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name=f"door-{port}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        listening.close()


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((LOOPBACK, port))
    except OSError as error:
        raise _port_taken(port) from error


def _port_taken(port: int) -> TwinError:
    return TwinError(f"Port {port} is taken on {LOOPBACK}: end what listens there, or choose another.")
