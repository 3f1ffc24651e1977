"""An estimate of tokens: near enough to budget with, never a bill.

The vendor publishes no tokenizer. The estimate counts the pieces that byte-pair tokenizers cut text into: short words
whole, long words and numbers in parts, punctuation by itself; that gives about 4 characters to a token of English prose
and about 3 of JSON. Newer models cut finer (``Model.tokenizer``).
"""

import base64
import binascii
import io
import math
import re
from functools import lru_cache
from typing import Any

_PIECES = re.compile(r"[A-Za-z]+|[0-9]+|[぀-ヿ㐀-鿿가-힯]|[^\W\d_]+|[^\w\s]|_|\n+")
_PICTURE_PATCH_PX = 28
"""A picture costs one token for each patch of 28 by 28 pixels (the vendor's vision page)."""


@lru_cache(maxsize=512)
def of_text(text: str) -> int:
    """Return the estimated tokens of a text for a model whose tokenizer factor is 1."""
    total = 0
    for piece in _PIECES.findall(text):
        first = piece[0]
        if first.isascii():
            total += 1 + (len(piece) - 1) // (3 if first.isdigit() else 7)
        else:
            total += 1 + (len(piece) - 1) // 3
    return total


def scaled(text: str, factor: float) -> int:
    """Return the estimated tokens of a text under a model's tokenizer factor."""
    return math.ceil(of_text(text) * factor)


def of_picture(size: tuple[int, int], cap: int) -> int:
    """Return what a picture of (width, height) pixels costs; larger pictures are scaled down to ``cap``."""
    width, height = size
    return min(cap, math.ceil(width / _PICTURE_PATCH_PX) * math.ceil(height / _PICTURE_PATCH_PX))


@lru_cache(maxsize=16)
def picture_size(data: str) -> tuple[int, int] | None:
    """Return (width, height) of a base64 picture, or None where it is no JPEG, PNG, GIF or WebP."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - most requests carry no picture

    try:
        with Image.open(
            io.BytesIO(base64.b64decode(data, validate=True)), formats=("JPEG", "PNG", "GIF", "WEBP")
        ) as it:
            return it.size
    except (binascii.Error, UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None


def of_block(block: dict[str, Any], factor: float, picture_cap: int) -> int:
    """Return the estimated tokens of one content block of any type."""
    match block:
        case {"type": "text", "text": str(text)}:
            return scaled(text, factor)
        case {"type": "image", "source": {"type": "base64", "data": str(data)}}:
            return of_picture(picture_size(data) or (0, 0), picture_cap)
        case {"type": "tool_result", "content": list(parts)}:
            return 8 + sum(of_block(part, factor, picture_cap) for part in parts)
        case _:
            rest = {key: value for key, value in block.items() if key != "cache_control"}
            return scaled(str(rest), factor)
