"""Business cards (.vcf) as lines a person can read."""

from mailroom.reading.attachments.contentlines import content_lines

_NAMES = {
    "FN": "Name",
    "N": "Name parts",
    "ORG": "Organisation",
    "TITLE": "Title",
    "ROLE": "Role",
    "TEL": "Phone",
    "EMAIL": "Email",
    "ADR": "Address",
    "LABEL": "Address",
    "URL": "URL",
    "BDAY": "Birthday",
    "NOTE": "Note",
    "NICKNAME": "Nickname",
}


def vcard_text(source: str) -> str:
    """Return the cards, one property per line; photographs, keys and sounds are left out."""
    lines: list[str] = []
    for name, parameters, value in content_lines(source):
        if name == "BEGIN" and lines:
            lines.append("")
        if (label := _NAMES.get(name)) is None:
            continue
        plain = value.removeprefix("tel:").removeprefix("mailto:")
        if name in ("N", "ADR", "ORG"):
            plain = ", ".join(piece.strip() for piece in plain.split(";") if piece.strip())
        if plain.strip():
            kind = parameters.get("TYPE", "").replace(",", " ").lower()
            lines.append(f"{label} ({kind}): {plain.strip()}" if kind else f"{label}: {plain.strip()}")
    return "\n".join(lines)
