"""How large each function and layer of `make sam-build` is, zipped and unpacked, against Lambda's limits.

    python -m tests.bench.bench_size

Lambda unpacks a function and its layers into 250 MB, and takes zips of 50 MB by itself, larger ones from S3 as
`sam deploy` puts them. Prints a table and writes build/bench/size.json in bytes; ``unpacked_share`` is the dearest
function's share of the 250 MB.
"""

import io
import json
import zipfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from local.twin.emulator import ROOT
from tests.bench.lambda_world import BUILT

LIMIT_BYTES = 250 * 1024**2


def sizes(folder: Path) -> dict[str, int]:
    """Return a folder's files, their bytes, and the bytes of their zip."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, path.relative_to(folder))
    return {
        "files": len(files),
        "unpacked_bytes": sum(path.stat().st_size for path in files),
        "zipped_bytes": packed.getbuffer().nbytes,
    }


def main() -> None:
    folders = sorted(path for path in BUILT.iterdir() if path.is_dir())
    if not folders:
        raise SystemExit("Nothing is built: run `make sam-build`.")
    found = {folder.name: sizes(folder) for folder in folders}
    layers = sum(size["unpacked_bytes"] for name, size in found.items() if name.endswith("Layer"))
    largest = max(size["unpacked_bytes"] for name, size in found.items() if name.endswith("Function"))
    share = round((layers + largest) / LIMIT_BYTES, 3)
    table = Table(
        "artifact", "files", "unpacked MB", "zipped MB", title=f"{share:.0%} of the 250 MB that Lambda unpacks"
    )
    for name, size in found.items():
        megabytes = (f"{size[kind] / 1024**2:.2f}" for kind in ("unpacked_bytes", "zipped_bytes"))
        table.add_row(name, f"{size['files']:,}", *megabytes)
    Console().print(table)
    out = ROOT / "build" / "bench" / "size.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({**found, "unpacked_share": share}, indent=2) + "\n")


if __name__ == "__main__":
    main()
