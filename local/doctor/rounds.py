"""The doctor's rounds: all checks, each on its own, so that one that cannot be made stops no other."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.doctor import keeping, model, receiving, running
from local.doctor.findings import Finding, House, Verdict
from mailroom.domain.errors import MailroomError

type Check = Callable[[House], Iterator[Finding]]

CHECKS: Mapping[str, Check] = {
    "Stack": running.deployed,
    "SES receipt rule": receiving.receipt_rule,
    "MX record": receiving.mx_record,
    "SES identity": receiving.identity,
    "API key": model.secret,
    "Model": model.answers,
    "Retirement": model.retirement,
    "Prompt cache": model.prompt_cache,
    "Line": model.breaker,
    "Event source": running.event_sources,
    "Dead letters": running.dead_letters,
    "Sweep": running.sweep,
    "Alarms": running.alarms,
    "Who is told": running.subscription,
    "Table": keeping.table,
    "Retention": keeping.retention,
}
ASKS_THE_MODEL = "Model"
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"})
DNS_LIFETIME_S = 10.0
NOT_EMULATED = frozenset({"Table", "Retention"})
"""What ministack's CloudFormation (1.5.33) leaves out: recovery to a point in time, time to live, lifecycles."""


def look(house: House, names: Sequence[str] = tuple(CHECKS)) -> Iterator[Finding]:
    """Yield what each check finds, as it finds it; one that cannot be made is a finding too."""
    for name in names:
        try:
            yield from (_on_twin(finding) if house.is_twin else finding for finding in CHECKS[name](house))
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "Unknown")
            denied = code in DENIED
            todo = (
                "Run it with credentials that may read the whole stack." if denied else "Try again; see the AWS error."
            )
            verdict = Verdict.WARN if denied else Verdict.FAIL
            yield Finding(name, verdict, f"It could not be looked at: AWS answered {code}.", todo)
        except (BotoCoreError, MailroomError) as error:
            yield Finding(name, Verdict.FAIL, f"It could not be looked at: {error}", "Try again.")


def _on_twin(finding: Finding) -> Finding:
    if finding.verdict is Verdict.FAIL and finding.check in NOT_EMULATED:
        return Finding(finding.check, Verdict.SKIPPED, f"{finding.said} The emulator does not set this up.")
    return finding


def house_of(stack: str, clients: Callable[[str], Any]) -> House:
    """Return what is to be known of a stack before it is looked at; raises the AWS SDK's errors."""
    cached = cache(clients)
    cloudformation = cached("cloudformation")
    (described,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    resources = [
        (item["LogicalResourceId"], item["ResourceType"], item.get("PhysicalResourceId", ""))
        for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        for item in page["StackResourceSummaries"]
    ]
    outputs = {item["OutputKey"]: item["OutputValue"] for item in described.get("Outputs", ())}
    function = cached("lambda").get_function_configuration(FunctionName=outputs["ExtractRecordFunction"])
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    return House(
        stack=stack,
        status=described["StackStatus"],
        region=cloudformation.meta.region_name,
        parameters={item["ParameterKey"]: item["ParameterValue"] for item in described.get("Parameters", ())},
        outputs=outputs,
        resources=resources,
        environment=function.get("Environment", {}).get("Variables", {}),
        clients=cached,
        mail_servers=mail_servers,
        now=datetime.now(UTC),
        is_twin=endpoint.startswith(("http://127.0.0.1", "http://localhost")),
    )


def mail_servers(domain: str) -> list[str]:
    """Return the hosts that a domain's MX records name, best first; none where it has no such record."""
    import dns.exception  # noqa: PLC0415 - only this asks DNS
    import dns.resolver  # noqa: PLC0415 - the same

    try:
        answer = dns.resolver.resolve(domain, "MX", lifetime=DNS_LIFETIME_S)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise MailroomError(f"DNS did not answer for {domain} ({type(error).__name__}).") from error
    return [str(record.exchange) for record in sorted(answer, key=lambda record: record.preference)]
