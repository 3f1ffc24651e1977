"""Pages that a person opens: whole, and safe whatever a message said."""

import json
from html.parser import HTMLParser

from local.evaluation.calibrating import calibrate
from local.evaluation.calibration_report import calibration_html, calibration_json
from local.evaluation.comparison import compare
from local.evaluation.metrics import summarise
from local.evaluation.report import Report, report_html, report_json
from local.evaluation.reviewed import Reviewed
from mailroom.domain.confidence import default_weights
from tests.unit.evaluation.made import result, value
from tests.unit.evaluation.test_runs_and_recordings import SETTINGS

EVIL = '<script>alert(1)</script><img src="https://evil.example/x" onerror=go()>"\'&'


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


def parsed(html: str) -> _Tags:
    tags = _Tags()
    tags.feed(html)
    return tags


def assert_is_harmless(html: str) -> None:
    tags = parsed(html).tags
    assert not {"script", "img", "iframe", "link", "object"} & {tag for tag, _ in tags}
    for _, attributes in tags:
        assert not any(name.startswith("on") or name in {"src", "href", "style"} for name in attributes)


def report(**more) -> Report:
    evil = [result(EVIL, value(EVIL, EVIL, EVIL + "!"), reasons=(EVIL,), kind=EVIL)]
    return Report(SETTINGS.model_copy(update={"dataset": EVIL}), summarise(evil), evil, **more)


def test_what_a_message_says_is_shown_and_not_run():
    evil = list(report().results)
    html = report_html(report(comparison=compare(evil, evil, names=(EVIL, "now"), seed=0)))

    assert_is_harmless(html)
    assert EVIL in "".join(parsed(html).words)


def test_the_calibration_page_is_as_harmless():
    found = calibrate([Reviewed("m", EVIL, 0.9, True)], default_weights(), target_error_rate=0.01, seed=0)

    assert_is_harmless(calibration_html(found, EVIL))


def test_the_page_forbids_itself_to_fetch_anything():
    policy = [a["content"] for tag, a in parsed(report_html(report())).tags if a.get("http-equiv")]

    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_what_was_not_measured_is_null_and_the_json_is_strict():
    data = report_json(Report(SETTINGS, summarise([]), []))

    assert json.loads(json.dumps(data, allow_nan=False))["all"]["f1"] is None
    found = calibrate([Reviewed("m", "k.f", 0.9, True)], default_weights(), target_error_rate=0.01, seed=0)
    json.dumps(calibration_json(found, "test"), allow_nan=False)
