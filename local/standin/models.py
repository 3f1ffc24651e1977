"""The stand-in's own dated table of models: what each takes, as the vendor published it."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from local.standin.errors import ApiError


class Model(BaseModel):
    """One model's published facts; sizes in tokens, as ``models.toml`` explains them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    context: int
    max_output: int
    cache_minimum: int
    tokenizer: float
    picture_tokens: int
    efforts: tuple[str, ...]
    thinking: tuple[str, ...]
    alias: str = ""
    default_effort: str = "high"
    thinks: bool = False
    prefill: bool = True
    sampling: bool = True
    forced_tools: bool = True
    retires: date | None = None


@cache
def table() -> Mapping[str, Model]:
    """Return every model by id and by alias."""
    data = tomllib.loads(files(__package__).joinpath("models.toml").read_text(encoding="utf-8"))
    models = [Model.model_validate(entry) for entry in data["model"]]
    return {model.id: model for model in models} | {model.alias: model for model in models if model.alias}


def find(name: object, today: date) -> Model:
    """Return the model of that id; ApiError 404 where there is none, or where it has retired by ``today``."""
    model = table().get(name) if isinstance(name, str) else None
    if model is None or (model.retires is not None and today >= model.retires):
        raise ApiError(404, "not_found_error", f"model: {name}")
    return model
