from __future__ import annotations

import pytest

from bot.errors import FixSettings
from knowledge.entries import ANY_INDUSTRY, load_entries
from knowledge.industries import industries_in, load_industries


def test_a_word_shows_its_industry_whatever_its_case():
    words = {"电子": ("电子", "smt"), "物流": ("物流", "车队")}
    assert industries_in("我们SMT线上四个人，车队十台车", words) == {"电子", "物流"}
    assert industries_in("先看看再说", words) == frozenset()


def test_every_industry_that_entries_name_has_words():
    named = {name for entry in load_entries() for name in entry.industries} - {ANY_INDUSTRY}
    assert named <= load_industries().keys()


def test_no_word_stands_under_two_industries():
    words = [word for words in load_industries().values() for word in words]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("written", ["industries: {物流: 车队}", "行业: {}", "industries: {物流: [车]}", "["])
def test_a_wrong_list_is_refused_with_its_file(tmp_path, written):
    (tmp_path / "industries.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(FixSettings, match=r"^industries\.yaml: "):
        load_industries(tmp_path / "industries.yaml")
