"""A model's answer after the wire format is parsed, before anything in it is believed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RawValue:
    """A claimed value; ``quote`` is the exact words it came from, the same as ``value`` where the model gave one."""

    field: str
    value: str
    quote: str


@dataclass(frozen=True, slots=True)
class RawRow:
    """One claimed row of a repeated group."""

    group: str
    values: tuple[RawValue, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model claims; ``problems`` says in words what the parser did not take, such as an unknown field."""

    kind: str
    values: tuple[RawValue, ...] = ()
    rows: tuple[RawRow, ...] = ()
    unsure: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
