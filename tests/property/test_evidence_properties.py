"""What must hold of evidence whatever a mail says and whatever a model claims."""

from datetime import date

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from mailroom.domain.answer import Answer, RawRow, RawValue
from mailroom.domain.doctype import FieldSpec, GroupSpec, TypeSpec, Validated, ValueKind
from mailroom.domain.evidence import Method
from mailroom.domain.evidence_location import locate
from mailroom.domain.judgement import Policy, judge
from mailroom.domain.locate.folding import fold
from mailroom.domain.locate.index import ZONE_STRENGTH, MessageIndex
from mailroom.domain.message import Channel, Message, Zone, ZoneKind

MAIL = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("0123456789.,:/-€$ \n\t\u00ad\u200b日月年ßİﬁ½"),
    ),
    max_size=120,
)
KINDS = st.sampled_from(list(ValueKind))
DAYS = st.dates(min_value=date(1970, 1, 1), max_value=date(2068, 12, 31))
LOOSE = Policy(thresholds={"": 0.0})


def message_of(text: str, kind: ZoneKind = ZoneKind.LATEST) -> Message:
    return Message(Channel.EMAIL, text, (Zone(kind, 0, len(text)),))


def spec_of(kind: ValueKind) -> FieldSpec:
    return FieldSpec("field", kind, "", labels=("Total",), choices=("open", "closed"))


@settings(deadline=None)
@given(MAIL, st.one_of(MAIL, DAYS.map(str), st.decimals(allow_nan=True).map(str)), MAIL, KINDS)
@example("ß", "ss", "ss", ValueKind.TEXT)
@example("İ", "i̇", "", ValueKind.NAME)
@example("1" * 60, "1" * 60, "", ValueKind.IDENTIFIER)
@example("0000-00-00 99:99 9999年99月99日", "2026-01-01T00:00", "", ValueKind.DATETIME)
def test_locating_never_fails_and_its_span_is_always_in_the_text(text, value, quote, kind):
    evidence = locate(value=value, quote=quote or value, spec=spec_of(kind), message=message_of(text))
    assert evidence.start == evidence.end == -1 or 0 <= evidence.start < evidence.end <= len(text)
    assert 0.0 <= evidence.score <= 1.0
    assert evidence.denotes <= (evidence.method in {Method.EXACT, Method.NORMALISED, Method.FORMAT})


@settings(deadline=None)
@given(MAIL)
def test_folding_keeps_the_way_back(text):
    folded = fold(text)
    assert len(folded.text) == len(folded.starts)
    assert list(folded.starts) == sorted(folded.starts)
    assert all(0 <= start < len(text) for start in folded.starts)


@settings(deadline=None)
@given(DAYS, st.sampled_from(["%d %B %Y", "%Y-%m-%d", "%B %d, %Y", "%d.%m.%Y", "%a %d %b %Y", "%d%b%y"]))
def test_a_written_day_denotes_itself_and_no_other_day(day, form):
    text = f"It happens on {day.strftime(form)}, they say."
    other = date.fromordinal(day.toordinal() + 1)
    found, missed = (
        locate(value=str(d), quote=str(d), spec=spec_of(ValueKind.DATE), message=message_of(text)) for d in (day, other)
    )
    assert found.grounded
    assert not missed.grounded


@settings(deadline=None)
@given(st.integers(0, 99_999_999), st.sampled_from([",.", ".,", " ,", "'.", ".", ","]))
def test_a_written_amount_denotes_itself_and_not_its_neighbour(cents, signs):
    group, decimal = (signs[0], signs[1]) if len(signs) == 2 else ("", signs)
    whole, rest = divmod(cents, 100)
    text = f"Total {whole:,}".replace(",", group) + f"{decimal}{rest:02} EUR"
    spec = spec_of(ValueKind.AMOUNT)
    plain, neighbour = (f"{c // 100}.{c % 100:02}" for c in (cents, cents + 1))
    assert locate(value=plain, quote=plain, spec=spec, message=message_of(text)).grounded
    assert not locate(value=neighbour, quote=neighbour, spec=spec, message=message_of(text)).grounded


