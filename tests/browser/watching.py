"""A page under watch: dialogs, requests to elsewhere, breaches of the page's own policy, scripts that ran or broke."""

from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Request

MARKER = "window.pwned"
"""What every script of the corpus would set."""

_LISTEN = """
addEventListener("securitypolicyviolation", ({violatedDirective, blockedURI}) =>
  console.warn("POLICY", violatedDirective, blockedURI));
"""
_STICKING_OUT = """
() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
  [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .filter((element) => !element.closest(".scroll, .scrolls"))
    .map((element) => `sticks out: ${element.tagName}.${element.className.baseVal ?? element.className}#${element.id}`)
    .slice(0, 8)
    .concat("scrolls sideways")
"""
GRAVE = {"serious", "critical"}


@dataclass
class Watched:
    """One page and what happened on it that must not."""

    page: Page
    seen: list[str] = field(default_factory=list)

    def mischief(self) -> list[str]:
        """Return everything that happened and must not, on this page or in any frame of it."""
        if self.page.is_closed():
            return self.seen
        marks = [frame.url for frame in self.page.frames if frame.evaluate("typeof window.pwned") != "undefined"]
        return self.seen + [f"a script of a mail ran in {url}" for url in marks]

    def grave_faults(self) -> list[str]:
        """Return what axe finds serious or critical on the page as it stands."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{each['id']} ({each['impact']}): {each['help']}: {node['target']}"
            for each in found
            if each["impact"] in GRAVE
            for node in each["nodes"][:3]
        ]

    def sticking_out(self) -> list[str]:
        """Return what makes the page wider than its window; nothing where it does not scroll sideways."""
        return list(self.page.evaluate(_STICKING_OUT))


def watch(context: BrowserContext, address: str) -> Watched:
    """Open a page that is watched from its first byte on."""
    context.add_init_script(_LISTEN)
    watched = Watched(context.new_page())

    def dialog(shown: Dialog) -> None:
        watched.seen.append(f"a dialog said {shown.message!r}")
        shown.dismiss()

    def request(sent: Request) -> None:
        if not sent.url.startswith((address + "/", "data:,")):
            watched.seen.append(f"a request went to {sent.url[:100]}")

    def said(message: ConsoleMessage) -> None:
        if "POLICY" in message.text or "Content Security Policy" in message.text:
            watched.seen.append(f"the policy was broken: {message.text[:200]}")

    watched.page.on("dialog", dialog)
    watched.page.on("request", request)
    watched.page.on("console", said)
    watched.page.on("pageerror", lambda error: watched.seen.append(f"a script broke: {error}"))
    context.on("page", lambda opened: watched.seen.append(f"a window opened: {opened.url}"))
    return watched
