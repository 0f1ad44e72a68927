"""Images: what goes in, what is kept, and that nothing hidden in a file leaves."""

import errno
import hashlib
import io
import os
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from publisher import media
from publisher.errors import NotFound, PublisherError, TryAgain, Usage
from publisher.media import encode

HIDDEN = b"canary-7f3a9e"


def picture(mode="RGB", size=(40, 20)):
    image = Image.new(mode, size)
    for x in range(size[0]):
        for y in range(size[1]):
            value = (x * 5 % 256, y * 9 % 256, 90, 255 if mode == "RGBA" and x else 0)
            image.putpixel((x, y), value[: len(image.getbands())] if mode != "L" else value[0])
    return image


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def with_gps():
    exif = Image.Exif()
    exif[0x010E] = HIDDEN.decode()
    exif[0x0112] = 6  # turned: the camera was held upright
    exif.get_ifd(0x8825).update({1: "N", 2: (35.0, 41.0, 22.0), 29: HIDDEN.decode()})
    data = saved(picture(), "JPEG", exif=exif, comment=HIDDEN, quality=95)
    assert data.count(HIDDEN) == 3
    return data + b"PK\x03\x04" + HIDDEN


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.clause("1.3", kind="deny")
def test_a_photograph_leaves_without_place_comment_or_anything_appended(tmp_path):
    stored = media.put(tmp_path, with_gps(), "A view")
    data = media.read(tmp_path, stored.sha256)
    assert HIDDEN not in data
    assert b"Exif" not in data
    assert b"PK\x03\x04" not in data
    image = opened(data)
    assert not image.getexif()
    assert "comment" not in image.info
    assert data.endswith(b"\xff\xd9")


def test_a_photograph_is_turned_upright(tmp_path):
    stored = media.put(tmp_path, with_gps())
    assert (stored.width, stored.height) == (20, 40)


def test_text_hidden_in_a_png_is_gone(tmp_path):
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", HIDDEN.decode())
    notes.add_itxt("XML:com.adobe.xmp", HIDDEN.decode(), zip=True)
    data = saved(picture(), "PNG", pnginfo=notes) + HIDDEN
    stored = media.put(tmp_path, data)
    kept = media.read(tmp_path, stored.sha256)
    assert HIDDEN not in kept
    assert opened(kept).info == {}
    assert opened(kept).tobytes() == picture().tobytes()


@pytest.mark.parametrize(
    ("mode", "kind", "mime"),
    [
        ("RGB", "PNG", "image/png"),
        ("RGBA", "PNG", "image/png"),
        ("L", "PNG", "image/png"),
        ("RGB", "JPEG", "image/jpeg"),
        ("L", "JPEG", "image/jpeg"),
        ("CMYK", "JPEG", "image/jpeg"),
        ("RGB", "WEBP", "image/jpeg"),
        ("RGBA", "WEBP", "image/png"),
        ("RGB", "GIF", "image/png"),
    ],
)
def test_each_kind_of_image_becomes_a_kind_that_every_network_takes(tmp_path, mode, kind, mime):
    stored = media.put(tmp_path, saved(picture(mode), kind), "  What is to be seen  ")
    assert (stored.mime, stored.width, stored.height) == (mime, 40, 20)
    assert stored.alt == "What is to be seen"
    data = media.read(tmp_path, stored.sha256)
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    assert opened(data).get_format_mimetype() == mime


def test_transparency_stays(tmp_path):
    stored = media.put(tmp_path, saved(picture("RGBA"), "PNG"))
    image = opened(media.read(tmp_path, stored.sha256))
    assert image.getpixel((0, 0))[3] == 0
    assert image.getpixel((1, 0))[3] == 255


def test_the_same_image_is_stored_once(tmp_path):
    first, second = (media.put(tmp_path, saved(picture(), "PNG"), alt) for alt in "ab")
    assert first.sha256 == second.sha256
    assert [path.name for path in tmp_path.iterdir()] == [first.sha256]


def test_a_damaged_copy_is_healed_by_storing_it_again(tmp_path):
    stored = media.put(tmp_path, saved(picture(), "PNG"))
    (tmp_path / stored.sha256).write_bytes(b"rotten")
    media.put(tmp_path, saved(picture(), "PNG"))
    assert media.read(tmp_path, stored.sha256)


