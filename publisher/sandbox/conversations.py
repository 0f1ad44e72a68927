"""Posts as their readers find them: what answers another stands below it, in the order in which it came."""

from collections.abc import Mapping

from publisher.sandbox.world import Post


def conversations(posts: list[Post]) -> list[list[Post]]:
    """Each begins with a post that answers none of these, in the order given; then all that follows it."""
    ids, answers = {post.id for post in posts}, _answers(posts)
    return [_whole(post, answers) for post in posts if _before(post) not in ids]


def following(first: Post, posts: list[Post]) -> list[Post]:
    """This one, and all that answers it."""
    return _whole(first, _answers(posts))


def _before(post: Post) -> str:
    return str(post.extra.get("reply_to", "")) if post.network == "x" else ""


def _answers(posts: list[Post]) -> Mapping[str, list[Post]]:
    """By the id of what is answered, the last one first."""
    found: dict[str, list[Post]] = {}
    for post in sorted(posts, key=lambda one: (one.created, one.id), reverse=True):
        found.setdefault(_before(post), []).append(post)
    return found


def _whole(first: Post, answers: Mapping[str, list[Post]]) -> list[Post]:
    whole, left = [], [first]
    while left:
        whole.append(left.pop())
        left += answers.get(whole[-1].id, ())
    return whole
