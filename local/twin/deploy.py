"""Deploy template.yaml itself to the emulator, through CloudFormation and the SAM transform.

``for_emulator`` is the one place where the twin differs from the template, and each difference has its reason there.
"""

import copy
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local.twin.emulator import ACCESS_KEY, REGION, ROOT, SECRET_KEY
from local.twin.errors import TwinError
from local.twin.hosts import Host
from local.twin.template import load_template, resources_of

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

STACK = "mailroom"
_CODE_BUCKET = "twin-code"
_DEPLOYED_WITHIN_S = 60.0  # it takes about a second
_RESOLVED = "TwinResolved"

RAW_BUCKET = "mailroom-raw"
"""The name that the events in events/ give the raw bucket. In AWS its name must be unique in the world."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What CloudFormation made: outputs, physical ids by logical id, and the receipt rule, its references filled."""

    outputs: Mapping[str, str]
    physical_ids: Mapping[str, str]
    receipt_rule_set: str
    receipt_rule: Mapping[str, Any]


def client(service: Any, endpoint_url: str) -> Any:
    """Return a boto3 client of the emulator; bounded, since nothing on loopback may hang."""
    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(
            connect_timeout=2, read_timeout=300, retries={"total_max_attempts": 2}, max_pool_connections=50, proxies={}
        ),
    )


