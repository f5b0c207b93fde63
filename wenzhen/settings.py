"""Settings from the environment (`WENZHEN_…`) or a `.env` file; `.env.example` lists every one."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import FixSettings

PREFIX = "WENZHEN_"
DELIMITER = "__"


def is_loopback(host: str) -> bool:
    """Tell whether only this machine itself can reach that host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _filled(secret: SecretStr) -> SecretStr:
    # An empty one would load, and everything WeCom sends or answers would then be refused.
    if not secret.get_secret_value().strip():
        raise PydanticCustomError("blank", "empty; copy it from WeCom's console")
    return secret


FilledSecret = Annotated[SecretStr, AfterValidator(_filled)]


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Server(_Group):
    """Where we listen, and how people and WeCom reach us from outside."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8700
    public_url: str = "http://127.0.0.1:8700"


class Storage(_Group):
    """Where the data lies."""

    path: Path = Path("data/wenzhen.db")


class WecomApp(_Group):
    """The self-built app (自建应用) that the bot speaks through."""

    agent_id: Annotated[int, Field(ge=1)]
    secret: FilledSecret
    token: FilledSecret
    aes_key: FilledSecret


class WecomKf(_Group):
    """微信客服: where customers write."""

    secret: FilledSecret
    token: FilledSecret
    aes_key: FilledSecret


class Wecom(_Group):
    """The corp, and the addresses of WeCom (or of a simulator that stands in for it)."""

    corp_id: Annotated[str, Field(min_length=3, max_length=64)]
    api_url: str = "https://qyapi.weixin.qq.com"
    authorize_url: str = "https://open.weixin.qq.com/connect/oauth2/authorize"
    frame_ancestors: tuple[str, ...] = ("https://work.weixin.qq.com",)
    app: WecomApp
    kf: WecomKf


class Suggest(_Group):
    """How much of the rep's attention we may take."""

    interrupt_from: Annotated[float, Field(ge=0, le=1)] = 0.5
    cooldown_seconds: Annotated[int, Field(ge=0)] = 60
    messages_a_minute: Annotated[int, Field(ge=0, le=30)] = 2
    fresh_minutes: Annotated[int, Field(ge=1)] = 10


class Worker(_Group):
    """How many lanes of one kind are worked on at once, and how long one step may take."""

    parallel: Annotated[int, Field(ge=1, le=64)] = 8
    lease_seconds: Annotated[int, Field(ge=5)] = 60


class Settings(BaseSettings):
    """Everything an operator can set. Secrets have no defaults."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=DELIMITER,
        env_file=".env",
        env_file_encoding="utf-8",
        extra="forbid",
        frozen=True,
    )

    secret: SecretStr = Field(min_length=32)
    demo: bool = False
    server: Server = Server()
    storage: Storage = Storage()
    wecom: Wecom
    suggest: Suggest = Suggest()
    worker: Worker = Worker()


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings. FixSettings says which one is missing or wrong, never its value."""
    unknown = sorted(set(_ours(os.environ if environ is None else environ)) - set(names()))
    if unknown:
        raise FixSettings(f"unknown settings: {', '.join(unknown)}; .env.example lists what there is")
    try:
        settings = Settings()  # type: ignore[call-arg]  # filled from the environment
    except ValidationError as error:
        raise FixSettings("\n".join(_explain(error))) from None
    check(settings)
    return settings


def check(settings: Settings) -> None:
    """Refuse combinations that would be unsafe."""
    listens_here, https = is_loopback(settings.server.host), settings.server.public_url.startswith("https://")
    if settings.demo and not listens_here:
        raise FixSettings("WENZHEN_DEMO signs anybody in, so it listens on 127.0.0.1 only")
    # Behind a proxy we listen here and are reached from outside: cookies need https by the outer address.
    if not https and not (listens_here and is_loopback(_host(settings.server.public_url))):
        raise FixSettings("WENZHEN_SERVER__PUBLIC_URL has to be https when others can reach the server")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def names(model: type[BaseModel] = Settings, prefix: str = PREFIX) -> Iterator[str]:
    """Yield the environment name of every setting."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, _Group):
            yield from names(kind, f"{prefix}{name.upper()}{DELIMITER}")
        else:
            yield f"{prefix}{name.upper()}"


def _ours(environ: Mapping[str, str]) -> Iterator[str]:
    return (name.upper() for name in environ if name.upper().startswith(PREFIX))


def _explain(error: ValidationError) -> Iterator[str]:
    for one in error.errors(include_input=False, include_url=False):
        name = PREFIX + DELIMITER.join(str(part).upper().removeprefix(PREFIX) for part in one["loc"])
        if name in set(names()):
            yield f"{name}: {one['msg']}"
        elif one["type"] == "missing":
            yield f"{name}{DELIMITER}…: not set; .env.example says what belongs there"
        else:
            yield f"{name}: unknown; .env.example lists what there is"
