"""The look: every text can be read, light and dark, and no page loads anything from elsewhere."""

import re

import pytest

from web.pages import WEB

ASSETS = sorted(path for kind in ("css", "js", "html", "svg") for path in WEB.rglob(f"*.{kind}"))
READ_ON = {
    "text": ("ground", "surface", "sunken", "doubt-soft", "doubt-strong", "accent-soft"),
    "quiet": ("ground", "surface", "sunken"),
    "accent": ("surface", "sunken", "accent-soft"),
    "doubt": ("surface", "doubt-soft", "doubt-strong"),
    "sure": ("surface",),
    "danger": ("surface", "sunken"),
    "on-accent": ("accent",),
    "said-text": ("said-customer", "said-rep"),
    "surface": ("text",),
}


def colours() -> dict[str, dict[str, str]]:
    css = (WEB / "static" / "tokens.css").read_text(encoding="utf-8")
    light, dark = css.split("@media (prefers-color-scheme: dark)")
    found = {name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for name, part in
             (("light", light), ("dark", dark.split("@media")[0]))}  # fmt: skip
    assert found["light"].keys() == found["dark"].keys()
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", READ_ON)
def test_text_stands_out_from_its_ground(scheme, name):
    palette = colours()[scheme]
    for ground in READ_ON[name]:
        one, other = sorted((luminance(palette[name]), luminance(palette[ground])))
        assert (other + 0.05) / (one + 0.05) >= 4.5, f"{name} on {ground}"


@pytest.mark.parametrize("path", ASSETS, ids=lambda path: path.name)
def test_nothing_is_loaded_from_elsewhere_or_written_inline(path):
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"(src|href|url|from|import)\W{1,3}https?:", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=\"|\sstyle=\"", text)


@pytest.mark.parametrize("path", ASSETS, ids=lambda path: path.name)
def test_files_fit_on_a_few_screens(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_chinese_text_uses_chinese_punctuation():
    for path in ASSETS:
        assert not re.search("[一-鿿][,;:?!](?=[一-鿿])", path.read_text(encoding="utf-8")), path.name
