"""Run the stand-in on the loopback interface: ``python -m local.standin --port 8787``."""

import argparse
import json

from local.standin.faults import Behaviour
from local.standin.running import run


def main() -> None:
    """Parse the command line and serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m local.standin", description=__doc__)
    parser.add_argument("--port", type=int, default=8787)
    parser.add_argument("--ttft", type=float, default=0.0, help="seconds until an answer begins")
    parser.add_argument("--tokens-per-second", type=float, default=0.0, help="0 writes at once")
    parser.add_argument("--behaviour", default="{}", help="JSON, as POST /_standin/behaviour takes it")
    options = parser.parse_args()
    behaviour = Behaviour.model_validate(
        {"ttft_s": options.ttft, "tokens_per_second": options.tokens_per_second} | json.loads(options.behaviour)
    )
    run(port=options.port, behaviour=behaviour)


if __name__ == "__main__":
    main()
