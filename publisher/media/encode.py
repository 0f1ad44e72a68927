"""What comes out of here was drawn by us: pixels only, no metadata, nothing before or after."""

import io
import warnings
from contextlib import suppress
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps

from publisher.errors import Usage

MAX_BYTES = 5_000_000  # of the result: X's limit, the smallest of the networks
MAX_INPUT = 30_000_000  # bytes
MAX_PIXELS = 50_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
QUALITY = 90

_TAKEN = "PNG, JPEG, WEBP or GIF"

# Pillow only warns between 89 and 179 megapixels, and we stop far below.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Encoded:
    """An image as it will be sent: bytes, MIME type, size in pixels."""

    data: bytes
    mime: str
    width: int
    height: int


def reencode(data: bytes) -> Encoded:
    """Decode, turn upright, draw on a fresh canvas, encode. Raises Usage for what cannot be sent.

    PNG stays PNG and JPEG stays JPEG; WEBP becomes PNG when it is transparent, else JPEG; GIF PNG.
    """
    if not data:
        raise Usage("The image file is empty. Choose another file.")
    if len(data) > MAX_INPUT:
        raise Usage(f"The image file has {_mb(len(data))}; up to {_mb(MAX_INPUT)} are taken.")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check(image)
            canvas = _drawn(image)
            jpeg = image.format == "JPEG" or (image.format == "WEBP" and canvas.mode == "RGB")
    except Usage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except Exception:  # noqa: BLE001  # on hostile bytes a decoder may raise anything
        raise Usage(
            f"The file is not an image that can be read. Taken are {_TAKEN}; "
            "open it in an image program, save it as one of these and try again."
        ) from None
    return _encoded(canvas, jpeg=jpeg)


def _check(image: Image.Image) -> None:
    """Look at what the file declares, before a single pixel is decoded."""
    if image.width * image.height > MAX_PIXELS:
        raise _too_large()
    if getattr(image, "is_animated", False):
        raise Usage(
            "The image is animated, and only still images are sent. Save one frame of it as PNG."
        )


def _too_large() -> Usage:
    return Usage(
        f"The image has more than {MAX_PIXELS // 1_000_000} million pixels. "
        "Save it smaller and try again."
    )


def _drawn(image: Image.Image) -> Image.Image:
    clear = image.has_transparency_data
    upright = ImageOps.exif_transpose(image)
    pixels = _in_srgb(upright).convert("RGBA" if clear else "RGB")
    canvas = Image.new(pixels.mode, pixels.size)
    canvas.paste(pixels)
    return canvas


def _in_srgb(image: Image.Image) -> Image.Image:
    """The colours stay what they were when the profile that explains them is left out."""
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "RGBA", "CMYK", "L"):
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode=mode
            )
            return turned or image
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("L")
    return image


def _encoded(canvas: Image.Image, *, jpeg: bool) -> Encoded:
    out = io.BytesIO()
    if jpeg:
        canvas.save(out, "JPEG", quality=QUALITY, optimize=True)
    else:
        canvas.save(out, "PNG")
    if out.tell() > MAX_BYTES:
        hint = "Save it with fewer pixels" + ("" if jpeg else ", or as JPEG")
        raise Usage(
            f"Cleaned of everything hidden, the image has {_mb(out.tell())}; networks take up to "
            f"{_mb(MAX_BYTES)}. {hint}, and try again."
        )
    return Encoded(out.getvalue(), "image/jpeg" if jpeg else "image/png", *canvas.size)


def _mb(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
