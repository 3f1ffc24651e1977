"""Conclusions: choices, summaries and flags that are drawn from the whole message rather than copied out of it."""

import re
from collections.abc import Iterable

from local.standin.reading_rules.dates import Found
from local.standin.reading_rules.phrases import CLOSING, GREETING
from local.standin.reading_rules.prompt import Field, Mail, folded, plain, words_in
from local.standin.reading_rules.surroundings import language_of
from local.standin.reading_rules.values import chosen
from local.standin.reading_rules.vocabulary import choice_words

_CUES: dict[str, tuple[frozenset[str], re.Pattern[str]]] = {
    "urgent": (
        frozenset({"urgent", "high", "critical", "immediate", "asap", "emergency", "p1", "hoch", "dringend", "alta"}),
        re.compile(
            r"\b(?:urgent\w*|asap|as soon as possible|immediately|right away|emergency|critical|today|dringend\w*|"
            r"sofort\w*|"
            r"eilig|umgehend|unverzüglich|immédiatement|au plus vite|dès que possible|urgente\w*|inmediata\w*|"
            r"cuanto antes|"
            r"production is down|outage|deadline)\b",
            re.IGNORECASE,
        ),
    ),
    "negative": (
        frozenset({"negative", "angry", "unhappy", "dissatisfied", "frustrated", "upset"}),
        re.compile(
            r"\b(?:unacceptable|disappoint\w+|angry|frustrat\w+|terrible|awful|worst|complain\w*|broken|damaged|"
            r"never again|"
            r"enttäusch\w+|verärgert|unverschämt|beschwer\w+|kaputt|inacceptable|déçue?s?|mécontente?|inaceptable|"
            r"decepcionad\w+|queja)\b",
            re.IGNORECASE,
        ),
    ),
    "positive": (
        frozenset({"positive", "happy", "satisfied", "pleased"}),
        re.compile(
            r"\b(?:thank you so much|great|excellent|love|wonderful|delighted|happy with|perfekt|begeistert|super|"
            r"ravie?s?|"
            r"parfait|encantad\w+|excelente|perfecto)\b",
            re.IGNORECASE,
        ),
    ),
    "low": (
        frozenset({"low", "whenever", "niedrig", "baja"}),
        re.compile(
            r"\b(?:no (?:rush|hurry)|not urgent|whenever you|when you have time|keine eile|nicht eilig|pas urgent|"
            r"sin prisa|no es urgente|for your information|fyi)\b",
            re.IGNORECASE,
        ),
    ),
}
_ORDER = ("low", "urgent", "negative", "positive")
_MIDDLE = frozenset(
    {"normal", "medium", "neutral", "none", "general", "standard"},
)
_SCANNED_CHARACTERS = 4_000
_LEAST_WORDS, _LONGEST_SUMMARY = 3, 160
_COURTESIES = re.compile(
    r"(?:many |vielen |herzlichen |merci|muchas |mille )?(?:thank|danke?\b|merci|gracias|grazie|bedankt|dziekuj|"
    r"dear|hi\b|hello|i hope|ich hoffe|j'esp[eè]re|espero|spero|good (?:morning|day)|guten|"
    r"bonjour|hola|buongiorno|szanown|gentile|egregi)",
    re.IGNORECASE,
)
_MARKS = re.compile(
    r"^(?:(?:re|fwd?|aw|wg|tr|rv|rif|r|i|antw|vs|sv|odp|pd|(?:updated )?invitation|einladung|invito|uitnodiging|"
    r"canceled|accepted|declined|tentative)\s*(?:\[\d+\])?:\s*)+",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")


def choice_of(field: Field, mail: Mail) -> Found | None:
    """Return a choice by what is named in subject and body, else by cues, else the field's neutral choice.

    Only a derived field falls back on cues and on the neutral choice.
    """
    text = body_of(mail)[:_SCANNED_CHARACTERS]
    named = chosen(field, mail.header("subject")) or chosen(field, text)
    if named and not (field.derived and _is_scale(field)):
        return named[0]
    if not field.derived:
        return None
    everything = f"{mail.header('subject')}\n{text}"
    for cue in _ORDER:
        names, pattern = _CUES[cue]
        choice = next((one for one in field.choices if plain(one).split(" ")[0] in names), None)
        if choice and (found := pattern.search(everything)):
            return Found(found[0], choice, 0)
    counts = {one: len(words.findall(folded(everything))) for one in field.choices if (words := choice_words(one))}
    if any(counts.values()):
        return Found("", max(counts, key=lambda one: counts[one]), 0)
    neutral = next((one for one in field.choices if plain(one) in _MIDDLE), None)
    return Found("", neutral, 0) if neutral else _nearest(field, text)


def _is_scale(field: Field) -> bool:
    """Say whether the choices are a scale (low, normal, high), whose words mean other things in a sentence."""
    names = {plain(one) for one in field.choices}
    return bool(names & {"low", "high", "normal", "medium", "positive", "negative"})


def _nearest(field: Field, text: str) -> Found | None:
    words = set(words_in(text))
    scores = {one: len(set(words_in(one.replace("_", " "))) & words) for one in field.choices}
    best = max(field.choices, key=lambda one: scores[one], default="")
    return Found("", best, 0) if best and scores[best] else None


def flag_of(field: Field, mail: Mail) -> Found:
    """Return a derived yes or no: whether the words of the field's name and labels are in the message."""
    stems = {word[:5] for word in words_in(" ".join(field.calls))} - {"has", "is"}
    found = next((word for word in words_in(body_of(mail)) if word[:5] in stems), "")
    return Found(found, "true" if found else "false", 0)


def body_of(mail: Mail) -> str:
    """Return what the sender wrote now; where that is nothing, what was forwarded or filled in."""
    for kinds in (("latest",), ("form",), ("forwarded", "attachment"), ("structured", "quoted")):
        text = "\n\n".join(zone.text for zone in mail.zones if zone.kind in kinds)
        if text.strip():
            return text
    return ""


def main_words(mail: Mail) -> Found | None:
    """Return the body between greeting and closing, as it stands."""
    form = [zone.text.strip() for zone in mail.zones if zone.kind == "form" and len(zone.text.split()) > 4]
    if form:
        longest = max(form, key=len)
        return Found(longest, longest, 0)
    text = body_of(mail)
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if line.strip() and not GREETING.match(line)), None)
    if start is None:
        return None
    stop = next((number for number in range(start + 1, len(lines)) if CLOSING.match(lines[number])), len(lines))
    words = "\n".join(lines[start:stop]).strip()
    return Found(words, words, 0) if words else None


