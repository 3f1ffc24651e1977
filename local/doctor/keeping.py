"""Is what came in kept, and forgotten when it should be: the table's protection, and both retentions."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from local.doctor.findings import Finding, House, Verdict


def table(house: House) -> Iterator[Finding]:
    """The ledger must be hard to lose."""
    dynamodb, name = house.clients("dynamodb"), house.outputs["RecordsTable"]
    described = dynamodb.describe_table(TableName=name)["Table"]
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    if described.get("DeletionProtectionEnabled"):
        yield Finding("Table", Verdict.OK, "Protected against deletion.")
    else:
        todo = "Deploy with DeletionProtection=true, unless this stack is meant to be thrown away."
        yield Finding("Table", Verdict.WARN, "Anybody who may delete tables can delete it.", todo)
    if recovery == "ENABLED":
        yield Finding("Table", Verdict.OK, "Can be restored to any second of the last 35 days.")
    else:
        yield Finding("Table", Verdict.FAIL, "Point-in-time recovery is off.", "Deploy the template again.")


def retention(house: House) -> Iterator[Finding]:
    """Rows and raw messages must end after RetentionDays."""
    dynamodb, name = house.clients("dynamodb"), house.outputs["RecordsTable"]
    days = house.parameters.get("RetentionDays", "")
    ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if ttl.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"} and ttl.get("AttributeName") == "expires_at":
        yield Finding("Retention", Verdict.OK, f"Records end after {days} days, or as RetentionByKind says.")
    else:
        yield Finding(
            "Retention", Verdict.FAIL, "Records never end: time to live is off.", "Deploy the template again."
        )
    try:
        rules = house.clients("s3").get_bucket_lifecycle_configuration(Bucket=house.outputs["RawBucket"])["Rules"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
            raise
        rules = []
    ends = [
        rule["Expiration"]["Days"]
        for rule in rules
        if rule["Status"] == "Enabled" and "Days" in rule.get("Expiration", {})
    ]
    if ends:
        yield Finding("Retention", Verdict.OK, f"Raw messages end after {min(ends)} days.")
    else:
        yield Finding(
            "Retention", Verdict.FAIL, "Raw messages never end: no lifecycle rule.", "Deploy the template again."
        )
