import pytest

from mailroom.domain.message import Channel, Message
from mailroom.domain.record import Record, Status
from mailroom.domain.sender import SENDER_POLICY, SenderPolicy, sender_doubt
from mailroom.pipeline.asking import Reading
from mailroom.pipeline.conclude import cautions
from mailroom.pipeline.receive import quarantine_reason
from tests.fakes import START

FORGED = {"spam": "PASS", "virus": "PASS", "spf": "FAIL", "dkim": "FAIL", "dmarc": "FAIL", "dmarc_policy": "none"}
DISOWNED = FORGED | {"dmarc_policy": "reject"}
GENUINE = dict.fromkeys(("spam", "virus", "spf", "dkim", "dmarc"), "PASS")


@pytest.mark.parametrize(
    ("policy", "verdicts", "held_back"),
    [
        (SenderPolicy.QUARANTINE, FORGED, True),
        (SenderPolicy.QUARANTINE, GENUINE | {"spf": "FAIL", "dkim": "GRAY"}, True),
        (SenderPolicy.QUARANTINE, GENUINE | {"spf": "FAIL"}, False),
        (SenderPolicy.QUARANTINE, GENUINE, False),
        (SenderPolicy.CAUTION, FORGED, False),
        (SenderPolicy.CAUTION, DISOWNED, True),
        (SenderPolicy.IGNORE, DISOWNED, False),
    ],
)
def test_the_policy_decides_whether_a_forged_sender_is_read(policy, verdicts, held_back):
    assert bool(quarantine_reason(verdicts, policy)) is held_back


@pytest.mark.parametrize("policy", SenderPolicy)
@pytest.mark.parametrize("scan", ["spam", "virus"])
def test_spam_and_viruses_are_held_back_under_every_policy(policy, scan):
    assert quarantine_reason(GENUINE | {scan: "FAIL"}, policy)


def test_a_doubt_about_the_sender_is_said_in_words():
    assert "DMARC" in sender_doubt(FORGED)
    assert sender_doubt(GENUINE) == ""


def cautioned(verdicts: dict[str, str]) -> list[str]:
    record = Record(
        record_id="mail-1",
        status=Status.EXTRACTING,
        channel=Channel.EMAIL,
        received_at=START,
        updated_at=START,
        bucket="bucket",
        key="raw/1",
        verdicts=verdicts,
    )
    return list(cautions(record, Reading(Message(Channel.EMAIL, ""), (), (), complete=True), {}))


@pytest.mark.parametrize(("policy", "said"), [(SenderPolicy.CAUTION, 1), (SenderPolicy.IGNORE, 0)])
def test_a_forged_sender_keeps_a_record_from_passing_unseen_unless_told_to_ignore_it(policy, said):
    assert len(cautioned(FORGED | {SENDER_POLICY: policy})) == said


def test_a_record_that_names_no_policy_is_treated_with_caution():
    assert len(cautioned(FORGED)) == 1