@settings(deadline=None)
@given(st.text("abcdefgh 12", min_size=1, max_size=40), st.text("mnopqrst", min_size=3, max_size=12))
def test_words_that_share_no_letter_with_a_mail_are_never_grounded(text, value):
    for kind in (
        ValueKind.TEXT,
        ValueKind.NAME,
        ValueKind.ADDRESS,
        ValueKind.IDENTIFIER,
        ValueKind.EMAIL,
        ValueKind.URL,
    ):
        assert not locate(value=value, quote=value, spec=spec_of(kind), message=message_of(text)).grounded


SPEC = TypeSpec(
    "thing",
    "",
    tuple(FieldSpec(f"f_{kind}", kind, "", many=kind is ValueKind.TEXT) for kind in ValueKind),
    (GroupSpec("rows", "", tuple(FieldSpec(f"r_{kind}", kind, "") for kind in ValueKind)),),
    (),
    (),
    (),
    lambda wire: Validated(dict(wire)),
)
NAMES = st.one_of(st.sampled_from([f"f_{kind}" for kind in ValueKind]), MAIL)
RAW = st.builds(RawValue, NAMES, MAIL, MAIL)
ROWS = st.builds(
    RawRow,
    st.one_of(st.just("rows"), MAIL),
    st.lists(st.builds(RawValue, st.sampled_from([f"r_{kind}" for kind in ValueKind]), MAIL, MAIL), max_size=4).map(
        tuple
    ),
)
ANSWERS = st.builds(
    Answer,
    st.one_of(st.just("thing"), MAIL),
    st.lists(RAW, max_size=6).map(tuple),
    st.lists(ROWS, max_size=4).map(tuple),
    st.lists(MAIL, max_size=2).map(tuple),
    st.lists(MAIL, max_size=2).map(tuple),
)


@settings(deadline=None)
@given(ANSWERS, MAIL)
def test_judging_never_fails_whatever_the_answer(answer, text):
    judgement = judge(answer, message_of(text), SPEC)
    assert 0.0 <= judgement.confidence <= 1.0
    assert not (judgement.acceptable and (judgement.doubtful or answer.problems))


@settings(deadline=None)
@given(st.text("abcdefgh 12", max_size=60), st.text("mnopqrst", min_size=3, max_size=12), KINDS)
def test_an_invented_value_is_never_acceptable_even_with_no_threshold_at_all(text, value, kind):
    answer = Answer("thing", (RawValue(f"f_{kind}", value, value),))
    assert not judge(answer, message_of(text), SPEC, LOOSE).acceptable


@settings(deadline=None)
@given(st.text("abcdefgh ", min_size=3, max_size=30), KINDS)
def test_hidden_text_is_never_enough(text, kind):
    assume(text.strip())
    answer = Answer("thing", (RawValue(f"f_{kind}", text, text),))
    assert not judge(answer, message_of(text, ZoneKind.HIDDEN), SPEC, LOOSE).acceptable


ZONES = st.lists(st.tuples(st.sampled_from(list(ZoneKind)), st.integers(0, 40), st.integers(1, 40)), max_size=12)


@settings(deadline=None)
@given(ZONES, st.integers(0, 60), st.integers(1, 20))
def test_a_span_belongs_to_the_weakest_zone_it_touches(drawn, start, length):
    zones = tuple(Zone(kind, at, at + size) for kind, at, size in drawn)
    index = MessageIndex(Message(Channel.EMAIL, "x" * 100, zones))
    touched = [z.kind for z in zones if z.start < start + length and start < z.end]
    found = index.zone_of(start, start + length)
    assert (found.kind if found else None) == max(touched, key=ZONE_STRENGTH.index, default=None)
