from mailroom.domain.message import AttachmentOutcome, Message, ZoneKind
from mailroom.reading import limits, read_email
from tests.unit.reading.mails import attachment, html_mail, mail, mixed, pdf, picture


def words(message: Message, kind: ZoneKind) -> list[str]:
    return [message.words_of(zone) for zone in message.zones if zone.kind is kind]


def test_headers_come_first_each_in_a_zone_that_covers_its_line():
    message = read_email(
        mail(headers="From: Ana Diaz <ana@x.example>\r\nTo: b@y.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=")
    )

    assert words(message, ZoneKind.HEADER) == ["From: Ana Diaz <ana@x.example>", "To: b@y.example", "Subject: Grüße"]
    assert [zone.label for zone in message.zones[:3]] == ["From", "To", "Subject"]
    assert (message.sender.name, message.sender.email, message.subject) == ("Ana Diaz", "ana@x.example", "Grüße")


def test_an_empty_mail_is_a_message_that_says_so():
    message = read_email(b"")

    assert message.text == ""
    assert message.defects == ("The message is empty.",)


def test_a_mail_without_a_body_keeps_its_headers_and_says_so():
    message = read_email(b"From: a@x.example\r\nSubject: Nothing\r\n\r\n")

    assert words(message, ZoneKind.HEADER) == ["From: a@x.example", "Subject: Nothing"]
    assert "The mail has no text." in message.defects


def test_of_a_mail_of_45_mb_only_the_headers_are_read():
    message = read_email(mail("x" * 45 * 2**20))

    assert [zone.kind for zone in message.zones] == [ZoneKind.HEADER, ZoneKind.HEADER]
    assert message.defects == ("The mail has 45 MB, more than 40: only its headers were read.",)


def test_a_mail_near_the_limit_is_read_and_its_oversize_file_is_named():
    big = attachment("big.bin", "application/octet-stream", b"\x00" * (limits.ATTACHMENT_BYTES + 1))

    message = read_email(mixed(("Content-Type: text/plain", b"See the file."), big))

    assert words(message, ZoneKind.LATEST) == ["See the file."]
    assert "The attachment big.bin is larger than 25 MB: not read." in message.defects


def test_a_text_without_headers_loses_nothing():
    message = read_email(b"Order: 4711\nName: Ana\n\nPlease hurry.")

    assert all(part in message.text for part in ("Order: 4711", "Name: Ana", "Please hurry."))


def test_quotes_are_marked_and_say_whose_they_are():
    body = (
        "Yes, Monday.\r\n\r\nOn Tue, 3 Mar 2026 at 10:15, Bob Ray <bob@y.example> wrote:\r\n> Which day?\r\n> Bob\r\n"
    )
    message = read_email(mail(body))

    assert words(message, ZoneKind.LATEST) == ["Yes, Monday."]
    quoted = next(zone for zone in message.zones if zone.kind is ZoneKind.QUOTED)
    assert "> Which day?" in message.words_of(quoted)
    assert "Bob Ray" in quoted.label


def test_an_attached_mail_is_a_forwarded_original_with_its_own_headers():
    inner = mail("The original.", headers="From: Carl <carl@z.example>\r\nSubject: First")
    message = read_email(mixed(("Content-Type: text/plain", b"See below."), ("Content-Type: message/rfc822", inner)))

    assert words(message, ZoneKind.FORWARDED) == ["From: Carl <carl@z.example>", "Subject: First", "The original."]
    assert {zone.part for zone in message.zones if zone.kind is ZoneKind.FORWARDED} == {"2", "2.1"}


def test_a_mail_saved_as_a_file_is_a_forwarded_original_too():
    inner = mail("The original.", headers="From: Carl <carl@z.example>\r\nSubject: First")
    message = read_email(mixed(attachment("first.eml", "application/octet-stream", inner)))

    assert words(message, ZoneKind.FORWARDED) == ["From: Carl <carl@z.example>", "Subject: First", "The original."]
    assert message.attachments[0].media_type == "message/rfc822"


def test_structured_data_in_html_becomes_an_outline_of_its_own():
    message = read_email(
        html_mail('<script type="application/ld+json">{"reservationNumber": "RX\\u0041"}</script><p>Hi</p>')
    )

    assert words(message, ZoneKind.STRUCTURED) == ["reservationNumber: RXA"]
    assert words(message, ZoneKind.LATEST) == ["Hi"]


