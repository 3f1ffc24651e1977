"""Attachments: what kind of thing the bytes are, and its text or pictures; nothing is executed or fetched."""

from mailroom.reading.attachments.finding import Finding
from mailroom.reading.attachments.kinds import read_attachment

__all__ = ["Finding", "read_attachment"]
