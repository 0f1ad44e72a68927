"""What says that the linked news release is the official announcement links one of the company's."""

from collections.abc import Mapping
from typing import Any

from publisher import addresses
from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.detect.normal import letters


def check(case: Case, _params: Mapping[str, Any]) -> Finding | None:
    if not _promises(case):
        return None
    links = [case.content.link] if case.content.link else []
    links += addresses.plain_in_text(case.content.text)
    if any(_is_ours(case, link) for link in links):
        return None
    args = {"domains": ", ".join(case.domains), "links": ", ".join(links)}
    return Finding(Effect.BLOCK, args, sentence="elsewhere" if links else "default")


def _promises(case: Case) -> bool:
    """Is it a release, or does it say so in the words of one?"""
    if case.content.kind == "release":
        return True
    said = letters(f"{case.rendered.title}\n{case.rendered.text}")
    return any(letters(wording) in said for wording in case.promises)


def _is_ours(case: Case, link: str) -> bool:
    host = addresses.host(link)
    return any(addresses.belongs(host, domain) for domain in case.domains)


RULE = Rule(
    id="release",
    clauses=("U1b",),
    against=("b800cec6",),
    strength="shall",
    stages=("submit", "send"),
    check=check,
    sentences={
        "en": {
            "default": "It says that the linked news release is the official announcement, and links "
            "none. Add --link with its address on {domains}.",
            "elsewhere": "It says that the linked news release is the official announcement, but "
            "{links} does not lead to {domains}, where the company's releases are.",
        },
        "ja": {
            "default": "リンク先のニュースリリースを正式発表としていますが、リンクがありません。"
            "{domains} にあるリリースのアドレスを --link で指定してください。",
            "elsewhere": "リンク先のニュースリリースを正式発表としていますが、{links} は当社の"
            "リリースがある {domains} のアドレスではありません。",
        },
    },
)
