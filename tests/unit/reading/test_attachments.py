import struct
import time

import pytest

from mailroom.domain.message import AttachmentOutcome
from mailroom.reading.attachments import Finding, read_attachment
from mailroom.reading.attachments.calendars import calendar_text
from mailroom.reading.attachments.pictures import picture_tokens, scaled_size
from mailroom.reading.attachments.rtf import rtf_text
from mailroom.reading.attachments.tnef import decompress_rtf
from mailroom.reading.attachments.vcards import vcard_text
from mailroom.reading.limits import Deadline
from tests.unit.reading.mails import pdf, picture, zipped

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def read(data: bytes, name: str = "file", declared: str = "application/octet-stream") -> Finding:
    return read_attachment(data, name=name, declared_type=declared, charset="", part="2", deadline=Deadline())


def pages(finding: Finding) -> list[str]:
    return [text for _, text in finding.pages]


def test_word_documents_give_paragraphs_and_table_rows():
    body = "<w:p><w:r><w:t>Dear </w:t><w:t>Ana</w:t></w:r></w:p>"
    body += "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Tea</w:t></w:r></w:p></w:tc>"
    body += "<w:tc><w:p><w:r><w:t>3</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    data = zipped({"word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'})

    assert pages(read(data, "a.docx")) == ["Dear Ana\nTea | 3"]


def test_sheets_give_rows_with_dates_as_a_person_sees_them():
    members = {
        "xl/workbook.xml": f'<workbook xmlns="{SHEET}"><sheets><sheet name="March"/></sheets></workbook>',
        "xl/styles.xml": f'<styleSheet xmlns="{SHEET}"><cellXfs><xf/><xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{SHEET}"><si><t>Paid</t></si></sst>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}"><sheetData><row><c t="s"><v>0</v></c>'
        '<c s="1"><v>46022</v></c>'
        "<c><v>0.30000000000000004</v></c></row></sheetData></worksheet>",
    }
    assert pages(read(zipped(members), "a.xlsx")) == ["March\nPaid | 2025-12-31 | 0.3"]


def test_a_zip_bomb_is_refused_before_it_fills_the_memory():
    finding = read(zipped({"word/document.xml": "a" * 90_000_000}), "bomb.docx")

    assert finding.outcome is AttachmentOutcome.SKIPPED
    assert "unpacks to more than is allowed" in finding.reason


def test_entities_in_office_files_are_refused():
    document = f'<!DOCTYPE d [<!ENTITY e "boom">]><w:document xmlns:w="{WORD}"><w:body/></w:document>'
    assert "document type" in read(zipped({"word/document.xml": document})).reason


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"PK\x03\x04rest", "a.zip", "archive"),
        (b"MZ\x90\x00", "invoice.pdf.exe", "program"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "a.doc", "password"),
        (b"", "a.txt", "empty"),
        (b"\x00\x01\x02\x03" * 100, "a.bin", "nobody here can read"),
        (b"%PDF-1.4 broken", "a.pdf", "damaged PDF"),
        (picture(300, 300)[:200], "a.png", "damaged picture"),
        (picture(10, 300), "a.png", "too small"),
        (b"\x00\x01\x02", "a.docx", "claims to be a Word document but is not"),
    ],
)
def test_what_is_not_read_says_why(data, name, words):
    finding = read(data, name)

    assert finding.outcome is AttachmentOutcome.SKIPPED
    assert words in finding.reason
    assert name in finding.reason


def test_text_is_text_whatever_it_is_called():
    assert pages(read(b"sku,qty\nA,2", "orders.csv")) == ["sku,qty\nA,2"]
    assert read(b"<html><p>Hi</p>", "page.dat").html == "<html><p>Hi</p>"


def test_a_pdf_is_known_by_its_content():
    assert pages(read(pdf("Hello"), "no-name")) == ["Hello"]


