"""What the stand-in networks know: accounts, posts, uploads, requests, with an optional journal."""

import base64
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, TextIO

from publisher.sandbox.ids import NETWORKS, user_id

Clock = Callable[[], float]

SETTINGS: dict[str, float] = {
    "x_duplicate_seconds": 86_400,  # the real window is undocumented
    "x_limit": 280,
    "facebook_token_days": 0,  # for which a token is good; 0 for ever
    "facebook_duplicates": 0,  # 1 lets an identical post follow at once
    "discourse_memo_seconds": 120,
    "discourse_title_min": 15,
    "discourse_post_min": 20,
    "mastodon_key_seconds": 3600,
    "mastodon_processing_seconds": 0,  # for which an upload is answered with "not ready yet"
}


@dataclass(slots=True)
class Post:
    """One object on one account. Times are epoch seconds.

    `state`: draft, held (by moderators), public, removed, rejected. `public_at` stays set for
    whatever was public once. `marks` are indexed: slug, external id, title, text. `hidden_until`
    is the end of a lag.
    """

    network: str
    account: str
    id: str
    text: str
    created: float
    title: str = ""
    state: str = "public"
    updated: float = 0.0
    public_at: float | None = None
    publications: int = 0
    edits: int = 0
    hidden_until: float = 0.0
    media: list[str] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Medium:
    """One uploaded image."""

    network: str
    account: str
    id: str
    data: bytes
    mime: str
    width: int
    height: int
    created: float
    alt: str = ""
    filename: str = ""
    parent: str = ""

    @property
    def sha256(self) -> str:
        return sha256(self.data).hexdigest()


@dataclass(slots=True)
class Comment:
    """A reader's words under a post of an account. `changes` counts what the account asked of it."""

    network: str
    account: str
    id: str
    post: str
    text: str
    created: float
    author: str = "900100"
    hidden: bool = False
    changes: int = 0


@dataclass(slots=True)
class Arrival:
    """One irreversible request. `wall` and `monotonic` are seconds at its request line."""

    network: str
    account: str
    kind: str
    method: str
    path: str
    body_sha256: str
    wall: float
    monotonic: float
    fault: str = ""
    status: int = 0


