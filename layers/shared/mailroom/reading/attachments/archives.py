"""Zip members read within bounds: a bomb is refused before it is unpacked, and again while it is."""

import io
import zipfile
from xml.etree import ElementTree as ET

from mailroom.reading import limits
from mailroom.reading.attachments.finding import UnreadableError


class Members:
    """The members of one zip file; ``read`` counts what was unpacked over all of them."""

    def __init__(self, data: bytes) -> None:
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise UnreadableError("is a damaged Office file") from error
        infos = self._archive.infolist()
        if len(infos) > limits.ARCHIVE_MEMBERS:
            raise UnreadableError(f"holds more than {limits.ARCHIVE_MEMBERS:,} files")
        self._allowed = min(limits.UNPACKED_BYTES, max(1_000_000, len(data) * limits.UNPACK_RATIO))
        self.names = {info.filename: info for info in infos}

    def read(self, name: str) -> bytes:
        """Return a member's bytes. Raises UnreadableError beyond the bounds and for locked or damaged members."""
        info = self.names.get(name)
        if info is None:
            return b""
        if info.flag_bits & 0x1:
            raise UnreadableError("is locked with a password")
        try:
            # The directory's sizes may lie: reading stops at the bound whatever they say.
            with self._archive.open(info) as member:
                data = member.read(self._allowed + 1)
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
            raise UnreadableError("is a damaged Office file") from error
        self._allowed -= len(data)
        if self._allowed < 0:
            raise UnreadableError("unpacks to more than is allowed")
        return data

    def read_xml(self, name: str) -> ET.Element | None:
        """Return a member as XML; None where it is absent. Document types (entity bombs) are refused."""
        data = self.read(name)
        if not data:
            return None
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise UnreadableError("holds XML with a document type, which Office never writes")
        try:
            return ET.fromstring(data)  # noqa: S314 - bounded above, entities refused
        except ET.ParseError as error:
            raise UnreadableError("is a damaged Office file") from error
