"""What a link is for: a call, a profile, a site; links that follow clicks or leave lists are of no use."""

import re

from local.standin.reading_rules.prompt import Field, Mail, words_in

_CALL = re.compile(
    r"://(?:[\w-]+\.)*(?:zoom|meet|teams|webex|whereby|jitsi|gotomeeting|gotomeet|bluejeans|chime|skype|bigbluebutton|"
    r"video|visio|call)[\w-]*\.|/(?:meet|j|join|l/meetup-join)/",
    re.IGNORECASE,
)
_PROFILE = re.compile(
    r"linkedin\.|xing\.|github\.|gitlab\.|bitbucket\.|behance\.|dribbble\.|stackoverflow\.|orcid\.|about\.me|"
    r"portfolio|researchgate\.|/(?:cv|in|resume|lebenslauf)(?:[/.?]|$)",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(
    r"unsubscri|/track|click|utm_|/view\b|/v/|preferences|optout|abmeld|[?&][^=]{1,20}=", re.IGNORECASE
)
_SITE = re.compile(r"https?://[^/?#]+/?(?:[\w.-]{1,12}/?)?$")
_OF = {"video": _CALL, "call": _CALL, "meeting": _CALL, "profile": _PROFILE, "portfolio": _PROFILE}


def is_of_use(field: Field, url: str, mail: Mail) -> bool:
    """Say whether a link without a label is what the field's name asks for.

    A call and a profile are known by their services or paths; a web site by its short address, and by the sender's
    domain or a signature; any other field takes what follows no click.
    """
    words = words_in(field.name.replace("_", " "))
    if wanted := next((_OF[word] for word in words if word in _OF), None):
        return bool(wanted.search(url))
    if _FOLLOWS.search(url):
        return False
    if "website" not in words and "site" not in words and "homepage" not in words:
        return True
    host = re.sub(r"^https?://(?:www\.)?|[/?#].*$", "", url.casefold())
    signed = "\n".join(zone.text for zone in mail.zones if zone.kind == "signature").casefold()
    domain = mail.header("from").casefold().rpartition("@")[2].strip("> ")
    return bool(_SITE.match(url)) and (host in signed or host == domain or domain.endswith(f".{host}"))
