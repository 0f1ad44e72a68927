"""Threads that are all there from the start: what is handed to them needs no new thread.

A pool that makes its threads when it needs them can be refused one after it has taken the work; then
nobody knows whether the work will be done.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

import structlog

log = structlog.get_logger()

Work = Callable[[], object]


class Pool:
    """`size` threads that do what they are given, in turn. `submit` is refused whole, or not at all."""

    def __init__(self, size: int, name: str) -> None:
        self._size, self._name = size, name
        self._work: SimpleQueue[Work | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Make every thread; raises RuntimeError when the machine has no more of them."""
        for number in range(len(self._threads), self._size):
            name = f"{self._name}-{number}"
            thread = threading.Thread(target=self._run, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def submit(self, work: Callable[..., object], *args: Any) -> None:
        """Have it done by the next free thread; raises before anything is taken, or not at all."""
        self.start()
        self._work.put(lambda: work(*args))

    def close(self, *, wait: bool = False) -> None:
        """Forget what has not begun; the threads end after what they are at."""
        if not wait:
            with suppress(Empty):
                while True:
                    self._work.get_nowait()
        for _ in self._threads:
            self._work.put(None)
        for thread in self._threads if wait else ():
            thread.join()

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                work()
            except Exception as error:  # noqa: BLE001  # the next piece of work finds its thread
                log.error("a thread's work failed", thread=self._name, error=type(error).__name__)
