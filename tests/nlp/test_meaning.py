"""What a sales trainer would expect of the shipped model, on messages that are not in its corpus."""

from __future__ import annotations

import pytest

from bot.domain.understanding import Understanding, Utterance
from nlp.corpus_check import load_corpus
from nlp.understander import LocalUnderstander

DENIALS = [
    "价格不是问题，关键是要能按时用起来",
    "价格没问题，就按这个来",
    "预算这块不用担心，已经批下来了",
    "交期可以，三个月我们等得起",
    "你们的售后我放心",
]
CHAT = [
    "你好",
    "好的收到",
    "方便的话明天下午三点见",
    "你们展位在几号馆？",
    "谢谢，资料收到了",
    "这个型号功率是多少？",
]
DOUBTS = {
    "price": ["这价钱太离谱了", "比我想的贵一大截，能不能再让点"],
    "budget": ["今年的预算早就花完了", "账上没钱，批不下来"],
    "authority": ["这事我做不了主，得老板点头", "楼上不点头,我这边签了字也是废纸一张"],
    "competitor": ["我们一直用另一家的，用得挺顺手"],
    "stalling": ["我再考虑考虑吧", "回头再联系"],
    "security": ["数据放到你们云上，泄露了谁负责"],
    "service": ["机器半夜坏了找得到人修吗，上次等了两天"],
    "timing": ["等年后新厂房弄好了再说"],
}


def heard(understander: LocalUnderstander, text: str) -> Understanding:
    return understander.understand([Utterance(text=text)])[0]


def codes(understander: LocalUnderstander, text: str) -> set[str]:
    return {objection.code for objection in heard(understander, text).objections}


def test_none_of_these_messages_was_learned():
    learned = {line.text for line in load_corpus()}
    assert not learned & {*DENIALS, *CHAT, *(text for texts in DOUBTS.values() for text in texts)}


@pytest.mark.parametrize("text", DENIALS)
def test_a_denied_doubt_is_no_objection(understander: LocalUnderstander, text: str):
    assert codes(understander, text) == set()


@pytest.mark.parametrize("text", CHAT)
def test_everyday_chat_is_no_objection(understander: LocalUnderstander, text: str):
    assert codes(understander, text) == set()


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in DOUBTS.items() for text in texts])
def test_a_plain_doubt_is_heard(understander: LocalUnderstander, code: str, text: str):
    assert code in codes(understander, text)


def test_three_doubts_in_one_message_are_each_heard_with_their_words(understander: LocalUnderstander):
    found = heard(understander, "你们这个价格比别家高了快三成,而且等货要三个月")
    words = {objection.code: objection.evidence.text for objection in found.objections}
    assert set(words) == {"price", "competitor", "delivery"}
    assert "价格" in words["price"]
    assert "别家" in words["competitor"]
    assert "三个月" in words["delivery"]
    assert "价格" not in words["delivery"]


def test_a_need_is_read_between_the_lines_with_its_words(understander: LocalUnderstander):
    found = heard(understander, "夜班机器一坏，打谁电话都没人接，只能干等到天亮")
    need = next(need for need in found.needs if need.code == "service_assurance")
    assert need.stated == "implicit"
    assert "没人接" in need.evidence.text
