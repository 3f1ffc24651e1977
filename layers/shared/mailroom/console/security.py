"""What every answer carries, and what every post must bring."""

from collections.abc import Mapping
from hmac import compare_digest
from urllib.parse import urlsplit

from mailroom.console.web import ForbiddenError, Request
from mailroom.domain.session import Session

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
"""Nothing inline, nothing from elsewhere: were a mail's markup ever to reach a page, it could still not run or load."""

HEADERS: Mapping[str, str] = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    # Nothing to other sites. "no-referrer" would make browsers send "Origin: null" with our own posts (Fetch, "append a
    # request Origin header"), and the origin is what tells ours from others'.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "strict-transport-security": "max-age=31536000",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}
"""For every answer; an answer's own headers win (a static file may be kept, a picture has a stricter policy)."""

PICTURE_HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "no-store",
}


def check_post(request: Request, session: Session) -> None:
    """Raise ForbiddenError unless a post comes from a page of ours: by its origin, and by the session's token.

    Two checks beside the cookie's SameSite=Strict, as OWASP's cheat sheet on cross-site request forgery advises.
    """
    origin = request.headers.get("origin", "")
    if urlsplit(origin).netloc != request.headers.get("host", request.host) or not origin:
        raise ForbiddenError("This was sent from another site, so nothing was done.")
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise ForbiddenError("This was sent from another site, so nothing was done.")
    if not compare_digest(request.posted("csrf").encode(), session.csrf.encode()):
        raise ForbiddenError("This page is older than your session, so nothing was done. Open it again.")
