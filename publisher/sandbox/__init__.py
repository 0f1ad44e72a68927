"""Stand-in networks that run here, speak the real protocols, and fail on command.

Any credential `sandbox-NAME` acts as account NAME; `user_id` gives its number.
"""

import argparse
import resource
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from publisher.sandbox.ids import PREFIXES, user_id
from publisher.sandbox.server import Server, serve

__all__ = ["PREFIXES", "Server", "main", "serve", "user_id"]


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="publisher sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8090, help="port, 0 for any (%(default)s)")
    parser.add_argument("--state", type=Path, help="file that keeps what was published")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a sandbox until SIGINT or SIGTERM; the first line printed is its address."""
    asked = _arguments(argv)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a thousand accounts at once
    try:
        server = serve(asked.host, asked.port, asked.state)
    except OSError as error:
        print(  # noqa: T201
            f"The sandbox cannot start on {asked.host}:{asked.port}: {error.strerror}. "
            "Stop what uses the port, or choose another.",
            file=sys.stderr,
        )
        return 1
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: ended.set())
    print(f"Sandbox: {server.url}", flush=True)  # noqa: T201
    ended.wait()
    server.close()
    return 0
