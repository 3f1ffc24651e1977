"""A compressed clock compresses every wait: one left out would take its real minutes, and a run would seem stuck."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_module_that_names_the_rounds_wait_gets_the_short_one():
    layer = ROOT / "layers/shared"
    naming = [
        ".".join(path.relative_to(layer).with_suffix("").parts)
        for path in (layer / "mailroom").rglob("*.py")
        if re.search(r"^ROUND_S = |import .*\bROUND_S\b", path.read_text(), re.MULTILINE)
    ]
    code = (
        "import importlib\nfrom local.twin.workers import hurry\nhurry(60)\n"
        f"print({{importlib.import_module(name).ROUND_S for name in {naming!r}}})"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert len(naming) >= 3
    assert said.stdout.strip() == "{15}"
