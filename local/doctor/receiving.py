"""Does mail get in: the receipt rule, the domain's MX record, its identity."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from local.doctor.findings import Finding, House, Verdict

RESERVED = (".example", ".test", ".invalid", ".localhost", "example.com", "example.net", "example.org")
"""Names that no DNS will ever know (RFC 2606)."""


def receipt_rule(house: House) -> Iterator[Finding]:
    """SES has one active rule set per region; it must be this stack's, and its rule as the template made it."""
    name = "SES receipt rule"
    answer = house.clients("ses").describe_active_receipt_rule_set()
    active = answer.get("Metadata", {}).get("Name", "")
    ours = house.outputs.get("ReceiptRuleSet", house.stack)
    activate = f"aws ses set-active-receipt-rule-set --rule-set-name {ours}"
    if active != ours:
        if house.parameters.get("EnableReceiving") == "false":
            yield Finding(name, Verdict.WARN, "The stack does not receive mail (EnableReceiving is false).")
        else:
            other = f"{active!r} is active instead" if active else "none is active"
            yield Finding(name, Verdict.FAIL, f"The rule set {ours!r} is not active: {other}.", activate)
        return
    rules = [rule for rule in answer.get("Rules", ()) if house.domain in rule.get("Recipients", ())]
    problems = [] if rules else [f"no rule takes mail for {house.domain}"]
    for rule in rules[:1]:
        problems += [] if rule.get("Enabled") else ["the rule is disabled"]
        problems += [] if rule.get("ScanEnabled") else ["spam and viruses are not looked for"]
        actions = rule.get("Actions", ())
        buckets = {action["S3Action"]["BucketName"] for action in actions if "S3Action" in action}
        called = " ".join(action["LambdaAction"]["FunctionArn"] for action in actions if "LambdaAction" in action)
        problems += [] if house.outputs["RawBucket"] in buckets else ["it does not store into this stack's bucket"]
        problems += (
            [] if house.outputs["ReceiveEmailFunction"] in called else ["it does not call this stack's function"]
        )
    if problems:
        yield Finding(name, Verdict.FAIL, f"{'; '.join(problems)}.".capitalize(), "Deploy the template again.")
    else:
        yield Finding(name, Verdict.OK, f"Active; mail to {house.domain} goes into this stack.")


def mx_record(house: House) -> Iterator[Finding]:
    """The domain's mail must be sent to SES in this region."""
    name, server = "MX record", f"inbound-smtp.{house.region}.amazonaws.com"
    todo = f"Set it in your DNS: {house.domain}  MX  10 {server}"
    if house.domain.endswith(RESERVED):
        yield Finding(name, Verdict.SKIPPED, f"{house.domain} is a name for examples, which DNS does not know.")
        return
    found = [host.rstrip(".").lower() for host in house.mail_servers(house.domain)]
    others = [host for host in found if host != server]
    if server not in found:
        said = f"it names {', '.join(found)}" if found else "it has none"
        yield Finding(name, Verdict.FAIL, f"Mail to {house.domain} does not reach SES here: {said}.", todo)
    elif others:
        yield Finding(name, Verdict.WARN, f"Some mail goes elsewhere: {', '.join(others)}.", "Remove the others.")
    else:
        yield Finding(name, Verdict.OK, f"{house.domain} → {server}.")


def identity(house: House) -> Iterator[Finding]:
    """SES receives for a domain only once it is verified; a parent domain's identity counts for it."""
    name, sesv2 = "SES identity", house.clients("sesv2")
    labels = house.domain.split(".")
    for domain in (".".join(labels[start:]) for start in range(max(1, len(labels) - 1))):
        try:
            found = sesv2.get_email_identity(EmailIdentity=domain)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NotFoundException":
                raise
            continue
        if found.get("VerificationStatus", "SUCCESS") == "SUCCESS" and found.get("VerifiedForSendingStatus"):
            yield Finding(name, Verdict.OK, f"{domain} is verified.")
        else:
            todo = f"Add the DKIM records that `aws sesv2 get-email-identity --email-identity {domain}` names."
            yield Finding(name, Verdict.FAIL, f"{domain} is not verified yet.", todo)
        return
    todo = f"aws sesv2 create-email-identity --email-identity {house.domain}"
    yield Finding(name, Verdict.FAIL, f"SES knows no identity for {house.domain}.", todo)
