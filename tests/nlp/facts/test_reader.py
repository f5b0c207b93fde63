"""What must hold for every message: attribution, evidence, purity, speed."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.domain.conversation import Speaker
from nlp.facts.model import shipped
from nlp.facts.passage import LONGEST
from nlp.facts.reader import FactReader
from tests.nlp.facts.reading import facts, utterance

LONG = (
    "钱这块，财政专项债批了六百五，政府采购平台公开招标，年底前必须招完，最后拍板是院长办公会，"
    "球管又打火，报2103，停了两天，我们是用友U8，节拍≤45秒，鼎捷报了一百二"
)


@pytest.mark.parametrize("text", [LONG, "预算80万，年底前上线", "节拍50秒，报E-207"])
def test_the_reps_own_words_fill_nothing(text: str):
    assert facts(text, speaker=Speaker.REP) == ()


@pytest.mark.parametrize("text", [LONG, "三四回吧", "嗯", "😀，预算八十来个🙏", "今年没预算"])
def test_evidence_is_always_a_piece_of_the_message(text: str):
    for fact in facts(text, "那您预算是80万对吧？"):
        assert fact.evidence.text == text[fact.evidence.start : fact.evidence.end]
        assert 0 <= fact.confidence <= 1


@pytest.mark.parametrize("text", ["", "   ", "好的，谢谢", "在吗", "[微笑]", "收到", "你先往下讲"])
def test_small_talk_holds_no_fact(text: str):
    assert facts(text) == ()


@pytest.mark.parametrize("assent", ["嗯", "对", "是的", "对对对", "嗯嗯，是的"])
def test_a_nod_to_the_reps_value_is_ambiguous_with_the_nod_as_evidence(assent: str):
    (fact,) = facts(assent, "您那边预算是80万，对吧？")
    assert (fact.slot, fact.value, fact.status) == ("amount", "80万", "ambiguous")
    assert fact.evidence.text == assent


@pytest.mark.parametrize(
    "said", ["我们这款节拍42秒，您看行吗", "报价150万，含安装，可以吗", "周五我把方案发群里", "您好，在吗？"]
)
def test_a_nod_to_the_reps_offer_or_to_nothing_fills_nothing(said: str):
    assert facts("嗯", said) == ()


def test_the_same_message_gives_the_same_facts_from_many_threads():
    reader, message = FactReader(), utterance(LONG)
    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(reader.read, [message] * 24))
    assert len(answers) == 1


def test_facts_stand_in_the_order_of_the_message():
    places = [fact.evidence.start for fact in facts(LONG)]
    assert places == sorted(places)
    assert len(places) > 6


def test_a_message_takes_little_time():
    reader, messages = (
        FactReader(),
        [utterance(t) for t in ("六十个上下，董事会去年底就批了", "昨晚三号机又是E-217")],
    )
    reader.read(messages[0])
    best = min(_milliseconds(reader, messages) for _ in range(20))
    assert best < 10, "measured at about 1 ms on an idle core"


def _milliseconds(reader: FactReader, messages) -> float:
    start = time.process_time()
    for message in messages:
        reader.read(message)
    return (time.process_time() - start) * 1000 / len(messages)


def test_the_shipped_model_is_small_and_fits_its_cues():
    model = shipped()
    assert len(model.slots) == len(set(model.slots)) == model.weights.shape[1]
    assert all(0 < threshold < 1 for threshold in model.thresholds)


PIECES = [
    "一",
    "二",
    "三",
    "十",
    "百",
    "万",
    "亿",
    "几",
    "多",
    "来",
    "半",
    "两",
    "俩",
    "年",
    "月",
    "号",
    "底",
    "前",
    "后",
    "天",
    "个",
    "块",
    "元",
    "秒",
    "度",
    "台",
    "次",
    "停",
    "报",
    "E-12",
    "IP67",
    "王",
    "总",
    "老板",
    "采购",
    "我",
    "定",
    "钱",
    "管",
    "听",
    "的",
    "预算",
    "批了",
    "没有",
    "，",
    "。",
    "？",
    "到",
    "-",
    "80",
    "1.5",
    "²",
    "٣",
    "０",
    "12,000",
    "😀",
    "[图片]",
    "鼎捷",
    "下个月",
    "明年",
    "Q3",
    "国庆",
    "31号",
    "二月三十号",
    "十三月",
    "以内",
    "±",
    "等",
    "再说",
    "嗯",
    "一家",
    "比",
]


def test_no_jumble_of_words_breaks_the_reader():
    dice = random.Random(5)
    for _ in range(300):
        text, question = ("".join(dice.choices(PIECES, k=dice.randint(1, 14))) for _ in range(2))
        for fact in facts(text, question):
            assert fact.evidence.text == text[fact.evidence.start : fact.evidence.end] != ""
            assert fact.value


@pytest.mark.parametrize(
    "text", ["一" * 4000, "1" * 4000, "A-1 " * 1000, "王总" * 1500, "我们现在这个设备老是停机" * 300]
)
def test_a_very_long_message_is_read_in_part_and_in_time(text: str):
    start = time.process_time()
    found = facts(text)
    assert time.process_time() - start < 5
    assert all(fact.evidence.end <= LONGEST for fact in found)
