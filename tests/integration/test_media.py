"""Images: what goes in, what is kept, and that nothing hidden in a file leaves."""

import base64
import errno
import hashlib
import io
import json
import os
import random
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageCms, PngImagePlugin, features

from publisher import media
from publisher.content import Fit
from publisher.errors import NotFound, Problem, TryAgain, Usage
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


LARGEST = Fit(4096, 5_000_000)


def put(folder, data, alt="", fits=(LARGEST,)):
    return media.put(folder, data, fits, alt=alt)


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.clause("1.3", kind="deny")
def test_a_photograph_leaves_without_place_comment_or_anything_appended(tmp_path):
    stored = put(tmp_path, with_gps(), "A view")
    data = media.read(tmp_path, stored.sha256)
    assert HIDDEN not in data
    assert b"Exif" not in data
    assert b"PK\x03\x04" not in data
    image = opened(data)
    assert not image.getexif()
    assert "comment" not in image.info
    assert data.endswith(b"\xff\xd9")


def test_a_photograph_is_turned_upright(tmp_path):
    stored = put(tmp_path, with_gps())
    assert (stored.width, stored.height) == (20, 40)


def test_text_hidden_in_a_png_is_gone(tmp_path):
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", HIDDEN.decode())
    notes.add_itxt("XML:com.adobe.xmp", HIDDEN.decode(), zip=True)
    data = saved(picture(), "PNG", pnginfo=notes) + HIDDEN
    stored = put(tmp_path, data)
    kept = media.read(tmp_path, stored.sha256)
    assert HIDDEN not in kept
    assert opened(kept).info == {}
    assert opened(kept).tobytes() == picture().tobytes()


@pytest.mark.parametrize("late", [False, True], ids=["before the picture", "behind it"])
def test_a_png_that_holds_a_drawing_program_s_own_file_is_taken(tmp_path, late):
    data = saved(picture(), "PNG")
    text = b"mxfile\0\0" + zlib.compress(b"<mxCell/>" * 500_000)
    chunk = struct.pack(">I", len(text)) + b"zTXt" + text
    chunk += struct.pack(">I", zlib.crc32(chunk[4:]))
    at = data.index(b"IEND" if late else b"IDAT") - 4
    stored = put(tmp_path, data[:at] + chunk + data[at:])
    assert opened(media.read(tmp_path, stored.sha256)).tobytes() == picture().tobytes()


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
    stored = put(tmp_path, saved(picture(mode), kind), "  What is to be seen  ")
    assert (stored.mime, stored.width, stored.height) == (mime, 40, 20)
    assert stored.alt == "What is to be seen"
    data = media.read(tmp_path, stored.sha256)
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    assert opened(data).get_format_mimetype() == mime


def test_transparency_stays(tmp_path):
    stored = put(tmp_path, saved(picture("RGBA"), "PNG"))
    image = opened(media.read(tmp_path, stored.sha256))
    assert image.getpixel((0, 0))[3] == 0
    assert image.getpixel((1, 0))[3] == 255


def test_the_same_image_is_stored_once(tmp_path):
    first, second = (put(tmp_path, saved(picture(), "PNG"), alt) for alt in "ab")
    assert first.sha256 == second.sha256
    assert [path.name for path in tmp_path.iterdir()] == [first.sha256]


def test_a_damaged_copy_is_healed_by_storing_it_again(tmp_path):
    stored = put(tmp_path, saved(picture(), "PNG"))
    (tmp_path / stored.sha256).write_bytes(b"rotten")
    put(tmp_path, saved(picture(), "PNG"))
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
def test_a_decompression_bomb_is_refused_before_a_pixel_is_decoded(size, monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("pixels were decoded"))
    with pytest.raises(Usage, match="more than 50 million pixels"):
        encode.reencode(bomb(*size), [LARGEST])


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
    with pytest.raises(Usage, match=r"not an image that can be read\. Taken are JPEG, PNG"):
        put(tmp_path, data)


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(Usage, match="empty"):
        put(tmp_path, b"")


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_an_animation_is_refused(tmp_path, kind):
    frames = [Image.new("RGB", (9, 9), color) for color in ("red", "blue")]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    with pytest.raises(Usage, match="animated"):
        put(tmp_path, data)


