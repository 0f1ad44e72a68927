"""Discourse's uploads; the words beside an image stand in the post, not here."""

from hashlib import sha256

from publisher.sandbox.discourse_shapes import refused
from publisher.sandbox.wire import Answer, Request, reply
from publisher.sandbox.world import Medium, World, image_facts


def upload(world: World, request: Request) -> Answer:
    """POST /uploads.json; the same bytes are the same upload."""
    part = request.files.get("file", request.files.get("files[]"))
    kind = request.fields.get("upload_type", request.fields.get("type"))
    if part is None or not kind:
        missing = "upload_type" if part else "file"
        return refused(400, "invalid_parameters", f"param is missing or empty: {missing}")
    facts = image_facts(part.data)
    if facts is None:
        return reply({"errors": ["Sorry, the file you are trying to upload is not an image."]}, 422)
    number = sha256(request.account.encode() + part.data).hexdigest()[:27]
    medium = Medium("discourse", request.account, number, part.data, *facts, world.now())
    medium.filename = part.filename
    world.keep(medium)
    mime, width, height = facts
    extension = mime.partition("/")[2]
    whole = {
        "id": int(number[:8], 16),
        "url": f"{request.base}/media/discourse/{number}",
        "short_url": f"upload://{number}.{extension}",
        "short_path": f"/uploads/short-url/{number}.{extension}",
        "original_filename": part.filename,
        "filesize": len(part.data),
        "human_filesize": f"{len(part.data) / 1024:.2f} KB",
        "retain_hours": None,
        "thumbnail_width": width,
        "thumbnail_height": height,
        "width": width,
        "height": height,
        "extension": extension,
    }
    return reply(whole)