def bare_subject(mail: Mail) -> str:
    """Return the subject without the marks of replies and forwards."""
    return _MARKS.sub("", mail.header("subject"))


def summary_of(field: Field, mail: Mail) -> Found | None:
    """Return one short sentence: the subject where it says something, else the first sentence of the body that does.

    A field that is no summary (a problem, a request) takes the sentence first.
    """
    main = main_words(mail)
    body = _SENTENCE_END.split(re.sub(r"\s+", " ", main.quote)) if main else []
    said = next((one for one in body if len(one.split()) >= _LEAST_WORDS and not _COURTESIES.match(one)), "")
    subject = bare_subject(mail).strip()
    telling = subject if len(subject.split()) >= _LEAST_WORDS else ""
    words = (telling or said) if "summary" in field.name else (said or telling)
    words = words or subject or next(iter(body), "")
    if not words:
        return None
    cut = words if len(words) <= _LONGEST_SUMMARY else words[:_LONGEST_SUMMARY].rsplit(" ", 1)[0].rstrip(",;:– ") + " …"
    return Found("", cut if cut.endswith((".", "?", "!", "…", "。")) else f"{cut}.", 0)


def language_found(mail: Mail) -> Found | None:
    """Return the language the body is written in, or None for a message without words."""
    code = language_of(body_of(mail), default="")
    return Found("", code, 0) if code else None


def list_items(field: Field, found: Found) -> Iterable[Found]:
    """Yield the items of a value that is a list: by line, semicolon, or comma."""
    splitter = r"\n|;" if field.kind in {"address", "prose"} else r"\s*(?:[\n;,•]|\s(?:and|und|et|y)\s)\s*"
    for part in re.split(splitter, found.quote):
        item = part.strip(" -–*•.")
        if item:
            yield Found(item, item, found.start)