def test_a_file_that_comes_when_the_time_is_used_up_is_left_out_and_says_so():
    late = Deadline(seconds=-1.0)

    finding = read_attachment(pdf("Hello"), name="a.pdf", declared_type="", charset="", part="2", deadline=late)

    assert (finding.pages, finding.outcome) == ([], AttachmentOutcome.SKIPPED)
    assert "took too long" in finding.reason


def test_time_in_which_others_had_the_processor_is_not_counted():
    deadline = Deadline(seconds=0.1)

    time.sleep(0.2)

    assert not deadline.passed


def test_calendar_entries_are_written_for_people():
    source = (
        "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nDTSTART:19700101T000000\r\nEND:VTIMEZONE\r\n"
        "BEGIN:VEVENT\r\nSUMMARY:Plan\\, part\r\n  two\r\n"
        "DTSTART;TZID=Europe/Berlin:20260105T091500\r\nDTEND:20260105T101500Z\r\n"
        "ORGANIZER;CN=Ana:mailto:ana@x.example\r\nEND:VEVENT\r\nEND:VCALENDAR"
    )
    assert calendar_text(source).split("\n") == [
        "Method: REQUEST",
        "",
        "Summary: Plan, part two",
        "Start: 2026-01-05T09:15 (Europe/Berlin)",
        "End: 2026-01-05T10:15Z",
        "Organizer: Ana <ana@x.example>",
    ]


def test_business_cards_are_written_for_people():
    source = (
        "BEGIN:VCARD\nVERSION:3.0\nFN:Ana Diaz\nORG:Fox;Sales\nTEL;TYPE=WORK,VOICE:+49 30 1\nPHOTO:aGVsbG8=\nEND:VCARD"
    )
    assert vcard_text(source) == "Name: Ana Diaz\nOrganisation: Fox, Sales\nPhone (work voice): +49 30 1"


def test_rtf_gives_its_words():
    source = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 Gr\'fc\'dfe\par \u8364 ?5 \{ok\}}"
    assert rtf_text(source) == "Grüße\n€5 {ok}"


def test_compressed_rtf_is_unpacked_as_the_specification_shows():
    # [MS-OXRTFCP] section 4.1.1, "Simple compressed RTF".
    packed = b"-\x00\x00\x00+\x00\x00\x00LZFu\xf1\xc5\xc7\xa7"
    packed += b"\x03\x00\n\x00rcpg125B2\n\xf3 hel\t\x00 bw\x05\xb0ld}\n\x80\x0f\xa0"
    assert decompress_rtf(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_winmail_dat_gives_its_body_and_its_files():
    def attribute(level: int, identifier: int, value: bytes) -> bytes:
        return struct.pack("<BII", level, identifier, len(value)) + value + b"\x00\x00"

    data = struct.pack("<IH", 0x223E9F78, 1)
    data += attribute(1, 0x0002800C, b"The body.\x00")
    data += attribute(2, 0x00069002, b"\x00" * 14)
    data += attribute(2, 0x00018010, b"note.txt\x00") + attribute(2, 0x0006800F, b"inside")
    finding = read(data, "winmail.dat", "application/ms-tnef")

    assert pages(finding) == ["The body."]
    assert finding.embedded == [("note.txt", "application/octet-stream", b"inside")]


@pytest.mark.parametrize(
    ("width", "height"), [(1568, 1568), (4000, 3000), (10_000, 100), (28, 28), (1092, 1092), (800, 6000)]
)
def test_scaled_pictures_are_within_the_edge_and_the_tokens(width, height):
    scaled = scaled_size(width, height)

    assert max(scaled) <= 1568
    assert -(-scaled[0] // 28) * -(-scaled[1] // 28) <= 1568
    assert scaled[0] <= width
    assert scaled[1] <= height


def test_a_picture_costs_a_token_per_patch_up_to_the_cap():
    assert picture_tokens(280, 280) == 100
    assert picture_tokens(281, 280) == 110
    assert picture_tokens(1568, 1568) == 1568
