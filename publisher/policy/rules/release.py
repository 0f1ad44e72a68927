"""What says that the linked news release is the official announcement links one of the company's."""

from publisher import addresses
from publisher.content import Content
from publisher.policy import Case, Effect, Finding, Rule
from publisher.policy.detect.normal import letters
from publisher.policy.detect.shown import links
from publisher.policy.params import Table


def check(case: Case, _params: Table) -> Finding | None:
    if not _promises(case):
        return None
    seen = _links(case.content)
    if any(_is_ours(case, link) for link in seen):
        return None
    args = {"domains": ", ".join(case.domains), "links": ", ".join(seen)}
    hidden = case.content.link and case.content.link not in seen
    return Finding(
        Effect.BLOCK, args, sentence="elsewhere" if seen else "unseen" if hidden else "default"
    )


def _links(content: Content) -> list[str]:
    """The addresses that readers see; in Markdown neither every one is seen, nor leads where it says."""
    if content.markup == "plain":
        given = [content.link] if content.link else []
        return [*given, *addresses.plain_in_text(content.text)]
    named = not content.link or addresses.names(content.text, content.link)
    return list(links(content.text if named else f"{content.text}\n\n{content.link}"))


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
    params=Table,
    check=check,
    firm=True,
)