def noise(width, height, mode="RGB"):
    return Image.frombytes(mode, (width, height), os.urandom(width * height * len(mode)))


SMALL = Fit(600, 150_000)


def test_what_is_too_large_for_a_network_is_shrunk_for_it_and_not_refused(tmp_path):
    data = saved(noise(1500, 1000), "PNG")
    stored = put(tmp_path, data, "Noise", fits=(SMALL, LARGEST))
    assert (stored.mime, stored.width, stored.height) == ("image/png", 1500, 1000)
    small = stored.within(SMALL)
    assert (small.mime, small.alt, small.smaller) == ("image/jpeg", "Noise", ())
    kept = media.read(tmp_path, small.sha256)
    assert len(kept) == small.size <= SMALL.size
    assert opened(kept).size == (small.width, small.height)
    assert max(small.width, small.height) <= SMALL.side
    assert stored.within(LARGEST).sha256 == stored.sha256


def test_what_every_network_takes_is_stored_once(tmp_path):
    stored = put(tmp_path, saved(picture(), "PNG"), fits=(SMALL, LARGEST))
    assert stored.smaller == ()
    assert stored.within(SMALL).sha256 == stored.sha256
    assert len(list(tmp_path.iterdir())) == 1


def test_what_is_transparent_stays_so_when_it_is_shrunk(tmp_path):
    small = put(tmp_path, saved(noise(700, 700, "RGBA"), "PNG"), fits=(SMALL,))
    assert small.size <= SMALL.size
    assert opened(media.read(tmp_path, small.sha256)).mode == "RGBA"


def test_a_photograph_of_24_megapixels_is_taken(tmp_path):
    """A gradient: what matters is its size, not how long its noise takes to encode."""
    tile = Image.linear_gradient("L").resize((6000, 4000))
    data = saved(Image.merge("RGB", (tile, tile.transpose(0), tile)), "JPEG", quality=95)
    stored = put(tmp_path, data)
    assert (stored.width, stored.height) == (4096, 2731)


def test_a_phone_s_photograph_with_a_second_picture_inside_gives_its_first(tmp_path):
    first, preview = Image.new("RGB", (40, 30), "red"), Image.new("RGB", (40, 30), "blue")
    data = saved(first, "MPO", save_all=True, append_images=[preview])
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "MPO"
    stored = put(tmp_path, data)
    red, _, blue = opened(media.read(tmp_path, stored.sha256)).getpixel((20, 15))
    assert (red > 200, blue < 50) == (True, True)


# Made with Pillow and libheif: 40 x 20 red pixels, Exif with an orientation and the canary.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAb1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAA"
    "AAAAAAAAADRpbG9jAAAAAERAAAIAAQAAAAAB4QABAAAAAAAAADYAAgAAAAACFwABAAAAAAAAAD4AAAA4aWluZgAAAAAA"
    "AgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA/GlwcnAAAADc"
    "aXBjbwAAAHVodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAp"
    "QgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqrprm4CGgwIAAAAyAAAADAIRiAAEABkQBwXPBiQAAABNjb2xybmNseAABAA0A"
    "BoAAAAAUaXNwZQAAAAAAAABAAAAAQAAAAChjbGFwAAAAKAAAAAEAAAAUAAAAAf///+gAAAAC////1AAAAAIAAAAQcGl4"
    "aQAAAAADCAgIAAAAGGlwbWEAAAAAAAAAAQABBYECAwWEAAAAGmlyZWYAAAAAAAAADmNkc2MAAgABAAEAAAB8bWRhdAAA"
    "ADIoAa8E8haHNHFk0t/8V3///qdjsv2p1wSbVCOz9FLEYCa/deugZMTNE6ls0CgrqKdepgAAAAZFeGlmAABNTQAqAAAA"
    "CAACAQ4AAgAAAA4AAAAmARIAAwAAAAEABgAAAAAAAGNhbmFyeS03ZjNhOWUA"
)


