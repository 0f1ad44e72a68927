"""The figures of the installation in Prometheus' format."""

import threading

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from publisher.app import App
from publisher.daemon.figures import figures, outcomes
from publisher.daemon.health import health
from publisher.store.seals import sealed_to

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
MOST_LOOKS = 50  # at the outcomes behind one another, in one answer


class Metrics:
    """Counts from the start of this process on, as Prometheus expects of a counter."""

    def __init__(self, app: App) -> None:
        self._app, self._one = app, threading.Lock()
        self._known: int | None = None
        self._registry = CollectorRegistry()
        self._late = Histogram(
            "publisher_lateness_seconds",
            "From the release time to the request, of what was published.",
            ["network"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._outcomes = Counter(
            "publisher_outcomes",
            "What tries to send came to.",
            ["network", "act", "outcome"],
            registry=self._registry,
        )
        self._queue = self._gauge("publisher_deliveries", "Deliveries that are not done.", "state")
        self._up = self._gauge("publisher_daemon_up", "Does a daemon run?")
        self._healthy = self._gauge("publisher_healthy", "Is it moving?")
        self._oldest = self._gauge(
            "publisher_oldest_due_seconds", "How long the oldest has been due that is still here."
        )
        self._unsealed = self._gauge(
            "publisher_ledger_unsealed_rows", "Rows of the history that are not sealed yet."
        )
        self._sealed = self._gauge(
            "publisher_ledger_seal_lag_seconds", "How long the oldest of those has been there."
        )

        self._days = self._gauge(
            "publisher_credentials_days_to_expiry",
            "Until an account's credentials end, where the network says so.",
            "account",
        )

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(name, says, labels, registry=self._registry)

    def text(self) -> bytes:
        """All figures as of now."""
        with self._one:
            self._count()
            self._stand()
            return generate_latest(self._registry)

    def _count(self) -> None:
        for _ in range(MOST_LOOKS):
            with self._app.store.read() as tx:
                if self._known is None:
                    self._known = sealed_to(tx)
                upto, found = outcomes(tx, self._known)
            for one in found:
                self._outcomes.labels(one.network, one.act, one.outcome).inc()
                if one.late is not None:
                    self._late.labels(one.network).observe(max(one.late, 0.0))
            if upto == self._known:
                return
            self._known = upto

    def _stand(self) -> None:
        found = health(self._app)
        self._queue.clear()
        for state, number in found["counts"].items():
            self._queue.labels(state).set(number)
        self._up.set(found["daemon"] is not None)
        self._healthy.set(found["healthy"])
        with self._app.store.read() as tx:
            now = figures(tx)
        self._oldest.set(now.oldest)
        self._unsealed.set(now.unsealed)
        self._sealed.set(now.sealed)
        self._days.clear()
        for account, left in now.days.items():
            self._days.labels(account).set(left)
