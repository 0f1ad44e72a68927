"""What comes out of here was drawn by us: pixels only, no metadata, nothing before or after."""

import hashlib
import io
import math
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import pi_heif
from PIL import Image, ImageCms, ImageOps, PngImagePlugin
from PIL.JpegImagePlugin import JpegImageFile

from publisher.content import Fit
from publisher.errors import Usage

MAX_PIXELS = 50_000_000
MAX_DECODED = 200_000_000  # bytes: with all that is made from it, a decoder stays under 400 MB
MAX_WAITING = 220_000_000  # bytes of a progressive JPEG before its first pixel can be drawn
MOST = 250_000_000  # bytes of that and of the pixels together
WHOLE = 36_000_000  # pixels; more are halved before anything else is made of them
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "HEIF", "AVIF")
STILL = ("MPO", "HEIF")  # what else is inside is not another moment, but a preview or a depth map
QUALITIES = (90, 82, 74)
SMALLER = 0.9  # at most, of the sides, when no quality is small enough

# What a pixel costs at its worst while it is decoded and shrunk (measured), in bytes.
_BY_MODE = {"L": 1, "1": 2, "RGB": 4, "CMYK": 4, "I;16": 4, "P": 5}
_BY_FORMAT = {"WEBP": 14, "AVIF": 6}
_TRANSPARENT = 8

_TAKEN = ["JPEG", "PNG", "HEIC", "AVIF", "WEBP", "GIF"]
_END = b"\xff\xd9"  # of a JPEG (ITU-T T.81, B.1.1.3)
_PROGRESSIVE = re.compile(rb"\xff\xc2\x00[\x0b\x11\x14]\x08")  # SOF2: 1, 3 or 4 components
_SCAN = re.compile(rb"\xff\xda\x00[\x08\x0a\x0c\x0e](?=[\x01-\x04])")  # SOS
_NOISE = b"\x35\x9a\x71\x0c" * 64

# Pillow only warns between 89 and 179 megapixels, and we stop far below.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
# Drawing programs keep their own file, or its history, in a PNG: megabytes that we leave out.
PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY = 8_000_000, 16_000_000
Image.init()  # else the formats that are rarely used are not known by name
pi_heif.register_heif_opener()


@dataclass(frozen=True)
class Encoded:
    """An image as it will be sent: bytes, MIME type, size in pixels."""

    data: bytes
    mime: str
    width: int
    height: int

    def fits(self, fit: Fit) -> bool:
        """Would a network with this limit take it?"""
        return max(self.width, self.height) <= fit.side and len(self.data) <= fit.size


def reencode(data: bytes, fits: Iterable[Fit]) -> list[Encoded]:
    """Decode, turn upright, draw on a fresh canvas, encode once for each limit, the largest first.

    What fits several limits is there once. JPEG stays JPEG; PNG and GIF become PNG where that is
    small enough or transparent, else JPEG; HEIC, AVIF and WEBP become PNG when transparent, else
    JPEG. Raises Usage for what cannot be sent.
    """
    if not data:
        raise Usage("media.empty_file", field="images")
    wanted = sorted(fits, key=lambda fit: (fit.side, fit.size), reverse=True)
    try:
        canvas, drawn = _read(data, wanted[0].side)
    except Usage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except Exception:  # noqa: BLE001  # on hostile bytes a decoder may raise anything
        raise Usage("media.no_image", field="images", taken=_TAKEN) from None
    made: list[Encoded] = []
    for fit in wanted:
        if not any(one.fits(fit) for one in made):
            made.append(next(one for one in _tries(canvas, fit, lossless=drawn) if one.fits(fit)))
    return made


