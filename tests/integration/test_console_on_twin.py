"""The console as deployed: over HTTP through its door, and signed in at the user pool of the deployed template."""

import re
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest

from local.twin import Twin
from local.twin.emulator import ROOT
from mailroom.adapters.clock import SystemClock
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.adapters.sessions import DynamoDBSessions
from mailroom.adapters.token_endpoint import TokenEndpoint
from mailroom.console.app import answer
from mailroom.console.ports import ConsolePorts
from mailroom.console.web import SESSION_COOKIE
from mailroom.console.web import Request as Asked
from mailroom.domain.record import Status
from mailroom.domain.session import Role
from mailroom.domain.sign_in import SignInService
from tests.unit.console.browser import Page, console, waiting

pytestmark = pytest.mark.twin
MAIL = ROOT / "events" / "emails" / "13-invoice-injected-instruction.eml"
EMAIL, PASSWORD = "ana@example.com", "A-long-passw0rd!"


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    state = tmp_path_factory.mktemp("state")
    with Twin.start(host="processes", state_dir=state, enforce_iam=True) as running:
        yield running


@pytest.fixture(scope="module")
def records(twin: Twin) -> DynamoDBRecordStore:
    return DynamoDBRecordStore(twin.client("dynamodb"), twin.outputs["RecordsTable"])


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def fetch(url: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None):
    """Return status, headers and body; redirects are answers like any other."""
    request = Request(url, urlencode(form).encode() if form else None, headers or {})
    try:
        with build_opener(_NoRedirects).open(request, timeout=60) as response:
            return response.status, response.headers, response.read().decode()
    except HTTPError as refused:
        return refused.code, refused.headers, refused.read().decode()


def test_with_the_rights_of_its_role_the_console_shows_a_mail_and_files_what_a_person_decides(
    twin: Twin, records: DynamoDBRecordStore
):
    twin.client("s3").put_object(Bucket=twin.outputs["RawBucket"], Key="raw/mail-1", Body=MAIL.read_bytes())
    doubtful = waiting("mail-1", bucket=twin.outputs["RawBucket"])
    records.create(doubtful)

    with twin.console_door(0) as port:
        home = f"http://127.0.0.1:{port}"
        status, headers, queue = fetch(home)
        assert (status, "/records/mail-1" in queue) == (200, True)
        assert headers["content-security-policy"].startswith("default-src 'none'")
        _, _, page = fetch(f"{home}/records/mail-1")
        assert "Not seen by readers" in page
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]
        form = {"csrf": csrf, "version": str(doubtful.version)}

        assert fetch(f"{home}/records/mail-1/accept", form)[0] == 403
        assert fetch(f"{home}/records/mail-1/accept", form, {"Origin": "https://evil.example"})[0] == 403
        assert records.get("mail-1").status is Status.NEEDS_HUMAN

        status, headers, _ = fetch(f"{home}/records/mail-1/accept", form, {"Origin": home})
        assert (status, headers["location"]) == (303, "/?decided=mail-1")
        assert records.get("mail-1").status is Status.APPROVED
        form["version"] = str(doubtful.version + 1)
        fetch(f"{home}/records/mail-1/undo", form, {"Origin": home})
        assert records.get("mail-1").status is Status.NEEDS_HUMAN
        form["version"] = str(doubtful.version + 2)
        assert fetch(f"{home}/records/mail-1/requeue", form, {"Origin": home})[0] == 303
        assert records.get("mail-1").status is Status.RECEIVED


def test_the_door_answers_under_loopbacks_names_only(twin: Twin):
    with twin.console_door(0) as port:
        assert fetch(f"http://127.0.0.1:{port}", headers={"Host": "rebound.example"})[0] == 400


def service_of(twin: Twin) -> SignInService:
    environment = twin.environment
    return SignInService(environment["SIGN_IN_DOMAIN"], environment["SIGN_IN_CLIENT_ID"], environment["SIGN_IN_ISSUER"])


def person_in(twin: Twin, group: str) -> None:
    cognito, pool = twin.client("cognito-idp"), twin.outputs["ConsoleUsers"]
    cognito.admin_create_user(UserPoolId=pool, Username=EMAIL, MessageAction="SUPPRESS", TemporaryPassword=PASSWORD)
    cognito.admin_set_user_password(UserPoolId=pool, Username=EMAIL, Password=PASSWORD, Permanent=True)
    cognito.admin_update_user_attributes(
        UserPoolId=pool, Username=EMAIL, UserAttributes=[{"Name": "email", "Value": EMAIL}]
    )
    if group:
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=EMAIL, GroupName=group)


def at_the_user_pool(twin: Twin, address: str) -> dict[str, str]:
    """Do what a person does on the sign-in page; return what the browser comes back with."""
    _, _, page = fetch(f"{twin.endpoint_url}/oauth2/authorize?{urlsplit(address).query}")
    hidden = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page))
    _, headers, _ = fetch(f"{twin.endpoint_url}/login", {**hidden, "username": EMAIL, "password": PASSWORD})
    return dict(parse_qsl(urlsplit(headers["location"]).query))


def test_a_person_of_the_user_pool_signs_in_and_out(twin: Twin):
    person_in(twin, "reviewers")
    service, sessions = (
        service_of(twin),
        DynamoDBSessions(twin.client("dynamodb"), twin.outputs["ConsoleSessionsTable"], SystemClock()),
    )
    at_loopback = TokenEndpoint(service, lambda _: HTTPConnection(urlsplit(twin.endpoint_url).netloc, timeout=60))
    ports: ConsolePorts = replace_sign_in(sessions, service, at_loopback)
    host = urlsplit(twin.outputs["ConsoleUrl"]).netloc

    begun = answer(Asked("GET", "/sign-in", host), ports)
    name, _, rest = begun.cookies[0].partition("=")
    cookies = {name: rest.partition(";")[0]}
    back = at_the_user_pool(twin, begun.headers["location"])
    done = answer(Asked("GET", "/signed-in", host, tuple(back.items()), {}, cookies), ports)

    assert done.status == 200, done.body
    secret = done.cookies[0].partition("=")[2].partition(";")[0]
    found = sessions.find(secret)
    assert (found.person.name, found.person.role) == (EMAIL, Role.REVIEWER)
    again = answer(Asked("GET", "/signed-in", host, tuple(back.items()), {}, cookies), ports)
    assert again.status == 400
    body = urlencode({"csrf": found.csrf})
    headers = {"host": host, "origin": f"https://{host}"}
    out = answer(Asked("POST", "/sign-out", host, (), headers, {SESSION_COOKIE: secret}, body), ports)
    assert sessions.find(secret) is None
    assert f"https://{service.domain}/logout" in " ".join(Page(out).links("https://"))


def replace_sign_in(sessions: DynamoDBSessions, service: SignInService, tokens: TokenEndpoint) -> ConsolePorts:
    from dataclasses import replace

    return replace(console(), sessions=sessions, sign_in=service, tokens=tokens, clock=SystemClock())