def deploy(endpoint_url: str, host: Host, parameters: Mapping[str, str], code_root: Path = ROOT) -> Deployment:
    """Create the stack; raises TwinError with CloudFormation's own reasons.

    ``code_root`` is the tree that holds the functions' folders; the template is always this project's.
    """
    template = load_template(ROOT / "template.yaml")
    _upload_code(endpoint_url, host, template, code_root)
    template_url = _upload_template(endpoint_url, for_emulator(template, host))
    overridden = {"EnableReceiving": "false", "DeletionProtection": "false", **parameters}
    unknown = sorted(set(overridden) - set(template["Parameters"]))
    if unknown:
        raise TwinError(f"template.yaml has no parameter {', '.join(unknown)}.")
    cloudformation: CloudFormationClient = client("cloudformation", endpoint_url)
    cloudformation.create_stack(
        StackName=STACK,
        TemplateURL=template_url,
        Parameters=[{"ParameterKey": name, "ParameterValue": str(value)} for name, value in overridden.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    outputs = _wait_until_created(cloudformation)
    resources = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    rule = _with_intrinsics(_receipt(template), lambda number, _: outputs[f"{_RESOLVED}{number}"])
    deployment = Deployment(
        outputs={name: value for name, value in outputs.items() if not name.startswith(_RESOLVED)},
        physical_ids={item["LogicalResourceId"]: item.get("PhysicalResourceId", "") for item in resources},
        receipt_rule_set=rule["RuleSetName"],
        receipt_rule=rule["Rule"],
    )
    _create_receipt_rule(endpoint_url, deployment)
    return deployment


def for_emulator(template: Mapping[str, Any], host: Host) -> dict[str, Any]:
    """Return the template as the emulator needs it. Everything that is not named here stays as it is in AWS."""
    changed: dict[str, Any] = copy.deepcopy(dict(template))
    shared = changed["Globals"]["Function"]
    # The emulator's own Python runtime is not Lambda's; with a bootstrap it runs awslambdaric, which is. It mounts no
    # layers there, so hosts.py puts their folders on the path.
    shared["Runtime"] = "provided.al2023"
    del shared["Layers"]
    del shared["Environment"]["Variables"]["AWS_CA_BUNDLE"]  # it lies in a layer, and loopback is plain HTTP
    for layer in resources_of(changed, "AWS::Serverless::LayerVersion"):
        del changed["Resources"][layer]
    for logical_id, function in resources_of(changed, "AWS::Serverless::Function").items():
        function["CodeUri"] = {"Bucket": _CODE_BUCKET, "Key": f"{logical_id}.zip"}
        for event in function.get("Events", {}).values():
            if event["Type"] in host.pumped:
                event["Properties"]["Enabled"] = False
            if "ScalingConfig" in event["Properties"]:
                # Each environment is a process that first imports for seconds: more than two at once only starve
                # each other on a laptop. Two is the least that Lambda allows.
                event["Properties"]["ScalingConfig"] = {"MaximumConcurrency": host.concurrency}
            if event["Type"] == "SQS" and host.batch_size:
                event["Properties"]["BatchSize"] = host.batch_size
    changed["Resources"]["RawBucket"]["Properties"]["BucketName"] = RAW_BUCKET
    _allow_plain_http(changed["Resources"])
    # The emulator knows SES's receipt rules through their API but not through CloudFormation. The stack leaves them
    # out (EnableReceiving=false) and hands back the values that their references have, for _create_receipt_rule.
    resolved: dict[str, Any] = {}
    _with_intrinsics(
        _receipt(template), lambda number, value: resolved.setdefault(f"{_RESOLVED}{number}", {"Value": value})
    )
    changed["Outputs"] |= resolved
    return changed


def _allow_plain_http(resources: dict[str, Any]) -> None:
    """Drop the statements that deny what is not TLS: on loopback the emulator speaks HTTP, and it obeys policies."""
    for name, resource in list(resources.items()):
        policy = resource["Properties"].get("PolicyDocument")
        if resource["Type"] in {"AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy"}:
            policy["Statement"] = [said for said in policy["Statement"] if "Bool" not in said.get("Condition", {})]
            if not policy["Statement"]:
                del resources[name]


def _receipt(template: Mapping[str, Any]) -> dict[str, Any]:
    (rule,) = resources_of(dict(template), "AWS::SES::ReceiptRule").values()
    (rule_set,) = resources_of(dict(template), "AWS::SES::ReceiptRuleSet").values()
    return {"RuleSetName": rule_set["RuleSetName"], "Rule": rule["Rule"]}


def _with_intrinsics(value: Any, replace: Any) -> Any:
    """Copy data with each intrinsic (``{"Ref": …}``, ``{"Fn::…": …}``) replaced by ``replace(its number, it)``."""
    numbers = _count()

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            if len(node) == 1 and next(iter(node)).startswith(("Ref", "Fn::")):
                return replace(next(numbers), node)
            return {name: walk(inner) for name, inner in node.items()}
        return [walk(inner) for inner in node] if isinstance(node, list) else node

    return walk(value)


def _count() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


def _upload_code(endpoint_url: str, host: Host, template: dict[str, Any], code_root: Path) -> None:
    s3 = client("s3", endpoint_url)
    s3.create_bucket(Bucket=_CODE_BUCKET)
    for logical_id, function in resources_of(template, "AWS::Serverless::Function").items():
        s3.put_object(
            Bucket=_CODE_BUCKET, Key=f"{logical_id}.zip", Body=host.code_of(logical_id, code_root / function["CodeUri"])
        )


def _upload_template(endpoint_url: str, template: Mapping[str, Any]) -> str:
    """Put the template into the bucket, as ``sam deploy`` does: in a request CloudFormation takes 51,200 bytes only."""
    body = json.dumps(template, separators=(",", ":")).encode()
    client("s3", endpoint_url).put_object(Bucket=_CODE_BUCKET, Key="template.json", Body=body)
    return f"{endpoint_url}/{_CODE_BUCKET}/template.json"


def _wait_until_created(cloudformation: "CloudFormationClient") -> dict[str, str]:
    give_up_at = time.monotonic() + _DEPLOYED_WITHIN_S
    while time.monotonic() < give_up_at:
        stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        if stack["StackStatus"] == "CREATE_COMPLETE":
            return {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}
        if stack["StackStatus"] != "CREATE_IN_PROGRESS":
            raise TwinError(f"The stack was not created ({stack['StackStatus']}): {_reasons(cloudformation)}")
        time.sleep(0.05)
    raise TwinError(f"The stack was not created within {_DEPLOYED_WITHIN_S:.0f} s: read the emulator's log.")


def _reasons(cloudformation: "CloudFormationClient") -> str:
    events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    said = [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}" for event in failed]
    return "; ".join(said) or "no resource failed; read the emulator's log."


def _create_receipt_rule(endpoint_url: str, deployment: Deployment) -> None:
    ses = client("ses", endpoint_url)
    ses.create_receipt_rule_set(RuleSetName=deployment.receipt_rule_set)
    ses.create_receipt_rule(RuleSetName=deployment.receipt_rule_set, Rule=dict(deployment.receipt_rule))
    ses.set_active_receipt_rule_set(RuleSetName=deployment.receipt_rule_set)