def image_facts(data: bytes) -> tuple[str, int, int] | None:
    """(MIME type, width, height) of an image's bytes, or None when they are not one."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415  # 60 ms that text never needs

    try:
        with Image.open(BytesIO(data)) as image:
            return Image.MIME.get(image.format or "", "image/png"), *image.size
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return None


class World:
    """All state, behind one lock that the server holds while a request is handled."""

    def __init__(self, state: Path | None = None, clock: Clock = time.time) -> None:
        self.lock = threading.RLock()
        self.now = clock
        self._journal: TextIO | None = None
        self._state = state
        self._clear()
        if state is not None:
            self._replay(state)
            self._journal = state.open("a", encoding="utf-8")

    def _clear(self) -> None:
        self.settings = dict(SETTINGS)
        self.accounts: dict[tuple[str, str], str] = {}
        self.by_user_id: dict[tuple[str, str], str] = {}
        self.posts: dict[tuple[str, str], Post] = {}
        self.media: dict[tuple[str, str], Medium] = {}
        self.comments: dict[tuple[str, str], Comment] = {}
        self.denied: set[tuple[str, str]] = set()  # whose credentials were refused just now
        self.arrivals: deque[Arrival] = deque(maxlen=200_000)
        self.askings: dict[str, str] = {}  # X: for whom an app was let act, by its request token
        self.memo: dict[str, tuple[float, Any]] = {}
        self.counters: dict[str, tuple[int, int]] = {}
        self._timeline: dict[tuple[str, str], list[Post]] = {}
        self._marked: dict[tuple[str, str, str, str], list[Post]] = {}
        self._marks_of: dict[tuple[str, str], dict[str, str]] = {}
        self._last = dict.fromkeys(NETWORKS, 0)

    def account(self, network: str, name: str) -> str:
        """The user id of an account, which exists from its first use."""
        known = self.accounts.get((network, name))
        if known is None:
            known = self.accounts[(network, name)] = user_id(network, name)
            self.by_user_id[(network, known)] = name
        return known

    def next_id(self, network: str) -> str:
        """A number that grows: a snowflake on X (its time is in it), small elsewhere."""
        if network == "x":
            least = (int(self.now() * 1000) - 1_288_834_974_657) << 22
        else:
            least = 1_000_000_000_001 if network == "facebook" else 1
        self._last[network] = max(self._last[network] + 1, least)
        return str(self._last[network])

    def last_id(self, network: str) -> int:
        """The newest number that was given out, 0 when none was."""
        return self._last[network]

    def save(self, post: Post) -> Post:
        """Keep a new or changed post, index its marks, write it to the journal."""
        if post.state == "public" and post.public_at is None:
            post.public_at = self.now()
            post.publications += 1
        self._index(post)
        self._write({"post": asdict(post)} if self._journal else {})
        return post

    def _index(self, post: Post) -> None:
        key = (post.network, post.id)
        if key not in self.posts:
            self.posts[key] = post
            self.account(post.network, post.account)
            self._timeline.setdefault((post.network, post.account), []).append(post)
        where = (post.network, post.account)
        before = self._marks_of.get(key, {})
        for name, value in before.items():
            if post.marks.get(name) != value:
                self._marked[(*where, name, value)].remove(post)
        for name, value in post.marks.items():
            if before.get(name) != value:
                self._marked.setdefault((*where, name, value), []).append(post)
        self._marks_of[key] = dict(post.marks)

    def keep(self, medium: Medium) -> Medium:
        """Keep a new or changed upload."""
        self.media[(medium.network, medium.id)] = medium
        if self._journal:
            data = base64.b64encode(medium.data).decode()
            self._write({"medium": {**asdict(medium), "data": data}})
        return medium

    def remember(self, comment: Comment) -> None:
        """Keep a new or changed comment."""
        self.comments[(comment.network, comment.id)] = comment
        self._write({"comment": asdict(comment)} if self._journal else {})

    def forget(self, medium: Medium) -> None:
        """Delete an upload for good."""
        del self.media[(medium.network, medium.id)]
        self._write({"forgotten": [medium.network, medium.id]} if self._journal else {})

    def marked(self, request_of: tuple[str, str], name: str, value: str) -> list[Post]:
        """The account's posts that carry a mark, oldest first."""
        return self._marked.get((*request_of, name, value), [])

    def timeline(self, network: str, account: str) -> list[Post]:
        """Every object of an account, oldest first, drafts and removed ones included."""
        return self._timeline.get((network, account), [])

    def visible(self, posts: Iterable[Post]) -> list[Post]:
        """What listings and look-ups may show now: public and past its lag."""
        now = self.now()
        return [post for post in posts if post.state == "public" and post.hidden_until <= now]

    def _write(self, row: dict[str, Any]) -> None:
        if self._journal and row:
            self._journal.write(json.dumps(row) + "\n")
            self._journal.flush()

    def _replay(self, state: Path) -> None:
        if not state.exists():
            return
        text = state.read_text(encoding="utf-8")
        if text and not text.endswith("\n"):  # a line that was being written when we died
            text = text[: text.rfind("\n") + 1]
            state.write_text(text, encoding="utf-8")
        for line in text.splitlines():
            self._restore(json.loads(line))

    def _restore(self, row: dict[str, Any]) -> None:
        if "forgotten" in row:
            self.media.pop(tuple(row["forgotten"]), None)
            return
        if "comment" in row:
            comment = Comment(**row["comment"])
            self.comments[(comment.network, comment.id)] = comment
            self._counted(comment.network, comment.id)
        elif "post" in row:
            post = Post(**row["post"])
            if (known := self.posts.get((post.network, post.id))) is not None:
                for name in Post.__slots__:
                    setattr(known, name, getattr(post, name))
                post = known
            self._index(post)
            self._counted(post.network, post.id)
        else:
            medium = row["medium"]
            restored = Medium(**{**medium, "data": base64.b64decode(medium["data"])})
            self.media[(restored.network, restored.id)] = restored
            self._counted(restored.network, restored.id)

    def _counted(self, network: str, number: str) -> None:
        serial = number.rpartition("_")[2]
        if serial.isdigit():
            self._last[network] = max(self._last[network], int(serial))

    def reset(self) -> None:
        """Forget everything, the journal included."""
        self._clear()
        if self._journal:
            self._journal.truncate(0)

    def close(self) -> None:
        if self._journal:
            self._journal.close()
            self._journal = None
