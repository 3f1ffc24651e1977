"""Calendar entries (.ics) as lines a person can read."""

import re

from mailroom.reading.attachments.contentlines import content_lines

_MOMENT = re.compile(r"^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?$")
_NAMES = {
    "SUMMARY": "Summary",
    "DTSTART": "Start",
    "DTEND": "End",
    "DUE": "Due",
    "DURATION": "Duration",
    "LOCATION": "Location",
    "DESCRIPTION": "Description",
    "ORGANIZER": "Organizer",
    "ATTENDEE": "Attendee",
    "STATUS": "Status",
    "UID": "UID",
    "RRULE": "Repeats",
    "RECURRENCE-ID": "Occurrence",
    "CATEGORIES": "Categories",
    "URL": "URL",
    "METHOD": "Method",
    "PRIORITY": "Priority",
    "COMMENT": "Comment",
    "GEO": "Geo",
    "CONTACT": "Contact",
    "CREATED": "Created",
}
_SILENT = frozenset({"VTIMEZONE", "STANDARD", "DAYLIGHT", "VALARM"})
_ENTRIES = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"})


def calendar_text(source: str) -> str:
    """Return the events and tasks of a calendar; times as ISO 8601 with their zone's name."""
    lines: list[str] = []
    silent = 0
    for name, parameters, value in content_lines(source):
        if name == "BEGIN":
            silent += value.upper() in _SILENT
            if value.upper() in _ENTRIES and lines:
                lines.append("")
        elif name == "END":
            silent -= value.upper() in _SILENT
        elif not silent and (label := _NAMES.get(name)) and value.strip():
            lines.append(f"{label}: {_value(name, parameters, value)}")
    return "\n".join(lines)


def _value(name: str, parameters: dict[str, str], value: str) -> str:
    if match := _MOMENT.match(value.strip()):
        year, month, day, hour, minute, _second, utc = match.groups()
        date = f"{year}-{month}-{day}"
        zone = "Z" if utc else f" ({parameters['TZID']})" if parameters.get("TZID") else ""
        return f"{date}T{hour}:{minute}{zone}" if hour else date
    if name in ("ORGANIZER", "ATTENDEE"):
        address = value.removeprefix("mailto:").removeprefix("MAILTO:").strip()
        return f"{parameters['CN']} <{address}>" if parameters.get("CN") else address
    return value.strip()