def _read(data: bytes, side: int) -> tuple[Image.Image, bool]:
    """The picture within `side` pixels, and whether it is better kept without loss."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        _check(image)
        drawn, most = image.format in ("PNG", "GIF"), _most(image, side)
        image.draft("RGB", (most, most))  # a JPEG is decoded at half its size where that is enough
        try:
            image.load()
            return _drawn(image, side), drawn
        except OSError:
            if image.format not in ("JPEG", "MPO"):
                raise
    return _drawn(_mended(data, most), side), False


def _most(image: Image.Image, side: int) -> int:
    """The longer side at which to decode: half of what the memory does not bear whole."""
    pixels = image.width * image.height
    return max(image.size) // 2 if pixels > WHOLE or _waiting(image) + 4 * pixels > MOST else side


def _waiting(image: Image.Image) -> int:
    """Bytes that wait in memory for the last scan of a progressive JPEG: two a coefficient."""
    layers = image.layer if isinstance(image, JpegImageFile) and "progressive" in image.info else []
    sizes = [across * down for _, across, down, _ in layers]
    return 2 * image.width * image.height * sum(sizes) // max(sizes, default=1)


def _mended(data: bytes, most: int) -> Image.Image:
    """A JPEG of which only the end marker is missing; raises ValueError when picture is missing too.

    A decoder fills what is missing with grey. What stands between the picture and its end is left
    out by every decoder, so only where picture is missing does it show.
    """
    seen = []
    for more in (_NOISE, b""):
        image = Image.open(io.BytesIO(data.rstrip(b"\xff") + more + _END), formats=("JPEG",))
        image.draft("RGB", (most, most))
        seen.append(hashlib.sha256(image.tobytes()).digest())
    if seen[0] != seen[1] or not _every_scan(data):
        raise ValueError("a part of the picture is missing")
    return image


def _every_scan(data: bytes) -> bool:
    """Did a progressive JPEG come to its last scans, down to every component's last bit?

    Between two scans nothing is missing that a decoder would notice (ITU-T T.81, G.1.1.1.1).
    """
    frame = _PROGRESSIVE.search(data)
    if frame is None:
        return True
    done: set[tuple[int, int]] = set()
    for found in _SCAN.finditer(data, frame.end()):  # after any thumbnail
        count = data[found.end()]
        at = found.end() + 1 + 2 * count
        first, last, bits = data[at], data[at + 1], data[at + 2] & 15
        if bits == 0:
            parts = data[found.end() + 1 : at : 2]
            done |= {(part, place) for part in parts for place in range(first, last + 1)}
    known = {part for part, _ in done}
    return bool(known) and all((part, place) in done for part in known for place in range(64))


def _check(image: Image.Image) -> None:
    """Look at what the file declares, before a single pixel is decoded."""
    clear = _TRANSPARENT if image.has_transparency_data else 0
    cost = max(_BY_MODE.get(image.mode, _TRANSPARENT), _BY_FORMAT.get(str(image.format), 0), clear)
    most = min(MAX_PIXELS, MAX_DECODED // cost)
    if waiting := _waiting(image):
        most = min(most, MAX_WAITING * image.width * image.height // waiting)
    if image.width * image.height > most:
        raise _too_large(most)
    if getattr(image, "is_animated", False) and image.format not in STILL:
        raise Usage("media.animated", field="images")


def _too_large(most: int = MAX_PIXELS) -> Usage:
    return Usage("media.too_large", field="images", millions=most // 1_000_000)


def _drawn(image: Image.Image, side: int) -> Image.Image:
    """Shrunk first: every later step then costs what the result has, not what the file has."""
    clear = image.has_transparency_data
    pixels = _eight_bits(image)
    if pixels.mode not in ("L", "RGB", "RGBA", "CMYK"):
        pixels = pixels.convert("RGBA" if clear else "RGB")
    whole = pixels.width * pixels.height <= WHOLE
    most = side if whole else min(side, max(pixels.size) // 2)
    gap = 2.0 if whole else 1.0  # from this on it is halved at first, in place
    pixels.thumbnail((most, most), Image.Resampling.LANCZOS, reducing_gap=gap)
    pixels = _in_srgb(ImageOps.exif_transpose(pixels)).convert("RGBA" if clear else "RGB")
    canvas = Image.new(pixels.mode, pixels.size)
    canvas.paste(pixels)
    return canvas


def _eight_bits(image: Image.Image) -> Image.Image:
    """The upper half of 16-bit values, the one colour that means transparent included."""
    clear = image.info.get("transparency")
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256).convert("L")
        if isinstance(clear, int):
            image.info["transparency"] = clear >> 8
    elif image.mode == "RGB" and isinstance(clear, tuple) and max(clear) > 255:
        image.info["transparency"] = tuple(value >> 8 for value in clear)
    return image if image.mode != "L" or clear is None else image.convert("RGBA")


def _in_srgb(image: Image.Image) -> Image.Image:
    """The colours stay what they were when the profile that explains them is left out."""
    profile = image.info.get("icc_profile")
    if profile:
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode=mode
            )
            return turned or image
    return image


def _tries(canvas: Image.Image, fit: Fit, *, lossless: bool) -> Iterator[Encoded]:
    """Ever smaller: without loss where that is asked for or needed, by quality, by size."""
    size, clear = canvas.size, canvas.mode == "RGBA"
    scale = min(1.0, fit.side / max(size))
    while True:
        pixels = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
        picture = canvas if pixels == size else canvas.resize(pixels, Image.Resampling.LANCZOS)
        if clear or lossless:
            yield (made := _encoded(picture, "PNG"))
        for quality in () if clear else QUALITIES:
            yield (made := _encoded(picture, "JPEG", quality))
        scale *= min(SMALLER, math.sqrt(fit.size / len(made.data)))


def _encoded(picture: Image.Image, kind: str, quality: int = 0) -> Encoded:
    out = io.BytesIO()
    if kind == "JPEG":
        picture.save(out, "JPEG", quality=quality, optimize=True)
    else:
        picture.save(out, "PNG")
    return Encoded(out.getvalue(), f"image/{kind.lower()}", *picture.size)
