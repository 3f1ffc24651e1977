import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.standin.cache import LIFETIME_S, PrefixBlock, PromptCache

LONG = "Some rules for reading letters with care. " * 700
"""About 5,000 tokens, above every model's minimum."""


def marked(text=LONG, ttl=None):
    control = {"type": "ephemeral"} | ({"ttl": ttl} if ttl else {})
    return [{"type": "text", "text": text, "cache_control": control}]


def classes(message):
    usage = message["usage"]
    return usage["cache_creation_input_tokens"], usage["cache_read_input_tokens"]


def test_the_first_call_writes_and_the_next_reads_the_same(desk, asking):
    written, read = classes(desk.message(asking(system=marked())))
    assert written > 4096
    assert read == 0
    assert classes(desk.message(asking(system=marked()))) == (0, written)


def test_input_tokens_are_only_what_follows_the_breakpoint(desk, asking):
    cached, plain = desk.message(asking(system=marked())), desk.message(asking(system=LONG))
    written, _ = classes(cached)
    assert plain["usage"]["input_tokens"] == cached["usage"]["input_tokens"] + written
    assert cached["usage"]["input_tokens"] < 20


@pytest.mark.parametrize(("model", "caches"), [("claude-haiku-4-5", False), ("claude-sonnet-4-6", True)])
def test_a_prefix_below_the_models_minimum_is_silently_not_cached(desk, asking, model, caches):
    asked = asking(model=model, system=marked(LONG[: len(LONG) // 2]))
    assert bool(classes(desk.message(asked))[0]) is caches


@pytest.mark.parametrize(("ttl", "kind"), [("5m", "ephemeral_5m_input_tokens"), ("1h", "ephemeral_1h_input_tokens")])
def test_an_entry_lives_its_time_from_the_start_of_the_last_call_that_used_it(desk, asking, ttl, kind):
    asked = asking(system=marked(ttl=ttl))
    assert desk.message(asked)["usage"]["cache_creation"][kind] > 0
    desk.now += LIFETIME_S[ttl] - 1
    assert classes(desk.message(asked))[1] > 0
    desk.now += LIFETIME_S[ttl] - 1
    assert classes(desk.message(asked))[1] > 0
    desk.now += LIFETIME_S[ttl]
    assert classes(desk.message(asked))[1] == 0


def a_schema(description):
    return {
        "type": "object",
        "properties": {},
        "required": [],
        "additionalProperties": False,
        "description": description,
    }


@pytest.mark.parametrize(
    "change",
    [
        {"model": "claude-sonnet-4-6"},
        {"system": marked(LONG.replace("care", "Care", 1))},
        {"tools": [{"name": "note", "input_schema": {"type": "object"}}]},
        {"output_config": {"format": {"type": "json_schema", "schema": a_schema("one word more")}}},
    ],
)
def test_any_change_before_the_breakpoint_misses(desk, asking, change):
    output = {"format": {"type": "json_schema", "schema": a_schema("one word")}}
    desk.message(asking(system=marked(), output_config=output))
    assert classes(desk.message(asking(**({"system": marked(), "output_config": output} | change))))[1] == 0


def test_another_workspace_reads_nothing(desk, asking):
    desk.message(asking(system=marked()))
    assert classes(desk.message(asking(system=marked()), authorization="Bearer key-of-another"))[1] == 0


def test_another_message_after_the_breakpoint_still_reads(desk, asking):
    desk.message(asking(system=marked()))
    other = asking(system=marked(), messages=[{"role": "user", "content": "Something else"}])
    assert classes(desk.message(other))[1] > 0


def block(number, ttl=""):
    return PrefixBlock(str(number), 1000 * (number + 1), 1000 * (number + 1), ttl)


def test_an_entry_cannot_be_read_before_its_answer_began():
    cache, prefix = PromptCache(), [block(0, "5m")]
    first = cache.look_up(prefix, 500, now=0.0)
    second = cache.look_up(prefix, 500, now=0.1)
    cache.begin(first)
    third = cache.look_up(prefix, 500, now=0.2)
    assert [use.write_5m for use in (first, second, third)] == [1000, 1000, 0]
    assert third.read == 1000


def test_a_longer_prompt_reads_the_old_stretch_and_writes_the_rest():
    cache = PromptCache()
    cache.begin(cache.look_up([block(0, "1h")], 500, now=0.0))
    use = cache.look_up([block(0, "1h"), block(1), block(2, "5m")], 500, now=1.0)
    assert (use.read, use.write_1h, use.write_5m) == (1000, 0, 2000)


def test_a_read_walks_back_twenty_blocks_and_no_further():
    cache = PromptCache()
    cache.begin(cache.look_up([block(0, "5m")], 500, now=0.0))

    def read_over(blocks):
        return cache.look_up([block(n) for n in range(blocks)] + [block(blocks, "5m")], 500, now=1.0).read

    assert (read_over(19), read_over(20)) == (1000, 0)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["", "5m", "1h"])), min_size=1, max_size=8),
    st.lists(st.integers(0, 500), min_size=1, max_size=6),
)
def test_read_and_written_tokens_always_end_at_the_last_breakpoint_in_effect(parts, waits):
    cache, now, key, prefix = PromptCache(), 0.0, "", []
    for position, (word, ttl) in enumerate(parts):
        key += f"/{word}"
        prefix.append(PrefixBlock(key, 300 * (position + 1), 300 * (position + 1), ttl))
    ends = [one.tokens for one in prefix if one.ttl and one.countable >= 700]
    for wait in waits:
        now += wait
        use = cache.look_up(prefix, 700, now)
        cache.begin(use)
        assert use.covered == (ends[-1] if ends else 0)
