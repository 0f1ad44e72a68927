"""WordPress's media library: an upload is public at once, and never the same twice."""

import re
from urllib.parse import unquote

from publisher.sandbox.wire import Answer, Request, reply
from publisher.sandbox.wordpress_shapes import error, medium_shown
from publisher.sandbox.world import Medium, World, image_facts


def upload(world: World, request: Request) -> Answer:
    """POST /media: a raw body with a file name in Content-Disposition, or multipart."""
    part, fields = request.files.get("file"), {}
    named = re.search(r'filename="?([^";]+)', request.headers.get("content-disposition", ""))
    data = part.data if part else request.body
    if part is not None:
        fields = request.fields
    elif named is None:
        return error(400, "rest_upload_no_content_disposition", "No Content-Disposition supplied.")
    facts = image_facts(data)
    if facts is None:
        message = "Sorry, you are not allowed to upload this file type."
        return error(500, "rest_upload_sideload_error", message)
    number = world.next_id("wordpress")
    medium = Medium("wordpress", request.account, number, data, *facts, world.now())
    medium.filename = part.filename if part else unquote(named[1]) if named else ""
    medium.parent = str(fields.get("post", ""))
    medium.alt = str(fields.get("alt_text", request.params.get("alt_text", "")))
    world.keep(medium)
    where = f"{request.base}/blog/wp-json/wp/v2/media/{number}"
    return reply(medium_shown(request, medium), 201, Location=where)


def _own(world: World, request: Request) -> Medium | None:
    found = world.media.get(("wordpress", request.args[0]))
    return found if found is not None and found.account == request.account else None


def media(world: World, request: Request) -> Answer:
    """GET /media, newest first; `parent` is the post that they are attached to."""
    parent = request.params.get("parent", "")
    own = [
        each
        for each in world.media.values()
        if (each.network, each.account) == ("wordpress", request.account)
    ]
    found = [each for each in reversed(own) if not parent or each.parent == parent]
    return reply([medium_shown(request, each) for each in found[:100]])


def orphan(world: World, post: str) -> None:
    """A post that is deleted for good leaves its uploads behind, attached to nothing."""
    for each in world.media.values():
        if (each.network, each.parent) == ("wordpress", post):
            each.parent = ""
            world.keep(each)


def medium(world: World, request: Request) -> Answer:
    """GET or POST /media/{id}: `alt_text` may be changed."""
    found = _own(world, request)
    if found is None:
        return error(404, "rest_post_invalid_id", "Invalid post ID.")
    if request.method != "GET" and "alt_text" in request.fields:
        found.alt = str(request.fields["alt_text"])
        world.keep(found)
    return reply(medium_shown(request, found))


def delete_medium(world: World, request: Request) -> Answer:
    """DELETE /media/{id}?force=true."""
    found = _own(world, request)
    if found is None:
        return error(404, "rest_post_invalid_id", "Invalid post ID.")
    if request.params.get("force") != "true":
        message = "The post does not support trashing. Set 'force=true' to delete."
        return error(501, "rest_trash_not_supported", message)
    world.forget(found)
    return reply({"deleted": True, "previous": medium_shown(request, found)})
