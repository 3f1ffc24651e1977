"""Form submissions of any shape to fields and zones, and the short-cut for forms that already name our fields."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from mailroom.domain.doctype import TypeSpec
from mailroom.domain.message import (
    Address,
    Attachment,
    AttachmentOutcome,
    Channel,
    FormField,
    Message,
    Picture,
    ZoneKind,
)
from mailroom.reading import charsets, limits
from mailroom.reading.assembly import Piece, Pieces
from mailroom.reading.headers import parse_parameters
from mailroom.reading.invisible import reveal
from mailroom.reading.languages import language_hint

# How form services name the halves of an answer: Typeform, Jotform, Gravity, HubSpot, Google Forms add-ons, Tally, Wix.
_LABEL_KEYS = ("label", "question", "title", "fieldlabel", "field_label", "prompt", "displayname", "text")
_NAME_KEYS = ("name", "field", "key", "ref", "id", "fieldname", "field_name", "slug", "field_id")
_VALUE_KEYS = ("value", "answer", "response", "values", "answers", "text_value", "raw_value", "fieldvalue")
# Where the list of answers hangs in what they post, outermost first.
_WRAPPERS = ("form_response", "data", "submission", "payload", "fields", "answers", "responses", "questions", "body")
_TYPED_ANSWERS = ("text", "email", "number", "boolean", "date", "url", "phone_number", "choice", "choices", "file_url")


def read_form(body: bytes, *, content_type: str, form: str) -> Message:
    """Return a form submission as a message, one zone per answer; never raises, an unreadable one has no fields."""
    try:
        return _Form(form).read(body, content_type)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a submission is never lost to a bug in here
        sentence = f"The form could not be read ({type(error).__name__})."
        return Message(channel=Channel.FORM, text="", form=form, defects=(sentence,))


def match_form(message: Message, spec: TypeSpec) -> Mapping[str, Any] | None:
    """Return the raw values by field when every field of the form is the type's; None where one is not.

    Scalars are strings, ``many`` fields are lists, groups are lists of mappings: what ``TypeSpec.validate`` takes.
    Empty answers are left out.
    """
    values: dict[str, Any] = {}
    if not message.form_fields:
        return None
    for answer in message.form_fields:
        if not _place(values, answer, spec):
            return None
    return values or None


def _place(values: dict[str, Any], answer: FormField, spec: TypeSpec) -> bool:
    field = spec.field(answer.name)
    if field is None:
        return _place_in_group(values, answer, spec)
    if not answer.value.strip():
        return True
    if field.many:
        values.setdefault(field.name, []).append(answer.value)
        return True
    if field.name in values:
        return False  # two answers for one value: somebody has to think about it
    values[field.name] = answer.value
    return True


def _place_in_group(values: dict[str, Any], answer: FormField, spec: TypeSpec) -> bool:
    """Place "lines[2].price" (as nested JSON is flattened) into the second row of the group "lines"."""
    head, dot, name = answer.name.partition(".")
    group_name, bracket, index = head.partition("[")
    group = spec.group(group_name)
    if group is None or not dot or group.field(name) is None:
        return False
    row = int(index.rstrip("]")) if bracket and index.rstrip("]").isdigit() else 1
    rows: list[dict[str, str]] = values.setdefault(group_name, [])
    if row < 1 or row > len(rows) + 1:
        return False
    if row > len(rows):
        rows.append({})
    if answer.value.strip():
        rows[row - 1][name] = answer.value
    return True


class _Form:
    """Reads one submission."""

    def __init__(self, form: str) -> None:
        self.form = form
        self.defects: list[str] = []
        self.attachments: list[Attachment] = []
        self.pictures: list[Picture] = []
        self.pieces = Pieces()
        self.deadline = limits.Deadline()

    def read(self, body: bytes, content_type: str) -> Message:
        fields = list(self._fields(body, content_type))
        if len(fields) > limits.FORM_FIELDS:
            self.defects.append(f"The form has more than {limits.FORM_FIELDS:,} fields: the rest were left out.")
            fields = fields[: limits.FORM_FIELDS]
        clean = [FormField(*(self._clean(text) for text in (item.name, item.label, item.value))) for item in fields]
        if not clean and not self.defects:
            self.defects.append("The form is empty.")
        for item in clean:
            if item.value:
                self.pieces.body.append(
                    Piece(ZoneKind.FORM, f"{item.label}: {item.value}", item.name, item.label, tight=True)
                )
        text, zones, cut = self.pieces.assemble()
        if cut:
            self.defects.append("The form holds more text than can be read: the rest was left out.")
        language, direction = language_hint(text)
        return Message(
            channel=Channel.FORM,
            text=text,
            zones=zones,
            sender=_sender(clean),
            attachments=tuple(self.attachments),
            pictures=tuple(self.pictures),
            form=self.form,
            form_fields=tuple(clean),
            language=language,
            direction=direction,
            defects=tuple(dict.fromkeys(self.defects)),
        )

    def _clean(self, text: str) -> str:
        return reveal(charsets.clean(text), self.defects)[0].strip()

    def _fields(self, body: bytes, content_type: str) -> Iterator[FormField]:
        if len(body) > limits.FORM_BYTES:
            self.defects.append(f"The form has more than {limits.FORM_BYTES // 2**20} MB: it was not read.")
            return iter(())
        if not body.strip():
            return iter(())
        media_type, parameters = parse_parameters(content_type)
        if media_type == "multipart/form-data":
            return self._multipart(body, content_type)
        text = self._text(body, parameters.get("charset", ""))
        if media_type.endswith("json") or text.lstrip()[:1] in ("{", "["):
            return self._json(text)
        if "=" in text and media_type in ("application/x-www-form-urlencoded", "", "text/plain"):
            return self._urlencoded(text)
        self.defects.append(f"The form came as {media_type or 'an unnamed type'}, which is not read as fields.")
        return iter([FormField("text", "Text", text)])

    def _text(self, body: bytes, charset: str) -> str:
        text, _ = charsets.decode(body, charset or "utf-8")
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            self.defects.append("The form is not UTF-8: characters outside ASCII may be wrong.")
        return text

    def _urlencoded(self, text: str) -> Iterator[FormField]:
        try:
            pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=None)
        except UnicodeDecodeError:
            # https://url.spec.whatwg.org/#concept-urlencoded-parser knows only UTF-8; old pages send their own charset.
            self.defects.append("The form is not UTF-8: it was read as Windows-1252.")
            pairs = parse_qsl(text, keep_blank_values=True, encoding="cp1252", errors="replace", max_num_fields=None)
        for name, value in pairs:
            plain = name.removesuffix("[]")
            yield FormField(plain, _readable(plain), value)

    def _multipart(self, body: bytes, content_type: str) -> Iterator[FormField]:
        from mailroom.reading.mime import parse  # noqa: PLC0415 - only for uploads

        root, defects = parse(b"Content-Type: " + content_type.encode("utf-8", "replace") + b"\r\n\r\n" + body)
        if not root.children:
            self.defects += [*defects, "The form's parts could not be told apart: it was not read."]
            return
        for part in root.children:
            _, parameters = parse_parameters(part.header("content-disposition"))
            name = parameters.get("name", "").removesuffix("[]")
            if "filename" in parameters:
                self._upload(part.content(), part.filename, part.media_type, name)
            else:
                yield FormField(name, _readable(name), self._text(part.content(), part.parameters.get("charset", "")))

    def _upload(self, data: bytes, filename: str, declared: str, name: str) -> None:
        from mailroom.reading.attachments import read_attachment  # noqa: PLC0415 - only for uploads

        if not data and not filename:
            return  # a file field that nobody filled in
        finding = read_attachment(
            data, name=filename, declared_type=declared, charset="", part=name, deadline=self.deadline
        )
        self.attachments.append(
            Attachment(filename, finding.media_type, declared, len(data), name, finding.outcome, finding.reason)
        )
        self.defects += [*finding.notes, *([finding.reason] if finding.outcome is AttachmentOutcome.SKIPPED else [])]
        self.pictures += finding.pictures[: max(0, limits.PICTURES - len(self.pictures))]
        for page, text in finding.pages:
            self.pieces.attachments.append(Piece(ZoneKind.ATTACHMENT, self._clean(text), name, filename, page))

    def _json(self, text: str) -> Iterator[FormField]:
        try:
            value = json.loads(text.lstrip("\ufeff"), strict=False)
        except RecursionError:
            self.defects.append("The form's JSON is nested too deep: it was not read.")
            return iter(())
        except ValueError as error:
            where = getattr(error, "lineno", 0)
            self.defects.append(f"The form's JSON is broken (line {where}): it was not read.")
            return iter(())
        return self._flatten(_unwrap(value), "", "", 0)

    def _flatten(self, value: Any, name: str, label: str, depth: int) -> Iterator[FormField]:
        if depth > limits.FORM_NESTING:
            self.defects.append(f"The form is nested deeper than {limits.FORM_NESTING} levels: the rest was left out.")
        elif isinstance(value, dict):
            answer = _as_answer(value)
            if answer is not None:
                own_name, own_label, inner = answer
                yield from self._flatten(inner, own_name or name, own_label, depth + 1)
                return
            for key, inner in value.items():
                yield from self._flatten(inner, f"{name}.{key}" if name else str(key), "", depth + 1)
        elif isinstance(value, list):
            for index, inner in enumerate(value, 1):
                nested = isinstance(inner, dict) and _as_answer(inner) is None and bool(name)
                yield from self._flatten(inner, f"{name}[{index}]" if nested else name, label, depth + 1)
        else:
            yield FormField(name or "value", label or _readable(name), _scalar(value))


def _unwrap(value: Any) -> Any:
    """Step into the envelope of a form service: down to the first list of answers, where there is one."""
    current = value
    for _ in range(4):
        if not isinstance(current, dict):
            return current
        inner = next(
            (current[key] for key in _WRAPPERS if isinstance(current.get(key), dict | list) and current[key]), None
        )
        if isinstance(inner, list) and inner and all(isinstance(item, dict) and _as_answer(item) for item in inner):
            return _with_labels(current, inner)
        if not isinstance(inner, dict) or len(current) - 1 > 8:
            return value
        current = inner
    return value


def _with_labels(holder: dict[str, Any], answers: list[Any]) -> list[Any]:
    """Typeform keeps the questions' titles apart, in ``definition.fields``: bring them to their answers."""
    definition = holder.get("definition")
    fields = definition.get("fields") if isinstance(definition, dict) else None
    titles = {
        item.get("id"): str(item.get("title") or "")
        for item in fields or ()
        if isinstance(item, dict) and item.get("id")
    }
    labelled = []
    for answer in answers:
        field = answer.get("field")
        title = titles.get(field.get("id"), "") if isinstance(field, dict) else ""
        labelled.append({**answer, "label": title} if title else answer)
    return labelled


