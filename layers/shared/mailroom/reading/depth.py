"""HTML nested without end, cut before a parser sees it: 200,000 open elements cost lexbor five minutes."""

import re

_DEPTH_LIMIT = 2_000
"""Chrome stops nesting at 512 elements; unclosed tags are counted here as if they nested, hence more."""

_TAGS_WORTH_COUNTING = 4_000
# Every element nests when it is not closed, except those that are empty or that the next of their kind closes.
_NESTING_TAG = re.compile(
    r"<(/?)(?=[a-z])(?!(?:area|base|body|br|col|dd|dt|embed|h[1-6]|head|hr|html|img|input|li|link|meta|option|p|param|source|tbody|"
    r"td|tfoot|th|thead|title|tr|track|wbr)\b)",
    re.IGNORECASE,
)
_OPENING_TAG = re.compile("<[a-zA-Z]")


def without_depths(source: str) -> str:
    """Return the source up to where it is nested deeper than browsers go: a parser's time grows with depth squared."""
    if source.count("<") < _TAGS_WORTH_COUNTING:
        return source
    if len(_OPENING_TAG.findall(source)) <= _DEPTH_LIMIT or _NESTING_TAG.findall(source).count("") <= _DEPTH_LIMIT:
        return source  # not even as many are opened
    depth = 0
    for match in _NESTING_TAG.finditer(source):
        depth = max(0, depth - 1) if match[1] else depth + 1
        if depth > _DEPTH_LIMIT:
            return source[: match.start()]
    return source
