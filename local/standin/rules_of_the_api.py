"""What the Messages API refuses with a 400, in the order in which it notices (the vendor's pages up to 2026-11)."""

import re
from dataclasses import dataclass
from typing import Any

from local.standin.errors import ApiError, invalid
from local.standin.models import Model
from local.standin.prompt_parts import blocks_in_order, blocks_of
from local.standin.rules_of_content import check_blocks
from local.standin.schema_rules import check_schema

NEWEST_VERSION = "2026-10-21"
VERSIONS = frozenset({"2023-06-01", NEWEST_VERSION})
MAX_REQUEST_BYTES = 32 * 1024 * 1024
_MAX_BREAKPOINTS = 4
_MAX_STRICT_TOOLS = 20
_TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_PARAMETERS = frozenset(
    {
        *("model", "max_tokens", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "stream"),
        *("stop_sequences", "metadata", "service_tier", "cache_control", "container", "diagnostics", "inference_geo"),
        *("speed", "user_profile_id", "workspace_id", "temperature", "top_p", "top_k"),
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its body, the model it names, the API version it speaks; ``counting`` for count_tokens."""

    body: dict[str, Any]
    model: Model
    version: str
    counting: bool = False
    batched: bool = False

    @property
    def output_format(self) -> dict[str, Any] | None:
        """The structured output that the request asks for, or None."""
        found = (self.body.get("output_config") or {}).get("format")
        return found if isinstance(found, dict) else None

    @property
    def effort(self) -> str:
        """The effort in force, "" where the model has none."""
        asked = (self.body.get("output_config") or {}).get("effort")
        return str(asked or (self.model.default_effort if self.model.efforts else ""))

    @property
    def thinking(self) -> str:
        """The thinking shape in force."""
        asked = self.body.get("thinking")
        if isinstance(asked, dict):
            return str(asked.get("type"))
        return "adaptive" if self.model.thinks else "disabled"

    @property
    def forces_tool(self) -> bool:
        """Whether the request forces the use of a tool."""
        return (self.body.get("tool_choice") or {}).get("type") in {"any", "tool"}


def check_version(version: str | None) -> str:
    """Return the API version of a request; ApiError 400 where the header is missing or unknown."""
    if version is None:
        raise invalid("anthropic-version: header is required")
    if version not in VERSIONS:
        raise invalid(f"anthropic-version: {version!r} is not a valid version")
    return version


def check(asked: Asked) -> None:
    """Raise ApiError 400 with the API's reason, or return where the API would answer."""
    _check_parameters(asked)
    _check_messages(asked.body)
    _check_sampling(asked)
    _check_output_config(asked)
    _check_thinking(asked)
    _check_tools(asked)
    _check_prefill(asked)
    _check_breakpoints(asked.body)
    check_blocks(asked.body, asked.model, newest=asked.version == NEWEST_VERSION)
    if not asked.counting:
        _check_max_tokens(asked)


def check_context(model: Model, prompt_tokens: int) -> None:
    """Raise ApiError 400 where the prompt alone does not fit the model's context."""
    if prompt_tokens > model.context:
        raise invalid(f"prompt is too long: {prompt_tokens} tokens > {model.context} maximum")


def _check_parameters(asked: Asked) -> None:
    if unknown := sorted(set(asked.body) - _PARAMETERS):
        raise invalid(f"{unknown[0]}: Extra inputs are not permitted")
    if asked.body.get("inference_geo") and "-4-5" in asked.model.id:
        raise invalid("inference_geo is not supported for this model")
    if asked.batched and asked.body.get("stream"):
        raise invalid("stream: not supported in a batch")


def _check_messages(body: dict[str, Any]) -> None:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise invalid("messages: at least one message is required")
    for number, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in {"user", "assistant"}:
            raise invalid(f"messages.{number}.role: Input should be 'user' or 'assistant'")
        if not blocks_of(message.get("content")) and number < len(messages) - 1:
            raise invalid(f"messages.{number}: all messages must have non-empty content")
    if messages[0]["role"] != "user":
        raise invalid("messages: first message must use the user role")


def _check_sampling(asked: Asked) -> None:
    defaults = {"temperature": 1, "top_p": None, "top_k": None}
    for name, default in defaults.items():
        if name not in asked.body:
            continue
        if asked.version == NEWEST_VERSION:
            raise invalid(f"{name}: Extra inputs are not permitted in API version {NEWEST_VERSION}")
        if not asked.model.sampling and asked.body[name] != default:
            raise invalid(f"`{name}` is not supported for this model")


def _check_output_config(asked: Asked) -> None:
    config = asked.body.get("output_config") or {}
    if unknown := sorted(set(config) - {"format", "effort"}):
        raise invalid(f"output_config.{unknown[0]}: Extra inputs are not permitted")
    effort = config.get("effort")
    if effort is not None and effort not in asked.model.efforts:
        reason = "This model does not support the effort parameter." if not asked.model.efforts else f"not {effort!r}"
        raise invalid(f"output_config.effort: {reason}")
    wanted = config.get("format")
    if wanted is None:
        return
    if not isinstance(wanted, dict) or wanted.get("type") != "json_schema":
        raise invalid("output_config.format.type: Input should be 'json_schema'")
    check_schema(wanted.get("schema"))
    if any((block.get("citations") or {}).get("enabled") for _, block in blocks_in_order(asked.body)):
        raise invalid("output_config.format: citations cannot be used with structured outputs")


def _check_thinking(asked: Asked) -> None:
    thinking, shape = asked.body.get("thinking"), asked.thinking
    if thinking is not None and shape not in asked.model.thinking:
        raise invalid(f"thinking.type: {shape!r} is not supported on this model")
    if shape in {"disabled", "between_tools"} and asked.effort in {"xhigh", "max"} and asked.model.thinks:
        raise invalid(f"thinking.type: {shape!r} cannot be used with effort {asked.effort!r}")
    if shape == "enabled":
        budget = (thinking or {}).get("budget_tokens")
        if not isinstance(budget, int) or budget < 1024:
            raise invalid("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
        if not asked.counting and budget >= asked.body.get("max_tokens", 0):
            raise invalid("`max_tokens` must be greater than `thinking.budget_tokens`")


def _check_tools(asked: Asked) -> None:
    tools = asked.body.get("tools") or []
    names = [tool.get("name") for tool in tools if isinstance(tool, dict)]
    if len(names) != len(tools) or any(not _TOOL_NAME.fullmatch(str(name)) for name in names):
        raise invalid("tools: every tool needs a name of letters, digits, '_' and '-'")
    if len(set(names)) != len(names):
        raise invalid("tools: Tool names must be unique.")
    strict = [tool for tool in tools if tool.get("strict")]
    if len(strict) > _MAX_STRICT_TOOLS:
        raise invalid(f"tools: too many strict tools ({len(strict)}; limit: {_MAX_STRICT_TOOLS})")
    for number, tool in enumerate(tools):
        if tool.get("strict"):
            check_schema(tool.get("input_schema"), f"tools.{number}.input_schema")
    if asked.forces_tool and not asked.model.forced_tools:
        raise invalid("tool_choice: forced tool use is not supported on this model")
    if asked.forces_tool and not tools:
        raise invalid("tool_choice: may only be specified while providing tools")


def _check_prefill(asked: Asked) -> None:
    if asked.body["messages"][-1]["role"] != "assistant":
        return
    if asked.output_format or not asked.model.prefill:
        raise invalid(
            "This model does not support assistant message prefill. The conversation must end with a user message."
        )
    if asked.thinking != "disabled":
        raise invalid("messages: prefill cannot be used with thinking")


def _check_breakpoints(body: dict[str, Any]) -> None:
    controls = [block["cache_control"] for _, block in blocks_in_order(body) if block.get("cache_control")]
    if body.get("cache_control"):
        controls.append(body["cache_control"])
    if len(controls) > _MAX_BREAKPOINTS:
        raise invalid(
            f"A maximum of {_MAX_BREAKPOINTS} blocks with cache_control may be provided. Found {len(controls)}."
        )
    for control in controls:
        if control.get("type") != "ephemeral" or control.get("ttl", "5m") not in {"5m", "1h"}:
            raise invalid("cache_control: Input should be {'type': 'ephemeral', 'ttl': '5m' or '1h'}")
    ttls = [control.get("ttl", "5m") for control in controls]
    if ttls != sorted(ttls, key=lambda ttl: ttl == "5m"):
        raise invalid("cache_control: a ttl='1h' block must not come after a ttl='5m' block")


def _check_max_tokens(asked: Asked) -> None:
    wanted = asked.body.get("max_tokens")
    if not isinstance(wanted, int) or isinstance(wanted, bool):
        raise invalid("max_tokens: Field required")
    if wanted < 0:
        raise invalid("max_tokens: Input should be greater than or equal to 0")
    if wanted > asked.model.max_output:
        raise invalid(
            f"max_tokens: {wanted} > {asked.model.max_output}, which is the maximum allowed number of output tokens "
            f"for {asked.model.id}"
        )
    if wanted == 0 and _cannot_only_warm(asked):
        raise invalid("max_tokens: 0 cannot be used with output_config.format, stream, thinking, forced tools, batches")


def _cannot_only_warm(asked: Asked) -> bool:
    thinks = (asked.body.get("thinking") or {}).get("type") == "enabled"
    return bool(asked.output_format or asked.body.get("stream") or thinks or asked.forces_tool or asked.batched)


def check_size(size_bytes: int) -> None:
    """Raise ApiError 413 for a request above 32 MB."""
    if size_bytes > MAX_REQUEST_BYTES:
        raise ApiError(413, "request_too_large", "Request exceeds the maximum size")
