"""A real WordPress for tests: what WP_URL and WP_ADMIN ("user:application password") name."""

import io
import os
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import requests
from PIL import Image

from publisher.content import Account, Content, Media
from publisher.networks import Intent, Tools
from publisher.networks.wordpress.adapter import WordPress

ACCOUNT = Account(
    "blog", "wordpress", "office", "standard", "en", "1", os.environ.get("WP_URL", "")
)
NOTICE = "Not necessarily an official announcement."


def picture(*size: int) -> bytes:
    data = io.BytesIO()
    Image.linear_gradient("L").resize(size).save(data, "PNG")
    return data.getvalue()


PICTURE = picture(4, 4)
WIDE = picture(3000, 2000)
LARGE = Media(sha256(WIDE).hexdigest(), "image/png", 3000, 2000, "A wide picture")
STORED = {LARGE.sha256: WIDE}
TOOLS = Tools(lambda: datetime.now(UTC), time.monotonic, lambda sha: STORED.get(sha, PICTURE))


class Blog:
    """What the tests know about the server without the adapter's help."""

    def __init__(self):
        self.api = os.environ["WP_URL"] + "/wp-json/wp/v2"
        self.auth = tuple(os.environ["WP_ADMIN"].split(":", 1))

    def ask(self, method, path, **more):
        return requests.request(method, self.api + path, auth=self.auth, timeout=30, **more)

    def public(self, words):
        """Every public post that says `words`, as a reader without an account sees it."""
        found = requests.get(self.api + "/posts", params={"search": words}, timeout=30).json()
        return [post for post in found if words in post["content"]["rendered"]]

    def drafts(self, intent):
        """Every post of this delivery."""
        found = self.ask("GET", "/posts", params={"status": "any", "context": "edit"}).json()
        return [post for post in found if post["slug"].endswith(intent.delivery)]


def adapter(url=None, user="WP_ADMIN", password=None, options=None):
    name, _, secret = os.environ[user].partition(":")
    account = Account(
        "blog",
        "wordpress",
        "office",
        "standard",
        "en",
        "1",
        url or os.environ["WP_URL"],
        options or {},
    )
    return WordPress(account, {"username": name, "password": password or secret}, TOOLS)


def an_intent(text=None, *, title="", media=(), **more):
    words = uuid.uuid4().hex
    content = Content(text or f"Words {words}", title or f"Title {words}", media=media)
    now = TOOLS.now()
    intent = Intent(
        key=f"{uuid.uuid4().hex}r1",
        account=ACCOUNT,
        act="publish",
        rendered=WordPress.render(content, ACCOUNT, NOTICE),
        started_at=now,
        not_after=now + timedelta(minutes=1),
        deadline=time.monotonic() + 20,
    )
    return replace(intent, **more)


def prepared(intent, network=None):
    notes = (network or adapter()).prepare(intent)
    assert isinstance(notes, dict), notes
    return replace(intent, notes={**intent.notes, **notes})


def words_of(intent):
    return intent.rendered.text.split()[1]
