"""Pictures for the model's eyes: checked, turned upright, scaled to the size the model can use, counted in tokens."""

import io
import math
from typing import TYPE_CHECKING

from mailroom.domain.message import Picture
from mailroom.reading import limits
from mailroom.reading.attachments.finding import UnreadableError

if TYPE_CHECKING:
    from PIL.Image import Image

EDGE_PX = 1568
"""Longest useful edge on the standard image tier (Claude API docs, "Vision")."""

PATCH_PX = 28
TOKEN_CAP = 1568
_BYTES = 3_700_000
"""Base64 adds a third, and the strictest route (Bedrock, Vertex) takes 5 MB a picture."""

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
_AS_THEY_ARE = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
_UPRIGHT = 1
_ORIENTATION_TAG = 0x0112


def picture_tokens(width_px: int, height_px: int) -> int:
    """Return what a picture costs: one token per 28 x 28 px patch, at most 1,568 (Claude API docs, "Vision")."""
    return min(TOKEN_CAP, math.ceil(width_px / PATCH_PX) * math.ceil(height_px / PATCH_PX))


def scaled_size(width_px: int, height_px: int) -> tuple[int, int]:
    """Return the largest size in the same proportion that neither the edge nor the token cap would shrink further."""
    scale = min(1.0, EDGE_PX / max(width_px, height_px))
    width, height = max(1, int(width_px * scale)), max(1, int(height_px * scale))
    while math.ceil(width / PATCH_PX) * math.ceil(height / PATCH_PX) > TOKEN_CAP:
        factor = math.sqrt(TOKEN_CAP / (math.ceil(width / PATCH_PX) * math.ceil(height / PATCH_PX)))
        width, height = max(1, min(width - 1, int(width * factor))), max(1, min(height - 1, int(height * factor)))
    return width, height


def read_picture(data: bytes, *, name: str, part: str) -> Picture:
    """Return a picture ready to be sent. Raises UnreadableError for damaged, huge and meaningless ones."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - 20 ms and 5 MB that few messages need

    # Pillow would warn where we refuse: the size is checked below, before any pixel is decoded.
    Image.MAX_IMAGE_PIXELS = None
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise UnreadableError("is a damaged picture") from error
    width, height = image.size
    if width * height > limits.PICTURE_PIXELS:
        raise UnreadableError(f"is a picture of {width} x {height} pixels, more than the model takes")
    if min(width, height) < PATCH_PX:
        raise UnreadableError("is a picture too small to show anything (an ornament or a tracking pixel)")
    try:
        return _prepared(image, data, name=name, part=part)
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise UnreadableError("is a damaged picture") from error


def _prepared(image: "Image", data: bytes, *, name: str, part: str) -> Picture:
    from PIL import ImageOps  # noqa: PLC0415 - as above

    media_type = _AS_THEY_ARE.get(image.format or "")
    size = scaled_size(*image.size)
    upright = image.getexif().get(_ORIENTATION_TAG, _UPRIGHT) == _UPRIGHT
    still = getattr(image, "n_frames", 1) == 1
    if media_type and upright and still and size == image.size and len(data) <= _BYTES:
        image.load()  # a truncated file must be found here, not by the API
        return _picture(media_type, data, size, name=name, part=part)
    if image.format == "JPEG":
        image.draft("RGB", size)  # decodes at a fraction of the size: four times faster for a phone's photograph
    turned = image if upright else ImageOps.exif_transpose(image)
    size = scaled_size(*turned.size)
    return encode(turned, size, name=name, part=part)


def encode(image: "Image", size: tuple[int, int], *, name: str, part: str, page: int = 0) -> Picture:
    """Return an image scaled and encoded: JPEG for photographs, PNG for what has few colours."""
    from PIL import Image as Images  # noqa: PLC0415 - as above

    few_colours = image.mode in ("1", "P", "L", "LA")
    transparent = "A" in image.getbands() or "transparency" in image.info
    mode = "RGBA" if transparent else "RGB"
    plain = image if image.mode == mode else image.convert(mode)
    if transparent and plain.getchannel("A").getextrema() == (255, 255):
        plain = plain.convert("RGB")  # a channel that hides nothing triples the work of scaling
    if plain.mode == "RGBA":
        white = Images.new("RGB", plain.size, (255, 255, 255))
        white.paste(plain, mask=plain.getchannel("A"))
        plain = white
    if plain.size != size:
        # As sharp as bicubic when it shrinks, and looks at half as many pixels (Pillow's documentation, "Filters").
        plain = plain.resize(size, Images.Resampling.HAMMING, reducing_gap=2.0)
    buffer = io.BytesIO()
    if few_colours:
        plain.convert("L" if image.mode in ("1", "L", "LA") else "RGB").save(buffer, "PNG")
    if not few_colours or buffer.tell() > _BYTES:
        buffer = io.BytesIO()
        plain.save(buffer, "JPEG", quality=85)
        return _picture("image/jpeg", buffer.getvalue(), size, name=name, part=part, page=page)
    return _picture("image/png", buffer.getvalue(), size, name=name, part=part, page=page)


def _picture(media_type: str, data: bytes, size: tuple[int, int], *, name: str, part: str, page: int = 0) -> Picture:
    return Picture(media_type, data, size[0], size[1], picture_tokens(*size), part, name, page)
