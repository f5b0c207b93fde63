"""Settings: every one is in .env.example, unknown ones are refused, secrets have no defaults and stay hidden."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.errors import FixSettings
from wenzhen.settings import Settings, check, load_settings, names

ROOT = Path(__file__).parents[2]
GOOD = {
    "WENZHEN_SECRET": "s" * 40,
    "WENZHEN_WECOM__CORP_ID": "ww1",
    "WENZHEN_WECOM__APP__AGENT_ID": "1000002",
    "WENZHEN_WECOM__APP__SECRET": "hidden-secret",
    "WENZHEN_WECOM__APP__TOKEN": "t",
    "WENZHEN_WECOM__APP__AES_KEY": "a" * 43,
    "WENZHEN_WECOM__KF__SECRET": "s",
    "WENZHEN_WECOM__KF__TOKEN": "t",
    "WENZHEN_WECOM__KF__AES_KEY": "a" * 43,
}


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    for name in names():
        monkeypatch.delenv(name, raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    shown = set(re.findall(r"^#?(WENZHEN_[A-Z_]+)=", text, re.MULTILINE))
    assert shown == set(names())


def test_commented_lines_show_the_real_defaults(environ: pytest.MonkeyPatch) -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    plain = load_settings()
    for name, value in re.findall(r"^#(WENZHEN_[A-Z_]+)=(.*)$", text, re.MULTILINE):
        environ.setenv(name, value)
    assert load_settings() == plain


def test_good_settings_load_and_do_not_show_secrets(environ: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    assert settings.wecom.app.secret.get_secret_value() == "hidden-secret"
    assert "hidden-secret" not in repr(settings)


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_missing_setting_is_named(environ: pytest.MonkeyPatch, name: str) -> None:
    environ.delenv(name)
    with pytest.raises(FixSettings, match=name):
        load_settings()


@pytest.mark.parametrize("value", ["", "  "])
@pytest.mark.parametrize("name", sorted(name for name in GOOD if name.endswith(("_SECRET", "TOKEN", "KEY"))))
def test_a_blank_secret_is_named(environ: pytest.MonkeyPatch, name: str, value: str) -> None:
    environ.setenv(name, value)
    with pytest.raises(FixSettings, match=name):
        load_settings()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "[::1]"])
def test_on_this_machine_http_is_fine(environ: pytest.MonkeyPatch, host: str) -> None:
    environ.setenv("WENZHEN_SERVER__PUBLIC_URL", f"http://{host}:8700")
    load_settings()


@pytest.mark.parametrize("name", ["WENZHEN_SERVR__PORT", "WENZHEN_SERVER__PROT", "WENZHEN_WECOM__KF__X"])
def test_an_unknown_setting_is_refused_by_name(environ: pytest.MonkeyPatch, name: str) -> None:
    environ.setenv(name, "1")
    with pytest.raises(FixSettings, match=name):
        load_settings()


def test_an_unknown_line_in_the_env_file_is_refused(environ: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("WENZHEN_SERVER__PROT=1\n", encoding="utf-8")
    with pytest.raises(FixSettings, match="PROT"):
        load_settings()


def test_a_wrong_value_is_named_and_not_repeated(environ: pytest.MonkeyPatch) -> None:
    environ.setenv("WENZHEN_SECRET", "tooshort")
    with pytest.raises(FixSettings, match="WENZHEN_SECRET") as caught:
        load_settings()
    assert "tooshort" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"WENZHEN_DEMO": "true", "WENZHEN_SERVER__HOST": "0.0.0.0"}, "WENZHEN_DEMO"),
        ({"WENZHEN_SERVER__HOST": "0.0.0.0"}, "https"),
        ({"WENZHEN_SERVER__PUBLIC_URL": "http://wenzhen.example.com"}, "https"),
        ({"WENZHEN_SERVER__PUBLIC_URL": "http://localhost.example.com"}, "https"),
        ({"WENZHEN_SERVER__PUBLIC_URL": "http://[::1"}, "https"),
        ({"WENZHEN_SERVER__PUBLIC_URL": ""}, "https"),
    ],
)
def test_nothing_unsafe_binds_beyond_this_machine(
    environ: pytest.MonkeyPatch, changes: dict[str, str], word: str
) -> None:
    for name, value in changes.items():
        environ.setenv(name, value)
    with pytest.raises(FixSettings, match=word):
        load_settings()


def test_beyond_this_machine_with_https_is_fine(environ: pytest.MonkeyPatch) -> None:
    environ.setenv("WENZHEN_SERVER__HOST", "0.0.0.0")
    environ.setenv("WENZHEN_SERVER__PUBLIC_URL", "https://wenzhen.example.com")
    check(load_settings())
    assert Settings.model_config["extra"] == "forbid"
