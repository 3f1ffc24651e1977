"""What the Messages API refuses inside content blocks: empty text, odd pictures, misplaced documents."""

from typing import Any

from local.standin import tokens
from local.standin.errors import invalid
from local.standin.models import Model
from local.standin.prompt_parts import blocks_in_order

_MAX_PICTURE_BASE64 = 10 * 1024 * 1024
_MAX_SIDE_PX = 8_000
_MANY_PICTURES, _MAX_SIDE_OF_MANY_PX = 20, 2_000
_MEDIA_TYPES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_BLOCK_TYPES = frozenset(
    {"text", "image", "document", "tool_use", "tool_result", "thinking", "redacted_thinking", "search_result"},
)


def check_blocks(body: dict[str, Any], model: Model, *, newest: bool) -> None:
    """Raise ApiError 400 for the first block that the API would not take. ``newest``: under version 2026-10-21."""
    pictures = []
    for section, block in blocks_in_order(body):
        if section == "tools":
            continue
        _check_block(section, block, newest=newest)
        pictures += [block] if block.get("type") == "image" else []
    limit = 100 if model.context <= 200_000 else 600
    if len(pictures) > limit:
        raise invalid(f"messages: too many images ({len(pictures)} > {limit})")
    for block in pictures:
        _check_picture(block, many=len(pictures) > _MANY_PICTURES)


def _check_block(section: str, block: dict[str, Any], *, newest: bool) -> None:
    kind = block.get("type")
    if kind not in _BLOCK_TYPES or (section == "system" and kind != "text"):
        raise invalid(f"{section}: Input tag {kind!r} does not match any of the expected tags")
    if kind == "text":
        _check_text(section, block, newest=newest)
    if kind == "document" and section.endswith(":assistant") and newest:
        raise invalid(f"{section}: `document` blocks are not allowed in assistant turns")


def _check_text(section: str, block: dict[str, Any], *, newest: bool) -> None:
    if not isinstance(block.get("text"), str):
        raise invalid(f"{section}.text: Field required")
    if not block["text"]:
        reason = (
            "cache_control cannot be set for empty text blocks" if block.get("cache_control") else "must be non-empty"
        )
        raise invalid(f"{section}: text content blocks: {reason}")
    if block.get("citations") and section.endswith(":user") and newest:
        raise invalid(f"{section}: `citations` is not allowed on user text blocks")


def _check_picture(block: dict[str, Any], *, many: bool) -> None:
    source = block.get("source") or {}
    if source.get("type") in {"url", "file"}:
        return
    if source.get("type") != "base64" or source.get("media_type") not in _MEDIA_TYPES:
        raise invalid("image.source: Input should be base64 of image/jpeg, image/png, image/gif or image/webp")
    data = source.get("data")
    if not isinstance(data, str) or not data:
        raise invalid("image.source.data: Field required")
    if len(data) > _MAX_PICTURE_BASE64:
        raise invalid("image.source.data: image exceeds 10 MB maximum")
    size = tokens.picture_size(data)
    if size is None:
        raise invalid("Could not process image")
    side = _MAX_SIDE_OF_MANY_PX if many else _MAX_SIDE_PX
    if max(size) > side:
        raise invalid(f"image: dimensions exceed {side} pixels per side", error_code="image_dimensions_too_large")
