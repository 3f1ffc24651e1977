"""Real messages that nobody here wrote: none breaks reading, and none costs more than the bound."""

from pathlib import Path

import pytest

from mailroom.reading import read_email, select

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not CORPORA.exists(), reason="the shared corpora are not beside the project"),
]


@pytest.mark.parametrize(
    "folder", ["mime/cpython", "mime/enmime", "mime/mime4j", "mime/stalwart", "mime/sisimai", "reply"]
)
def test_every_file_is_a_message_whose_zones_are_its_text(folder):
    files = [path for path in sorted((CORPORA / folder).rglob("*")) if path.is_file()]
    assert files

    for path in files:
        message = read_email(path.read_bytes())

        assert not any("could not be read to the end" in defect for defect in message.defects), path
        end = 0
        for zone in message.zones:
            assert end <= zone.start < zone.end, path
            assert message.text[end : zone.start].strip() == "", path
            end = zone.end
        assert message.text[end:].strip() == "", path
        assert select(message, budget_tokens=200_000).tokens <= 200_000, path
