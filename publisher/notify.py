"""Tells people outside: messages through apprise, and the heartbeat that someone else watches.

Nothing here raises because a network fails. Addresses are secrets, so no answer repeats one.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from urllib.parse import parse_qsl, unquote, urlsplit

from publisher import hidden
from publisher.clock import monotonic
from publisher.networks import Outbound, Tools
from publisher.words import ENGLISH, read

_KEY = 16  # characters from which on a piece of an address is taken for a key in any case


def send(urls: Sequence[str], *, title: str, body: str, timeout: float) -> tuple[str, ...]:
    """Send one plain text to every address; returns what failed, in words, after `timeout` seconds.

    Nothing is ever attached. An address that fails or dawdles keeps no other from being told.
    """
    answers: dict[int, str] = {}
    threads = []
    for index, url in enumerate(urls):
        work = partial(_tell, answers, index, partial(_one, url, title, body, timeout))
        threads.append(threading.Thread(target=work, daemon=True, name=f"notify-{index}"))
        _hide(url)
    ends = monotonic() + timeout
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, ends - monotonic()))
    late = f"no answer within {timeout:g} s"
    told = [(url, answers.get(index, late)) for index, url in enumerate(urls)]
    return tuple(
        f"{number}. ({_kind(url)}): {what}" for number, (url, what) in enumerate(told, 1) if what
    )


def heartbeat(url: str, tools: Tools, *, timeout: float) -> str:
    """Call `url` once, as adapters call; "" when it answered 2xx, else what failed.

    `timeout` bounds the whole call, in seconds.
    """
    from publisher.networks.wire.http import Answer, attempt, call  # noqa: PLC0415  # 60 ms

    _hide(url)
    try:
        asked = partial(call, "GET", url, deadline=tools.monotonic() + timeout, tools=tools)
        found = attempt(asked)
    except ValueError as error:  # no address
        return type(error).__name__
    if not isinstance(found, Answer):
        return hidden.redact(read(str(found), ENGLISH))
    return "" if 200 <= found.status < 300 else f"it answered {found.status}"


def lead_out(way: Outbound) -> None:
    """What libraries that call for themselves (apprise) read from the environment."""
    os.environ["NETRC"] = os.devnull
    if way.proxy:
        os.environ |= {
            "HTTP_PROXY": way.proxy,
            "HTTPS_PROXY": way.proxy,
            "NO_PROXY": "localhost,127.0.0.1,::1",
        }
    if way.ca_file:
        os.environ["REQUESTS_CA_BUNDLE"] = way.ca_file


def _tell(answers: dict[int, str], index: int, ask: partial[str]) -> None:
    try:
        answers[index] = ask()
    except Exception as error:  # noqa: BLE001  # 170 services, each with failures of its own
        answers[index] = type(error).__name__


def _one(url: str, title: str, body: str, timeout: float) -> str:
    import apprise  # noqa: PLC0415  # 0.24 s, paid by the first message only

    # In memory: apprise would else keep tokens of some services in files of its own.
    asset = apprise.AppriseAsset(storage_mode=apprise.PersistentStoreMode.MEMORY, async_mode=False)
    service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        return "not an address that apprise knows"
    service.socket_connect_timeout = service.socket_read_timeout = timeout
    outbox = apprise.Apprise(asset=asset)
    outbox.add(service)
    sent = outbox.notify(
        body=body, title=" ".join(title.split()), body_format=apprise.NotifyFormat.TEXT
    )
    return "" if sent else "the service did not take it"


def _kind(url: str) -> str:
    scheme = url.partition("://")[0]
    return scheme if "://" in url and scheme.isalnum() else "unknown kind"


def _hide(url: str) -> None:
    for part in _parts(url):
        hidden.hide(part)


def _parts(url: str) -> Iterator[str]:
    """The address and everything in it that may be a key: libraries log the pieces, too."""
    yield url
    try:
        split = urlsplit(url)
    except ValueError:
        return
    if "." not in split.netloc:
        yield split.netloc
    yield from (split.password or "", unquote(split.password or ""))
    for piece in [*split.path.split("/"), *(value for _, value in parse_qsl(split.query))]:
        if len(piece) >= _KEY or any(char.isdigit() for char in piece):  # "webhooks" is no key
            yield from (piece, unquote(piece))
