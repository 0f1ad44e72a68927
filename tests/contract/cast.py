"""What all contract tests share: one instant, one notice, two images."""

import time
from datetime import UTC, datetime

from publisher.networks import Tools

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NOTICE = "Not necessarily an official announcement or view."
IMAGES = {"a" * 64: b"first image", "b" * 64: b"second image"}
TOOLS = Tools(now=lambda: NOW, monotonic=time.monotonic, media=IMAGES.__getitem__)