def bomb(width, height):
    """A PNG of a few bytes that declares any number of pixels."""

    def chunk(kind, body):
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "size", [(20_000, 20_000), (12_000, 12_000), (10_000, 9_000), (7_072, 7_072)]
)
def test_a_decompression_bomb_is_refused_before_a_pixel_is_decoded(tmp_path, size, monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("pixels were decoded"))
    with pytest.raises(Usage, match="more than 50 million pixels"):
        media.put(tmp_path, bomb(*size))
    assert list(tmp_path.iterdir()) == []


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.mark.parametrize(
    "data",
    [
        b"hello",
        SVG,
        b"<html></html>",
        b"GIF89a<script>alert(1)</script>",
        b"%PDF-1.7\n",
        b"\x89PNG\r\n\x1a\n",
        saved(picture(), "PNG")[:-40],
        saved(picture(), "JPEG")[:300],
        saved(picture(), "BMP"),
        saved(picture(), "TIFF"),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        os.urandom(5000),
    ],
    ids=range(12),
)
def test_what_is_not_an_image_that_we_send_is_refused_in_words(tmp_path, data):
    with pytest.raises(Usage, match=r"not an image that can be read\. Taken are PNG, JPEG"):
        media.put(tmp_path, data)


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(Usage, match="empty"):
        media.put(tmp_path, b"")


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_an_animation_is_refused(tmp_path, kind):
    frames = [Image.new("RGB", (9, 9), color) for color in ("red", "blue")]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    with pytest.raises(Usage, match="animated"):
        media.put(tmp_path, data)


def test_an_image_too_heavy_for_the_networks_is_refused_with_its_size(tmp_path):
    noise = Image.frombytes("RGB", (1500, 1500), os.urandom(1500 * 1500 * 3))
    with pytest.raises(Usage, match=r"has 6\.\d MB; networks take up to 5\.0 MB.*or as JPEG"):
        media.put(tmp_path, saved(noise, "PNG"))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Usage, match=r"up to 30\.0 MB are taken"):
        media.put(tmp_path, b"\0" * (encode.MAX_INPUT + 1))


def test_a_description_has_a_limit(tmp_path):
    data = saved(picture(), "PNG")
    assert media.put(tmp_path, data, "a" * 1000).alt == "a" * 1000
    with pytest.raises(Usage, match="1000 characters, this one has 1001"):
        media.put(tmp_path, data, "a" * 1001)


def test_bytes_that_changed_on_the_disk_are_not_sent(tmp_path):
    stored = media.put(tmp_path, saved(picture(), "PNG"))
    with (tmp_path / stored.sha256).open("ab") as file:
        file.write(b"x")
    with pytest.raises(PublisherError, match="not the bytes that were approved"):
        media.read(tmp_path, stored.sha256)


@pytest.mark.parametrize("name", ["0" * 64, "../config.toml", "", "0" * 63 + "/"])
def test_an_image_that_is_not_there_is_not_found(tmp_path, name):
    (tmp_path.parent / "config.toml").write_text("")
    with pytest.raises(NotFound):
        media.read(tmp_path, name)


def test_bytes_and_name_are_on_the_disk_before_put_returns(tmp_path, monkeypatch):
    steps = []
    sync, replace = os.fsync, os.replace
    folder = tmp_path / "media"

    def fsync(descriptor):
        where = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        steps.append("folder" if where == str(folder) else "bytes" if ".new-" in where else "above")
        sync(descriptor)

    def rename(*args):
        steps.append("name")
        replace(*args)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", rename)
    media.put(folder, saved(picture(), "PNG"))
    assert steps == ["bytes", "name", "folder", "above"]


@pytest.mark.parametrize(
    ("number", "says"), [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "Read-only file system")]
)
def test_a_disk_that_refuses_leaves_nothing_behind(tmp_path, monkeypatch, number, says):
    def refuse(_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(TryAgain, match=says):
        media.put(tmp_path, saved(picture(), "PNG"))
    assert list(tmp_path.iterdir()) == []
