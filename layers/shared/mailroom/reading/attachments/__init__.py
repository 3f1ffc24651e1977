"""Attachments: what kind of thing the bytes are, and its text or pictures; nothing is executed or fetched."""

from mailroom.reading.attachments.kinds import Finding, read_attachment

__all__ = ["Finding", "read_attachment"]
