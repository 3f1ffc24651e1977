"""What is installed is pinned, whole and free to use, and no secret is kept in the repository.

Databases of vulnerabilities are online; this check needs none. ``SAFE_FROM`` is a short dated list, and no replacement
for an online audit in the pipeline that deploys.
"""

import re
import subprocess
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LOCKS = [*sorted(ROOT.glob("requirements-*.txt")), ROOT / "layers/dependencies/requirements.txt"]
PIN = re.compile(r"^([\w.-]+)(?:\[[^\]]*\])?==([\w.!+]+)", re.MULTILINE)
SAFE_FROM = {  # as published in the packages' own advisories until 2025-11
    "certifi": (2024, 7, 4),  # CVE-2024-39689
    "cryptography": (43, 0, 1),  # GHSA-h4gh-qq45-vh27
    "h11": (0, 16, 0),  # CVE-2025-43859
    "idna": (3, 7),  # CVE-2024-3651
    "jinja2": (3, 1, 6),  # CVE-2025-27516
    "pillow": (11, 3, 0),  # CVE-2025-48379
    "requests": (2, 32, 4),  # CVE-2024-47081
    "setuptools": (78, 1, 1),  # CVE-2025-47273
    "starlette": (0, 49, 1),  # CVE-2025-62727
    "urllib3": (2, 5, 0),  # CVE-2025-50181
    "werkzeug": (3, 0, 6),  # CVE-2024-49767
}
SECRETS = re.compile(
    r"sk-ant-[\w-]{20,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bgh[pousr]_\w{36}|"
    r"\bxox[abprs]-[\w-]{10,}|\bAIza[\w-]{35}|\bglpat-[\w-]{20}|\bpypi-[\w-]{40,}"
)
"""Keys of Anthropic, AWS, GitHub, Slack, Google, GitLab and PyPI by the forms that their makers give them."""


def release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:3])


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_package_is_pinned_to_one_version_with_its_hashes(lock: Path):
    entries = re.split(r"\n(?=\S)", lock.read_text())
    packages = [entry for entry in entries if PIN.match(entry)]

    assert packages
    assert [entry.split()[0] for entry in packages if "--hash=sha256:" not in entry] == []
    assert [line for line in lock.read_text().splitlines() if line.startswith(("git+", "http:", "https:", "-e"))] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_no_package_is_older_than_a_mended_weakness(lock: Path):
    pins = dict(PIN.findall(lock.read_text().lower()))

    assert {name for name, least in SAFE_FROM.items() if name in pins and release(pins[name]) < least} == set()


def test_what_is_deployed_may_be_used_freely():
    unfree = []
    for name, _ in PIN.findall((ROOT / "layers/dependencies/requirements.txt").read_text()):
        try:
            found = metadata(name)
        except PackageNotFoundError:
            continue  # of another platform
        said = " ".join([found.get("License-Expression") or "", *(found.get_all("Classifier") or [])])
        if re.search(r"\bA?GPL|(?<!Lesser )General Public License", said):
            unfree.append(name)

    assert unfree == []


def test_no_secret_is_kept_in_the_repository():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout: git lists no files here")
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]

    found = [path.name for path in paths if path.is_file() and SECRETS.search(path.read_text("utf-8", "replace"))]
    assert found == []


@pytest.mark.parametrize(
    "secret",
    ["sk-ant-" + "api03-" + "x" * 24, "AKIA" + "A" * 16, "-----BEGIN RSA " + "PRIVATE KEY-----", "ghp_" + "a" * 36],
)
def test_a_secret_would_be_noticed(secret: str):
    assert SECRETS.search(f'key = "{secret}"')
