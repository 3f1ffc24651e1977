"""A stored message, mail or form, to be read again as it was read before."""

from mailroom.domain.message import Channel, Message


def read_stored(raw: bytes, channel: Channel, *, content_type: str = "", form: str = "") -> Message:
    """Return what reading makes of a message's bytes; the same bytes give the same text, so spans keep their places."""
    from mailroom.reading import read_email, read_form  # noqa: PLC0415 - the reader of the other channel stays unloaded

    if channel is Channel.FORM:
        return read_form(raw, content_type=content_type, form=form)
    return read_email(raw)
