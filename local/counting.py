"""Count tokens with the Messages API's count_tokens, which is free."""

import os
from collections.abc import Callable
from functools import cache

from mailroom.catalogue import ModelCard
from mailroom.domain.errors import MailroomError

TIMEOUT_S = 30.0


class CountingError(MailroomError):
    """The API did not count; the sentence says what to do."""


def token_counter(model: ModelCard) -> Callable[[str], int]:
    """Return a function that counts a system prompt's tokens as a model counts them; each text is asked for once.

    A request must have a message, so the least one is sent along, and what it counts by itself is taken off. Raises
    CountingError where there is no key, and so does the function where the API does not answer.
    """
    key = os.environ.get("ANTHROPIC_API_KEY", "")
    if not key:
        raise CountingError("--live counts with the API itself: set ANTHROPIC_API_KEY, or leave --live out.")
    import anthropic  # noqa: PLC0415 - the SDK takes a second to import, and most checks need no API

    client = anthropic.Anthropic(api_key=key, max_retries=2, timeout=TIMEOUT_S)
    message: list[anthropic.types.MessageParam] = [{"role": "user", "content": "."}]
    name = model.id_on("api")

    @cache
    def alone() -> int:
        return client.messages.count_tokens(model=name, messages=message).input_tokens

    @cache
    def count(text: str) -> int:
        try:
            whole = client.messages.count_tokens(model=name, messages=message, system=text).input_tokens
            return whole - alone()
        except anthropic.AnthropicError as error:
            raise CountingError(f"The API could not count the prompt's tokens ({type(error).__name__}).") from error

    return count
