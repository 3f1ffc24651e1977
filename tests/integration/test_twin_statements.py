"""No statement of a policy is there for nothing: without it, something that its function does is refused.

The roles are the template's, deployed; the emulator enforces them; a statement is taken out of the role in place.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from local.standin.running import serve
from local.twin import Twin
from local.twin.emulator import ROOT
from local.twin.hosts import ALL_SOURCES, Host
from local.twin.template import load_template, resources_of
from mailroom.console.routes import ROUTES
from tests.exercises import EXERCISES, RefusedError, World
from tests.receiver import receiving

pytestmark = [
    pytest.mark.twin,
    pytest.mark.timeout(300),
    # Powertools says so where a function has had nothing to count; in Lambda nobody would see it.
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

FUNCTIONS = resources_of(load_template(ROOT / "template.yaml"), "AWS::Serverless::Function")
NOT_PROVABLE = {
    "UsesTheKey": "the emulator encrypts nothing, and so asks for no grant of the key",
    "AsksClaudeOnBedrock": "Claude is asked there, not on the emulator",
    "AnswersInItsProfilesRegions": "Claude is asked there, not on the emulator",
    "AsksClaudePlatformOnAws": "Claude is asked there, not on the emulator",
    "KeepsWhatFailed": "Lambda's own poller uses it, where our pump has rights of its own",
}

if not any(route.pattern.endswith("/requeue") for route in ROUTES):
    NOT_PROVABLE["AsksForItAgain"] = "no page of the console asks for it yet"


def statements() -> list[tuple[str, str]]:
    """Return every function with each statement's Sid, those under a condition included."""
    found = []
    for function, properties in FUNCTIONS.items():
        for policy in properties["Policies"]:
            for statement in policy["Statement"]:
                said = statement["Fn::If"][1] if "Fn::If" in statement else statement
                found.append((function, said["Sid"]))
    return found


PROVABLE = [pair for pair in statements() if pair[1] not in NOT_PROVABLE]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    idle = Host("processes", ALL_SOURCES, idle=True)
    given = {
        "Deliveries": "true",
        "AcknowledgeFrom": "hello@shop.example",
        "FormSecretsArn": "arn:aws:secretsmanager:us-east-1:000000000000:secret:forms",
        "SecondReading": "lead,invoice,support_request,other",
    }
    with (
        serve() as model,
        receiving() as receiver,
        Twin.start(
            host=idle,
            state_dir=tmp_path_factory.mktemp("state"),
            model_url=model.url,
            api_key="a-key",
            parameters=given,
            enforce_iam=True,
        ) as twin,
    ):
        hooks = [
            {
                "name": name,
                "type": "webhook",
                "url": receiver.url,
                "secrets": ["whsec_b2xkIG9sZCBvbGQgb2xkIG9sZCBvbGQgb2xk"],
                "internal": True,
            }
            for name in ("crm", "erp")
        ]
        said = {"endpoints": hooks, "acknowledgement": {"texts": {"lead": "Thank you."}}}
        secrets = twin.client("secretsmanager")
        secrets.put_secret_value(SecretId=twin.outputs["DeliveriesSecret"], SecretString=json.dumps(said))
        made = secrets.create_secret(Name="forms", SecretString='{"other": "a-secret"}')
        # Its ARN ends in letters that nobody knows before; in AWS it is there before the stack is.
        rewrite(twin, "ExtractRecordFunction", lambda policy: policy.replace(given["FormSecretsArn"], made["ARN"]))
        rewrite(twin, "DeliverNoticeFunction", as_the_emulator_judges_mail)
        twin.client("ses").verify_email_identity(EmailAddress="hello@shop.example")
        yield World(twin, model)


@pytest.mark.parametrize("function", EXERCISES)
def test_a_function_is_refused_nothing_that_it_does(world: World, function: str):
    world.tidy()
    EXERCISES[function](world)

    assert world.denied == []


@pytest.mark.parametrize(("function", "sid"), PROVABLE, ids=[f"{name}-{sid}" for name, sid in PROVABLE])
def test_without_a_statement_something_that_the_function_does_is_refused(world: World, function: str, sid: str):
    world.tidy()

    with without(world.twin, function, sid), pytest.raises(RefusedError):
        EXERCISES[function](world)


def test_every_function_is_exercised_and_every_exception_is_of_a_statement_that_exists():
    assert set(EXERCISES) == set(FUNCTIONS)
    assert set(NOT_PROVABLE) <= {sid for _, sid in statements()}


@contextmanager
def without(twin: Twin, function: str, sid: str) -> Iterator[None]:
    """Take one statement out of a function's role for the length of a ``with``."""

    def cut(policy: str) -> str:
        document = json.loads(policy)
        return json.dumps(document | {"Statement": [said for said in document["Statement"] if said.get("Sid") != sid]})

    before = rewrite(twin, function, cut)
    assert sid in "".join(before.values()), f"{sid} is not deployed"
    try:
        yield
    finally:
        kept = iter(before.values())
        rewrite(twin, function, lambda _: next(kept))


def as_the_emulator_judges_mail(policy: str) -> str:
    """Loosen who may send mail: the emulator takes each sending to be on ``*``, and knows no ses:FromAddress."""
    document = json.loads(policy)
    for statement in document["Statement"]:
        if statement["Action"] == "ses:SendRawEmail":
            statement["Resource"] = "*"
            statement.pop("Condition")
    return json.dumps(document)


def rewrite(twin: Twin, function: str, change: Callable[[str], str]) -> dict[str, str]:
    """Change every inline policy of a function's role, as JSON text; return what each was, by name."""
    iam = twin.client("iam")
    role = (
        twin.client("lambda").get_function_configuration(FunctionName=twin.outputs[function])["Role"].rpartition("/")[2]
    )
    before = {}
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        before[name] = json.dumps(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=change(before[name]))
    return before