@pytest.mark.clause("1.3", kind="deny")
def test_a_heic_photograph_is_taken_and_loses_what_is_hidden(tmp_path):
    assert HIDDEN in HEIC
    stored = put(tmp_path, HEIC)
    data = media.read(tmp_path, stored.sha256)
    assert (stored.mime, HIDDEN in data) == ("image/jpeg", False)
    red, green, _ = opened(data).getpixel((10, 10))
    assert (red > 150, green < 80) == (True, True)


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow was built without AVIF")
def test_an_avif_image_is_taken(tmp_path):
    assert put(tmp_path, saved(picture(), "AVIF")).mime == "image/jpeg"


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("cut", [1, 2])
def test_a_jpeg_without_its_end_marker_is_taken_whole(tmp_path, progressive, cut):
    data = saved(noise(80, 60), "JPEG", progressive=progressive)
    stored = put(tmp_path, data[:-cut])
    whole = put(tmp_path, data)
    assert stored.sha256 == whole.sha256


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_of_which_a_part_is_missing_is_refused(progressive):
    data = saved(noise(40, 30), "JPEG", progressive=progressive)
    start = data.index(b"\xff\xda") + 20
    for end in range(start, len(data) - 40, 7):
        with pytest.raises(Usage, match="not an image that can be read"):
            encode.reencode(data[:end], [LARGEST])


