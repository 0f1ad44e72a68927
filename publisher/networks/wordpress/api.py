"""WordPress's REST API: where it answers, and what its answers mean whatever they are about.

It answers under `/wp-json/`, and on a blog with plain permalinks only under `/?rest_route=`. Which
of the two, a reading finds out; it is remembered for the process, and the option `permalinks` can
say it.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from publisher.content import Account
from publisher.networks import Credentials, Intent, Later, Outcome, Refused, Tools, Unknown
from publisher.networks.wire.causes import likely
from publisher.networks.wire.fields import text_at
from publisher.networks.wire.http import (
    Answer,
    Judge,
    Result,
    attempt,
    call,
    classify,
    fields,
    quote,
    retry_after,
)
from publisher.networks.wire.reasons import because
from publisher.networks.wordpress import ABOUT
from publisher.networks.wordpress.blogpost import own_error
from publisher.words import as_text

WRONG_ROLE = ("rest_cannot_create", "rest_cannot_publish")  # about the user, not about one post
VERSION = "/wp/v2"
_PHP_SAYS = re.compile(
    rb"\s*(?:<br />\s*<b>)?(?:Notice|Warning|Deprecated|Strict Standards)(?:</b>)?: "
)

_plain: set[str] = set()  # addresses of blogs that were found to have plain permalinks


@dataclass(frozen=True)
class Api:
    """One blog, asked as one of its users."""

    account: Account
    secrets: Mapping[str, str] = field(repr=False)
    tools: Tools = field(repr=False)

    @property
    def base(self) -> str:
        return self.account.base_url.rstrip("/")

    @property
    def plain(self) -> bool:
        """Whether the blog is asked under `/?rest_route=`."""
        said = self.account.options.get("permalinks", "")
        return said == "plain" if said else self.base in _plain

    def call(self, method: str, path: str, **more: Any) -> Result:
        """One request. Only a reading looks behind the other door, for it may be repeated."""
        result = self._ask(method, VERSION + path, plain=self.plain, more=more)
        undecided = not self.account.options.get("permalinks") and not self.plain
        if method != "GET" or not undecided or not _is_no_api(result):
            return result
        other = self._ask(method, VERSION + path, plain=True, more=more)
        if not _is_wordpress(other):
            return result
        _plain.add(self.base)
        return other

    def write(self, intent: Intent, method: str, path: str, **body: Any) -> Result:
        limits = {"deadline": intent.deadline, "not_after": intent.not_after}
        return self.call(method, path, **limits, **body)

    def read(self, intent: Intent, path: str, **params: str) -> Result:
        """As its author sees it."""
        asked = {**params, "context": "edit"}
        return self.call("GET", path, params=asked, deadline=intent.deadline)

    def _ask(self, method: str, route: str, *, plain: bool, more: Mapping[str, Any]) -> Result:
        url, given = f"{self.base}/wp-json{route}", dict(more)
        if plain:
            url = f"{self.base}/"
            given["params"] = {"rest_route": route, **(given.get("params") or {})}
        auth = (self.secrets["username"], self.secrets["password"])
        return _told(attempt(partial(call, method, url, auth=auth, tools=self.tools, **given)))

    def judge(self, result: Result, success: Judge | None = None) -> Outcome:
        """The outcome, by what WordPress documents; `success` may claim 200, 404 and 410 first."""
        outcome = classify(result, self._table(success))
        if isinstance(outcome, Unknown) and (cause := likely(result)):
            return Unknown(as_text("network.quoted", what=outcome.reason, said=cause))
        return outcome

    def why_denied(self, deadline: float) -> str:
        """The likely cause of a 401: WordPress says the same to a wrong password and to none."""
        index = fields(self._ask("GET", "/", plain=self.plain, more={"deadline": deadline}))
        means = index.get("authentication")
        if means is not None and "application-passwords" not in means:
            return because("no_app_passwords")
        return because("stripped")

    def _table(self, success: Judge | None) -> Mapping[int, Judge]:
        refusals = dict.fromkeys((400, 403, 404, 409, 410, 413, 415, 422), self._refused)
        table: dict[int, Judge] = {**refusals, 401: _unauthorized}
        table[429] = self._throttled
        if success is not None:
            first = success
            table[200] = first
            table[404] = table[410] = lambda answer: first(answer) or self._refused(answer)
        return table

    def _throttled(self, answer: Answer) -> Outcome:
        return Later(because("asks_to_wait"), retry_after(answer, self.tools.now()))

    def _refused(self, answer: Answer) -> Outcome | None:
        """Only in WordPress's own words: a firewall's page may come after WordPress has acted."""
        if not own_error(answer):
            return None
        said = answer.fields()
        nested = text_at(said, "data", "details", "status", "code")
        if nested == "rest_forbidden_status":  # a listing's 401, dressed as a 400
            return _unauthorized(answer)
        if answer.status == 403 and text_at(said, "code") in WRONG_ROLE:
            return Credentials(because("low_role", self.said(said)))
        return Refused(because("refused", self.said(said)))

    def said(self, error: Mapping[str, Any]) -> str:
        """WordPress's own words, without our secrets."""
        words = html.unescape(text_at(error, "message"))
        return f"{quote(words, self.secrets.values())} ({text_at(error, 'code')[:60]})"


def api(account: Account, secrets: Mapping[str, str], tools: Tools) -> Api:
    """The API of the account's blog."""
    return Api(account, ABOUT.taken(secrets), tools)


def objects(result: Result) -> list[Mapping[str, Any]] | None:
    """The objects that a listing brought; None when it brought no list of them."""
    listed = result.json() if isinstance(result, Answer) and result.status == 200 else None
    if isinstance(listed, list) and all(isinstance(each, dict) for each in listed):
        return listed
    return None


def _told(result: Result) -> Result:
    """The answer without PHP's messages, which a blog in debug mode prints on lines before it."""
    if not isinstance(result, Answer) or not _PHP_SAYS.match(result.body):
        return result
    return replace(result, body=result.body.rstrip().rpartition(b"\n")[2])


def _is_no_api(result: Result) -> bool:
    """A page that says "not found", and not WordPress's API."""
    return isinstance(result, Answer) and result.status == 404 and not own_error(result)


def _is_wordpress(result: Result) -> bool:
    if not isinstance(result, Answer):
        return False
    return own_error(result) or (result.status == 200 and isinstance(result.json(), dict | list))


def _unauthorized(_: Answer) -> Outcome:
    return Credentials(because("not_accepted"))