def _as_answer(item: dict[str, Any]) -> tuple[str, str, Any] | None:
    """Return (name, label, value) of one answer object; None where it is something else."""
    lowered = {str(key).lower(): value for key, value in item.items()}
    field = lowered.get("field")
    inner = {str(key).lower(): value for key, value in field.items()} if isinstance(field, dict) else {}
    label = _first_text(lowered, _LABEL_KEYS) or _first_text(inner, _LABEL_KEYS)
    name = _first_text(inner, ("ref", "name", "key", "id")) or _first_text(lowered, _NAME_KEYS)
    value_key = next((key for key in _VALUE_KEYS if key in lowered), None)
    if value_key is None and inner:
        value_key = next((key for key in _TYPED_ANSWERS if key in lowered), None)
    if value_key is None or not (label or name):
        return None
    value = lowered[value_key]
    if isinstance(value, dict) and (chosen := value.get("label") or value.get("labels")):
        value = chosen
    return name or label, label or _readable(name), value


def _first_text(item: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next((str(item[key]) for key in keys if isinstance(item.get(key), str | int) and str(item[key]).strip()), "")


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _readable(name: str) -> str:
    """Return a label for a field that has none: "first_name" as "First name"."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:] if words else "Value"


def _sender(fields: list[FormField]) -> Address:
    email = next(
        (item.value for item in fields if "@" in item.value and " " not in item.value and len(item.value) < 255), ""
    )
    name = next(
        (item.value for item in fields if item.name.lower() in ("name", "full_name", "fullname", "your-name")), ""
    )
    return Address(name, email)