def swapped_profile():
    """sRGB with red and green in each other's place: what ignores it shows the wrong colour."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name, other in ((b"rXYZ", b"????"), (b"gXYZ", b"rXYZ"), (b"????", b"gXYZ")):
        profile = profile.replace(name, other, 1)
    return profile


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_a_colour_profile_is_applied_in_every_mode(tmp_path, mode):
    image = Image.new("RGB", (8, 8), (230, 20, 20))
    image = image.quantize(4) if mode == "P" else image.convert(mode)
    stored = put(tmp_path, saved(image, "PNG", icc_profile=swapped_profile()))
    found = opened(media.read(tmp_path, stored.sha256)).convert("RGB").getpixel((3, 3))
    assert [abs(a - b) < 12 for a, b in zip(found, (20, 230, 20), strict=True)] == [True] * 3


def png16(kind, values, clear):
    """A one-line PNG with 16 bits a channel and one colour that means transparent (tRNS)."""

    def chunk(name, body):
        check = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + check

    channels = {0: 1, 2: 3}[kind]
    head = struct.pack(">IIBBBBB", len(values) // channels, 1, 16, kind, 0, 0, 0)
    line = b"\0" + struct.pack(f">{len(values)}H", *values)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", head),
            chunk(b"tRNS", struct.pack(f">{channels}H", *clear)),
            chunk(b"IDAT", zlib.compress(line)),
            chunk(b"IEND", b""),
        ]
    )


@pytest.mark.parametrize(
    ("kind", "values", "clear"),
    [(0, (0, 20000, 40000), (20000,)), (2, (1, 2, 3, 20000, 65535, 40000), (20000, 65535, 40000))],
)
def test_sixteen_bits_keep_their_transparent_colour(tmp_path, kind, values, clear):
    image = opened(media.read(tmp_path, put(tmp_path, png16(kind, values, clear)).sha256))
    assert (image.getpixel((0, 0))[3], image.getpixel((1, 0))[3]) == (255, 0)


def test_what_a_decoder_cannot_do_in_its_memory_is_refused_in_words(tmp_path, monkeypatch):
    """The child is killed, the command is not."""
    broken = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    run = subprocess.run
    monkeypatch.setattr(
        subprocess, "run", lambda args, **more: run([args[0], "-I", "-c", broken], **more)
    )
    with pytest.raises(Usage, match="within the memory and time"):
        put(tmp_path, saved(picture(), "PNG"))
    assert list(tmp_path.iterdir()) == []


def largest(kind, **how):
    """As large as is taken, and nothing in it is smooth."""
    side = 5_900 if how else 7_000
    tile = Image.frombytes("RGB", (500, 500), random.Random(1).randbytes(750_000))
    return saved(tile.resize((side, side), Image.Resampling.BILINEAR), kind, **how)


@pytest.mark.parametrize(
    ("kind", "how", "cut", "begins"),
    [
        ("JPEG", {}, 0, b'[["image/jpeg", 3500, 3500'),
        ("JPEG", {"progressive": True, "subsampling": 0}, 0, b'[["image/jpeg", 2950, 2950'),
        ("JPEG", {"progressive": True, "subsampling": 0}, 2, b'[["image/jpeg", 2950, 2950'),
    ],
    ids=["JPEG", "progressive", "progressive without its end"],
)
def test_the_largest_that_is_taken_needs_less_than_400_megabytes(kind, how, cut, begins):
    data = largest(kind, **how)
    code = (
        "import resource, sys; from publisher.media import child; "
        "child.main(sys.stdin.buffer, sys.stdout.buffer); "
        "print(open('/proc/self/status').read(), file=sys.stderr)"
    )
    line = json.dumps([[LARGEST.side, LARGEST.size]]).encode() + b"\n"
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=line + data[: len(data) - cut],
        capture_output=True,
        check=True,
    )
    peak = int(re.search(rb"VmHWM:\s+(\d+) kB", done.stderr)[1])
    assert done.stdout.startswith(begins)
    assert peak < 400_000


def test_a_progressive_jpeg_that_waits_in_memory_for_too_much_is_refused(tmp_path):
    image = Image.new("CMYK", (6_000, 5_000))
    with pytest.raises(Usage, match="more than 27 million pixels"):
        put(tmp_path, saved(image, "JPEG", progressive=True, subsampling=0))
    assert put(tmp_path, saved(Image.new("RGB", (6_000, 5_000)), "JPEG", progressive=True)).width


@pytest.mark.parametrize("what", ["/dev/zero", "folder", "pipe", "missing", "nul\0name", "large"])
def test_only_a_file_is_read_and_only_one_that_is_small_enough(tmp_path, what):
    where = {
        "/dev/zero": Path("/dev/zero"),
        "folder": tmp_path,
        "pipe": tmp_path / "pipe",
        "large": tmp_path / "large.jpg",
    }.get(what, tmp_path / what)
    if what == "pipe":
        os.mkfifo(where)
    if what == "large":
        with where.open("wb") as file:
            file.truncate(media.MAX_INPUT + 1)
    with pytest.raises(Usage):
        media.taken(where)


def test_a_description_has_a_limit(tmp_path):
    data = saved(picture(), "PNG")
    assert put(tmp_path, data, "a" * 1000).alt == "a" * 1000
    with pytest.raises(Usage, match="1000 characters, this one has 1001"):
        put(tmp_path, data, "a" * 1001)


def test_bytes_that_changed_on_the_disk_are_not_sent(tmp_path):
    stored = put(tmp_path, saved(picture(), "PNG"))
    with (tmp_path / stored.sha256).open("ab") as file:
        file.write(b"x")
    with pytest.raises(Problem, match="not the bytes that were attached"):
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
    put(folder, saved(picture(), "PNG"))
    assert steps == ["bytes", "name", "folder", "above"]


@pytest.mark.parametrize(
    ("number", "says"), [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "Read-only file system")]
)
def test_a_disk_that_refuses_leaves_nothing_behind(tmp_path, monkeypatch, number, says):
    def refuse(_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(TryAgain, match=says):
        put(tmp_path, saved(picture(), "PNG"))
    assert list(tmp_path.iterdir()) == []
