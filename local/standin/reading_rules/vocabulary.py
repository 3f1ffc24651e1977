"""What business mail calls things beside the labels that a prompt names; its words are in vocabulary.toml."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files


@cache
def _words(shelf: str) -> Mapping[str, tuple[str, ...]]:
    data = tomllib.loads(files(__package__).joinpath("vocabulary.toml").read_text(encoding="utf-8"))
    return {word: tuple(patterns) for word, patterns in data[shelf].items()}


def said_for(field_name: str) -> tuple[str, ...]:
    """Return what may be written instead of a field's label, as regular expressions; empty where nothing is known."""
    known = _words("fields")
    return tuple(pattern for word in field_name.split("_") for pattern in known.get(word, ()))


@lru_cache(maxsize=512)
def label_for(field_name: str, kind: str) -> re.Pattern[str] | None:
    """Return what else labels such a field, to be matched with a whole bare label, or None where nothing is known."""
    known = _words("labels")
    keys = [key for word in field_name.split("_") for key in (word, f"{word}:{kind}")]
    words = "|".join(pattern for key in keys for pattern in known.get(key, ()))
    return re.compile(rf"(?:{words})") if words else None


@lru_cache(maxsize=64)
def any_label_of(fields: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """Return what labels any of the fields, given by name and kind; nothing matches where nothing is known."""
    known = [one.pattern for name, kind in fields if (one := label_for(name, kind))]
    return re.compile("|".join(known) or "(?!)")


@lru_cache(maxsize=512)
def column_for(field_name: str) -> re.Pattern[str] | None:
    """Return what stands over a column of such values, to be matched with a whole bare head, or None."""
    known = _words("columns")
    patterns = known.get(field_name) or [one for word in field_name.split("_") for one in known.get(word, ())]
    return re.compile("|".join(patterns)) if patterns else None


@lru_cache(maxsize=64)
def any_column_of(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds, in a bare line, the heads of columns for any of the fields."""
    known = [one.pattern for name in names if (one := column_for(name))]
    return re.compile(rf"(?<!\w)(?:{'|'.join(known) or '(?!)'})(?!\w)")


@lru_cache(maxsize=512)
def unlike(field_name: str) -> re.Pattern[str] | None:
    """Return the words that turn a field's label into another's ("sub total" for a total), or None."""
    known = _words("unlike")
    words = "|".join(pattern for word in field_name.split("_") for pattern in known.get(word, ()))
    return re.compile(words) if words else None


@lru_cache(maxsize=512)
def unit_for(field_name: str) -> re.Pattern[str] | None:
    """Return the figures with a unit that a field's name implies ("duration_minutes": "30 min"), or None."""
    known = _words("units")
    units = "|".join(pattern for word in field_name.split("_") for pattern in known.get(word, ()))
    counting = "|".join(_counting())
    return re.compile(rf"(?<![\w.,-])(\d+(?:[.,]\d+)?|{counting})[\s+-]*(?:{units})\b") if units else None


@cache
def _counting() -> Mapping[str, str]:
    return {word: number for number, words in _words("counting").items() for word in words}


def counted(word: str) -> str:
    """Return the figure of a counting word ("seven" is "7"), "" where it is none."""
    return _counting().get(word, "")


@lru_cache(maxsize=512)
def choice_words(choice: str) -> re.Pattern[str] | None:
    """Return what people write when they mean a choice, or None where nothing is known of it."""
    words = _words("choices").get(choice.casefold())
    return re.compile("|".join(words)) if words else None


@lru_cache(maxsize=512)
def label_of_kind(kind: str) -> re.Pattern[str] | None:
    """Return what a form calls the one value of a kind ("E-mail", "Phone"), as a bare label, or None."""
    words = _words("kinds").get(kind)
    return re.compile("|".join(words)) if words else None


@cache
def people(group: str) -> frozenset[str]:
    """Return the words of one group of people: person, organisation, paid, recipient, office."""
    return frozenset(_words("people")[group])


@lru_cache(maxsize=64)
def talk_of(description: str) -> tuple[re.Pattern[str], ...]:
    """Return what people write about the things that a folded description names, one pattern for each thing."""
    said = []
    for thing, words in _words("talk").items():
        if re.search(rf"\b(?:{thing})", description):
            latin = [word for word in words if word.isascii()]
            said.append(re.compile("|".join([rf"\b(?:{'|'.join(latin)})", *(set(words) - set(latin))])))
    return tuple(said)


def small_words() -> Mapping[str, tuple[str, ...]]:
    """Return the small words of each language, by its ISO 639-1 code."""
    return _words("small_words")
