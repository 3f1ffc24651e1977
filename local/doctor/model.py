"""Does the model answer: the secret, one tiny call to each model, the prompt's prefix, the breaker."""

import re
from collections.abc import Iterator
from datetime import timedelta

from botocore.exceptions import ClientError

from local.doctor.findings import Finding, House, Verdict
from mailroom.catalogue import ModelCard, card
from mailroom.domain.cost import cost_usd
from mailroom.domain.errors import MailroomError
from mailroom.domain.listing import Wanted
from mailroom.domain.record import Status
from mailroom.ports import CacheLife, ModelRequest, Outcome
from mailroom.settings import Asking

_KEY = re.compile(r"sk-ant-[\w-]{20,}")
_SCHEMA = {
    "type": "object",
    "properties": {"ok": {"type": "boolean"}},
    "required": ["ok"],
    "additionalProperties": False,
}
TINY_TOKENS = 32
RETIRES_SOON = timedelta(days=90)
PUT_SECRET = "aws secretsmanager put-secret-value --secret-id {} --secret-string file://key.txt"  # noqa: S105 -- a command


def secret(house: House) -> Iterator[Finding]:
    """The API key must be there and look like one. It is never shown, nor any part of it."""
    name, secret_id = "API key", house.outputs["AnthropicApiKey"]
    if (provider := house.parameters.get("ModelProvider", "anthropic")) != "anthropic":
        yield Finding(name, Verdict.SKIPPED, f"The route {provider} needs none.")
        return
    todo = PUT_SECRET.format(secret_id)
    try:
        key = house.clients("secretsmanager").get_secret_value(SecretId=secret_id).get("SecretString", "")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        key = ""
    if not key:
        yield Finding(name, Verdict.FAIL, "The secret is empty.", todo)
    elif key != key.strip():
        yield Finding(name, Verdict.FAIL, "The secret has white space at an end, which the API refuses.", todo)
    elif not _KEY.fullmatch(key) and not house.parameters.get("AnthropicBaseUrl"):
        yield Finding(name, Verdict.WARN, "The secret does not look like a key of the Claude API.", todo)
    else:
        yield Finding(name, Verdict.OK, "The secret is there.")


def answers(house: House) -> Iterator[Finding]:
    """Each model is asked one tiny question, as the functions would ask it; what that cost is said."""
    from mailroom.adapters.claude import ClaudeModel  # noqa: PLC0415 - the SDK takes a second; --no-model needs none
    from mailroom.adapters.claude_client import ClaudeClients  # noqa: PLC0415 - the same
    from mailroom.adapters.claude_routes import CATALOGUE_NAMES  # noqa: PLC0415 - the same
    from mailroom.prompts.requests import TextPart  # noqa: PLC0415 - the same

    settings = Asking.from_environment(house.environment)
    clients = ClaudeClients(settings)
    model = ClaudeModel(clients, card, CATALOGUE_NAMES[settings.model_provider], settings.bedrock_geography)
    try:
        for name in dict.fromkeys((settings.extract_model, settings.review_model)):
            chosen = card(name)
            request = ModelRequest(
                call_key=f"doctor/{name}",
                step="doctor",
                model=name,
                system="You answer a health check.",
                content=(TextPart('Answer {"ok": true}.'),),
                answer_schema=_SCHEMA,
                max_tokens=TINY_TOKENS,
                cache=CacheLife.OFF,
                timeout_s=30.0,
            )
            yield _answered(chosen, model, request)
    finally:
        clients.close()


def _answered(chosen: ModelCard, model: object, request: ModelRequest) -> Finding:
    try:
        answer = model.ask(request)  # type: ignore[attr-defined]  # a ReaderModel; importing it would load the SDK
    except MailroomError as error:
        todo = "Check the key, the account's limits and the model's access; the sentence is the API's."
        return Finding(f"Model {chosen.id}", Verdict.FAIL, str(error), todo)
    cost = cost_usd(answer.usage, chosen.price_for(answer.usage))
    said = f"Answered in {answer.duration_ms / 1000:.1f} s for ${cost}."
    if answer.outcome is not Outcome.COMPLETE:
        return Finding(f"Model {chosen.id}", Verdict.WARN, f"{said} The answer was {answer.outcome}.")
    return Finding(f"Model {chosen.id}", Verdict.OK, said)


