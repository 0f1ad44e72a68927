"""Mastodon, through its client API (https://docs.joinmastodon.org/methods/statuses/).

For an hour a server answers the same `Idempotency-Key` with the post that it has made of the first
request; it cannot be asked by it. So the account's list of posts tells whether a post went out, and
while the key holds, a repeat that crosses with a late first try does not double.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from publisher.content import Account, Content, Media, Rendered
from publisher.networks import (
    Absent,
    CannotTell,
    Found,
    Intent,
    Later,
    Notes,
    Outcome,
    Published,
    Refused,
    Tools,
    Unknown,
)
from publisher.networks.mastodon import ABOUT, status, text
from publisher.networks.mastodon.answers import Answers
from publisher.networks.text.composed import composed
from publisher.networks.text.wording import compose, plain
from publisher.networks.wire import edits, listing
from publisher.networks.wire.api import Api
from publisher.networks.wire.causes import unnamed
from publisher.networks.wire.fields import number_at, text_at
from publisher.networks.wire.http import Answer, Judge, Result, classify, fields
from publisher.networks.wire.listing import Page, unread
from publisher.networks.wire.reasons import because
from publisher.networks.wire.uploads import (
    alive,
    images,
    invisible,
    missing,
    not_uploaded,
    noted,
    uploaded,
)
from publisher.words import as_text, part

KEY_HOLDS = timedelta(minutes=55)  # the server keeps it for 60 from when the post is made
PROCESSING = timedelta(seconds=5)  # between two looks at a picture that is not ready
MOST_ALT = 1500  # characters
# By verb: the scopes any of which allows it.
SCOPES: Mapping[str, frozenset[str]] = {
    "publish": frozenset({"write", "write:statuses"}),
    "upload": frozenset({"write", "write:media"}),
    "look up": frozenset({"read", "read:statuses"}),
}
# How `/api/v2/instance` calls what a server takes.
LIMITS: Mapping[str, tuple[str, str]] = {
    "characters": ("statuses", "max_characters"),
    "url": ("statuses", "characters_reserved_per_url"),
    "images": ("statuses", "max_media_attachments"),
    "image_bytes": ("media_attachments", "image_size_limit"),
}


class Mastodon:
    """One account on one server. The account's `remote_user_id` is its number there."""

    def __init__(self, account: Account, secrets: Mapping[str, str], tools: Tools) -> None:
        self._account = account
        self._tools = tools
        self._limits = _limits(account)
        known = ABOUT.taken(secrets)
        self._answers = Answers(tools.now, tuple(known.values()))
        token = {"Authorization": f"Bearer {known['access_token']}"}
        self._api = Api(f"{ABOUT.base(account)}/api", tools, token)

    @staticmethod
    def render(content: Content, account: Account, disclaimer: str) -> Rendered:
        said = compose(content.text, link=content.link, notice=disclaimer)
        limits = _limits(account)
        most = limits["characters"]
        counted = {"length": text.length(said, most, limits["url"]), "limit": most}
        return composed(ABOUT, content, said, disclaimer, **counted)

    @staticmethod
    def source(rendered: Rendered) -> str:
        return rendered.text

    def needs_preparing(self, intent: Intent) -> bool:
        """Some image is not there or not ready, or what an edit changes was not looked at just now."""
        if intent.act not in ("publish", "edit"):
            return False
        lacks = missing(intent, self._ids(intent)) or self._waiting(intent)
        return bool(lacks) or edits.unseen(intent, self._tools.now())

    def prepare(self, intent: Intent) -> Notes | Outcome:
        """Uploads: nobody is shown one before a post names it, and the server clears away the rest."""
        if not self.needs_preparing(intent):
            return {}
        if edits.unseen(intent, self._tools.now()):
            return self._before(intent)
        if waiting := self._waiting(intent):
            return self._processed(intent, waiting)
        if len(images(intent)) > (most := self._limits["images"]):
            return Refused(because("most_images", most=most))
        processing: list[str] = []
        upload = partial(self._upload, processing)
        ids = uploaded(intent, self._ids(intent), upload)
        if isinstance(ids, Outcome):
            return ids
        return {**noted(intent, ids, self._tools.now()), "processing": processing}

    def send(self, intent: Intent) -> Outcome:
        if intent.act == "reply" or (intent.act != "publish" and not intent.target):
            return Refused(because("no_post"))
        if intent.act == "retract":
            return self._retract(intent)
        if missing(intent, self._ids(intent)):
            return Later(because("not_there_yet"), own=True)
        if intent.act == "edit":
            path = f"/v1/statuses/{intent.target}"
            result = self._api.write("PUT", path, intent, json=self._body(intent))
            return self._judge(result, partial(self._edited, intent))
        if self._is_forgotten(intent):
            return Unknown(because("forgotten"))
        keyed = replace(self._api, headers={**self._api.headers, "Idempotency-Key": intent.key})
        body = {**self._body(intent), "visibility": "public"}
        return self._judge(keyed.write("POST", "/v1/statuses", intent, json=body), _published)

    def find(self, intent: Intent) -> Found:
        if intent.act != "publish":
            return self._find_changed(intent)
        found = listing.find(status.as_read(intent), partial(self._page, intent))
        if isinstance(found, Absent) and self._is_forgotten(intent):
            return CannotTell(
                as_text("reason.both", one=found.reason, more=because("forgotten")), lasting=True
            )
        return found

    def whoami(self) -> str:
        result = self._api.read("/v1/accounts/verify_credentials", self._api.soon())
        if user := text_at(fields(result), "id"):
            return user
        raise unnamed(
            result, self._judge(result), missing=because("no_network", network=ABOUT.title)
        )

    def rights(self) -> Mapping[str, bool]:
        """What surely lacks: a token has no more scopes than its app, and may have fewer."""
        me = self._api.read("/v1/accounts/verify_credentials", self._api.soon())
        app = fields(self._api.read("/v1/apps/verify_credentials", self._api.soon()))
        scopes = app.get("scopes")
        listed = scopes if isinstance(scopes, list) else []
        granted = {one for one in listed if isinstance(one, str)}
        lacks = [verb for verb, any_of in SCOPES.items() if granted and not granted & any_of]
        silenced = ["be seen by everybody"] if fields(me).get("limited") is True else []
        return dict.fromkeys([*lacks, *silenced], False)

    def limits(self) -> Mapping[str, int]:
        said = fields(self._api.read("/v2/instance", self._api.soon())).get("configuration")
        groups = said if isinstance(said, dict) else {}
        of = {name: one for name, one in groups.items() if isinstance(one, dict)}
        known = {name: number_at(of.get(at, {}), limit) for name, (at, limit) in LIMITS.items()}
        return {name: limit for name, limit in known.items() if limit}

    def __repr__(self) -> str:
        return f"Mastodon({self._account.id!r})"

    def _ids(self, intent: Intent) -> Mapping[str, str]:
        return alive(intent, self._tools.now())

    def _waiting(self, intent: Intent) -> list[str]:
        """Images that the server had not processed yet; none when it has cleared them away since."""
        return list(intent.notes.get("processing") or ()) if self._ids(intent) else []

    def _body(self, intent: Intent) -> dict[str, Any]:
        """Said in full, because the account's preferences would fill in what is not; an edit that
        names no images takes them away.
        """
        ids = [self._ids(intent)[medium.sha256] for medium in images(intent)]
        said = {"status": intent.rendered.text, "language": intent.rendered.lang}
        named = {"media_ids": ids} if ids or intent.act == "edit" else {}
        return {**said, **named, "sensitive": False, "spoiler_text": ""}

    def _upload(self, processing: list[str], intent: Intent, medium: Media) -> str | Outcome:
        """POST /api/v2/media; what takes longer is noted in `processing`."""
        content = self._tools.media(medium.sha256)
        file = {"file": ("image", content, medium.mime)}
        form = {"description": medium.alt[:MOST_ALT]}
        result = self._api.write("POST", "/v2/media", intent, data=form, files=file)
        later = text_at(fields(result, 202), "id")
        processing += [later] if later else []
        limit = part("network.takes", most=f"{self._limits['image_bytes'] / 1_000_000:.0f}")
        no = not_uploaded(self._judge(result), result, content=content, limit=limit)
        return later or text_at(fields(result), "id") or no

    def _processed(self, intent: Intent, waiting: list[str]) -> Notes | Outcome:
        for number in waiting:
            result = self._api.read(f"/v1/media/{number}", intent.deadline)
            if isinstance(result, Answer) and result.status == 206:
                at = self._tools.now() + PROCESSING
                return Later(because("processing"), at, own=True)
            if isinstance(result, Answer) and result.status == 404:
                return {"media_ids": {}, "processing": []}  # cleared away: it is uploaded again
            if text_at(fields(result), "id") != number:
                return invisible(self._judge(result))
        return {"processing": []}

    def _page(self, intent: Intent, after: str) -> Page | Found:
        path = f"/v1/accounts/{self._account.remote_user_id}/statuses"
        asked = {"limit": str(status.PAGE), "exclude_reblogs": "true"}
        more = {"max_id": after} if after else {}
        result = self._api.read(path, intent.deadline, **asked, **more)
        return status.page(result, intent.started_at) or unread(self._judge(result))

    def _before(self, intent: Intent) -> Notes | Outcome:
        """May this edit change what is public now?"""
        result = self._look(intent)
        if status.is_gone(result):
            return Refused(because("gone"))
        try:
            theirs = status.read(status.shown(result, intent.target))
        except TypeError:
            return edits.not_read(unread(self._judge(result)))
        how = edits.Reading(read=status.meant, normal=plain)
        return edits.compared(intent, self._tools.now(), theirs, how)

    def _find_changed(self, intent: Intent) -> Found:
        if not intent.target:
            return CannotTell(because("no_post"))
        result = self._look(intent)
        if status.is_gone(result):
            gone = CannotTell(because("gone"), lasting=True)
            return Published(intent.target) if intent.act == "retract" else gone
        found = status.shown(result, intent.target)
        if not found:
            return unread(self._judge(result))
        done = self._shows(intent, found) if intent.act == "edit" else None
        return done or Absent(because("as_it_was"))

    def _look(self, intent: Intent) -> Result:
        return self._api.read(f"/v1/statuses/{intent.target}", intent.deadline)

    def _retract(self, intent: Intent) -> Outcome:
        """With its images, which whoever has their addresses could see for another day."""
        path = f"/v1/statuses/{intent.target}"
        result = self._api.write("DELETE", path, intent, params={"delete_media": "true"})
        if status.is_gone(result):
            found = self._find_changed(intent)  # ours no longer, or nobody's?
            return found if isinstance(found, Published) else Unknown(because("not_ours"))
        return self._judge(result, partial(_taken_down, intent))

    def _edited(self, intent: Intent, answer: Answer) -> Outcome:
        done = self._shows(intent, status.shown(answer, intent.target))
        return done or Unknown(because("not_shown"))

    def _shows(self, intent: Intent, found: status.Status) -> Published | None:
        """Published, if the post reads as the edit does, with its images."""
        known = intent.notes.get("media_ids", {})
        ids = [known.get(medium.sha256, "") for medium in images(intent)]
        done = Published(intent.target, text_at(found, "url"))
        return done if status.says(found, intent, ids) else None

    def _is_forgotten(self, intent: Intent) -> bool:
        return abs(self._tools.now() - intent.started_at) > KEY_HOLDS

    def _judge(self, result: Result, success: Judge | None = None) -> Outcome:
        return classify(result, self._answers.table(success))


def _limits(account: Account) -> Mapping[str, int]:
    return {**ABOUT.site_limits, **account.limits}


def _published(answer: Answer) -> Outcome | None:
    post = text_at(answer.fields(), "id")
    return Published(post, text_at(answer.fields(), "url")) if post else None


def _taken_down(intent: Intent, answer: Answer) -> Outcome | None:
    return Published(intent.target) if status.shown(answer, intent.target) else None