def test_hidden_text_is_kept_apart_from_what_a_person_sees():
    message = read_email(
        html_mail('<p>Pay 10 EUR</p><p style="display:none">Pay 99 EUR</p><font color="#fff">white</font><!-- note -->')
    )

    assert words(message, ZoneKind.LATEST) == ["Pay 10 EUR"]
    assert sorted(words(message, ZoneKind.HIDDEN)) == ["Pay 99 EUR", "note", "white"]


def test_what_only_one_of_two_renderings_says_is_kept():
    raw = (
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nThe secret code: 1234\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n"
        b"<table><tr><td>Order</td><td>77</td></tr><tr><td>Total</td><td>5</td></tr></table>\r\n--b--"
    )
    message = read_email(raw)

    assert words(message, ZoneKind.LATEST) == ["Order | 77\nTotal | 5"]
    assert words(message, ZoneKind.HIDDEN) == ["The secret code: 1234"]


def test_a_pdf_becomes_text_by_page_that_leads_back_to_its_part():
    message = read_email(
        mixed(
            ("Content-Type: text/plain", b"Invoice attached."),
            attachment("invoice.pdf", "application/pdf", pdf("Total 56.02")),
        )
    )

    zone = next(zone for zone in message.zones if zone.kind is ZoneKind.ATTACHMENT)
    assert (message.words_of(zone), zone.page, zone.label, zone.part) == ("Total 56.02", 1, "invoice.pdf", "2")
    assert message.attachments[0].outcome is AttachmentOutcome.READ


def test_a_pdf_without_a_text_layer_is_shown():
    message = read_email(mixed(attachment("scan.pdf", "application/pdf", pdf(""))))

    assert message.attachments[0].outcome is AttachmentOutcome.SHOWN
    assert (message.pictures[0].page, max(message.pictures[0].width_px, message.pictures[0].height_px) <= 1568) == (
        1,
        True,
    )


def test_an_attachment_that_claims_to_be_a_pdf_and_is_not_is_listed_with_the_reason():
    message = read_email(mixed(attachment("report.pdf", "application/pdf", b"\x00\x01\x02 not at all")))

    assert message.attachments[0].outcome is AttachmentOutcome.SKIPPED
    assert "The attachment report.pdf claims to be a PDF but is not: not read." in message.defects


def test_the_type_of_a_picture_is_decided_by_its_content():
    message = read_email(mixed(attachment("photo.pdf", "application/pdf", picture(300, 200))))

    assert message.attachments[0].media_type == "image/png"
    assert (message.pictures[0].width_px, message.pictures[0].height_px) == (300, 200)


def test_a_large_picture_is_scaled_to_what_the_model_can_use():
    message = read_email(mixed(attachment("photo.jpg", "image/jpeg", picture(4000, 3000, "JPEG"))))

    shown = message.pictures[0]
    assert max(shown.width_px, shown.height_px) <= 1568
    assert shown.tokens <= 1568
    assert abs(shown.width_px / shown.height_px - 4 / 3) < 0.02


def test_unknown_character_sets_are_read_and_named():
    raw = b"Content-Type: text/plain; charset=DEFAULT\r\n\r\nGr\xfc\xdfe"
    message = read_email(raw)

    assert message.text == "Grüße"
    assert any("DEFAULT" in defect for defect in message.defects)


def test_a_mail_nested_too_deep_says_so_and_does_not_break():
    raw = b"Subject: deep\r\n"
    for level in range(limits.NESTING + 30):
        raw += b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level)

    message = read_email(raw + b"\r\nbottom")

    assert any("nested deeper" in defect for defect in message.defects)


def test_more_parts_than_allowed_are_left_out_and_that_is_said():
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\npart\r\n" * (limits.PARTS + 50)

    message = read_email(raw)

    assert len(message.zones) <= limits.PARTS
    assert any("more than 1,000 parts" in defect for defect in message.defects)


def test_parts_are_found_where_the_boundary_is_not_named():
    raw = b"Content-Type: multipart/mixed\r\n\r\n--xyz\r\nContent-Type: text/plain\r\n\r\nFound.\r\n--xyz--\r\n"

    message = read_email(raw)

    assert words(message, ZoneKind.LATEST) == ["Found."]


def test_words_in_invisible_characters_come_to_light_as_hidden_text():
    smuggled = "".join(chr(0xE0000 + ord(character)) for character in "obey")
    message = read_email(mail(f"Nothing to see.{smuggled}"))

    assert words(message, ZoneKind.LATEST) == ["Nothing to see."]
    assert words(message, ZoneKind.HIDDEN) == ["obey"]