def retirement(house: House) -> Iterator[Finding]:
    """A model that ends soon needs a successor in time."""
    for parameter in ("ExtractModel", "ReviewModel"):
        chosen = card(house.parameters[parameter])
        left = chosen.retires_on - house.now.date()
        if left <= RETIRES_SOON:
            word = "ends" if chosen.retirement_is_announced else "may end"
            todo = f"Measure another with `mailroom eval`, then set {parameter}."
            over = chosen.retirement_is_announced and left <= timedelta()
            verdict = Verdict.FAIL if over else Verdict.WARN
            yield Finding(parameter, verdict, f"{chosen.id} {word} on {chosen.retires_on}.", todo)
        else:
            yield Finding(parameter, Verdict.OK, f"{chosen.id}, which stays until {chosen.retires_on} at least.")


def prompt_cache(house: House) -> Iterator[Finding]:
    """The cached prefix must be longer than the model's minimum; below it the API silently does not cache."""
    from mailroom.adapters.record_lists import DynamoDBRecordLists  # noqa: PLC0415 - boto3's serializers
    from mailroom.doctypes.registry import document_types  # noqa: PLC0415 - all document types
    from mailroom.prompts.schema_prompt import render  # noqa: PLC0415 - the same

    chosen, prompt = card(house.parameters["ExtractModel"]), render(document_types())
    tokens = int(prompt.estimated_tokens * chosen.tokenizer_factor)
    name = "Prompt cache"
    if tokens < chosen.cache_minimum_tokens:
        said = f"The prefix has at least {tokens:,} tokens; {chosen.id} caches from {chosen.cache_minimum_tokens:,}."
        yield Finding(name, Verdict.FAIL, said, "Add a worked example, then `mailroom doctypes check --live`.")
        return
    yield Finding(
        name, Verdict.OK, f"At least {tokens:,} tokens; {chosen.id} caches from {chosen.cache_minimum_tokens:,}."
    )
    lists = DynamoDBRecordLists(house.clients("dynamodb"), house.outputs["RecordsTable"])
    newest = next(lists.listed(Wanted(status=Status.ACCEPTED), now=house.now, limit=1), None)
    if newest is None:
        return
    item = house.clients("dynamodb").get_item(
        TableName=house.outputs["RecordsTable"],
        Key={"record_id": {"S": newest.record_id}},
        ProjectionExpression="prompt_fingerprint",
    )
    deployed = item.get("Item", {}).get("prompt_fingerprint", {}).get("S", "")
    if deployed and deployed != prompt.fingerprint:
        said = (
            f"What runs there read its last record with the prompt {deployed}; this checkout has {prompt.fingerprint}."
        )
        yield Finding("Prompt", Verdict.WARN, said, "Build and deploy, if this checkout is meant to run.")


def breaker(house: House) -> Iterator[Finding]:
    """A stopped line keeps every message, and reads none."""
    from mailroom.adapters.line_state import DynamoDBBreaker  # noqa: PLC0415 - its imports
    from mailroom.domain.breaker import Line  # noqa: PLC0415 - the same

    state = DynamoDBBreaker(house.clients("dynamodb"), house.outputs["IdempotencyTable"]).load()
    if state.line is Line.CLOSED:
        yield Finding("Line", Verdict.OK, "It runs.")
    else:
        since = f" since {state.since:%Y-%m-%d %H:%M} UTC" if state.since else ""
        todo = "Mend the reason; it starts again by itself after a probe succeeds."
        yield Finding("Line", Verdict.FAIL, f"It is stopped{since}: {state.reason}", todo)
