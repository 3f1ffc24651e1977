"""A console on the twin, and a real browser before it that notices whatever a mail manages to do."""

from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from local.session import Session, session
from tests.browser.filing import Filing
from tests.browser.watching import Watched, watch

CHROMIUM = "/usr/bin/chromium"
SWITCHES = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 400, "height": 800}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.fail(f"There is no {CHROMIUM}: `make test-browser` installs it.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with chdir(tmp_path_factory.mktemp("twin")), session(live=False, parameters={"Deliveries": "true"}) as running:
        secret = running.twin.outputs["DeliveriesSecret"]
        running.twin.client("secretsmanager").put_secret_value(SecretId=secret, SecretString='{"endpoints": []}')
        yield running


@pytest.fixture(autouse=True)
def _twin_environment(twin: Session, _function_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in twin.twin.environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def address(twin: Session) -> Iterator[str]:
    with twin.twin.console_door(0) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def filing(_twin_environment: None) -> Iterator[Filing]:
    """Put records into the ledger; it is empty before and after."""
    found = Filing()
    found.clear()
    yield found
    found.clear()


@pytest.fixture
def open_browser(chromium: Browser, address: str) -> Iterator[Callable[..., Watched]]:
    """Open pages, each in a browser of its own; at the end none of them may have done what only a mail would do."""
    opened: list[tuple[BrowserContext, Watched]] = []

    def opening(**settings: Any) -> Watched:
        context = chromium.new_context(base_url=address, **({"viewport": WIDE} | settings))
        context.set_default_timeout(15_000)
        watched = watch(context, address)
        opened.append((context, watched))
        return watched

    yield opening
    for context, watched in opened:
        assert watched.mischief() == []
        context.close()
