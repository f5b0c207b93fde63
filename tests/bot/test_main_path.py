"""From a delivery to what the rep sees, with fakes at the seams."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.domain.conversation import Consent, MessageKind, Recall, RepAssigned, Speaker
from bot.errors import MaybeDone, TryLater
from bot.interfaces import Page, Profile
from bot.store import jobs, outbox
from bot.tasks.catch_up import CatchUp
from tests.bot.conftest import House
from tests.fakes import BOT_CHAT, KF, said


async def test_a_message_becomes_a_doubt_a_reply_and_a_fact(house: House) -> None:
    await house.agree()
    house.kf.profiles[KF.party] = Profile(customer_id=KF.party, name="王建国", company="恒盛精密")
    await house.deliver(said("你们比别家贵，我们只有80万，停线可不行"))
    view = await house.desk.view("lixiang", await house.conversation())
    assert view.customer_name == "王建国"
    assert view.company == "恒盛精密"
    assert view.heard is not None
    assert {doubt.name for doubt in view.heard.doubts} == {"价格", "竞品"}
    assert all(view.heard.text[doubt.start : doubt.end] in {"贵", "别家"} for doubt in view.heard.doubts)
    assert view.offer is not None
    assert {passage.objection for passage in view.offer.passages} == {"price", "competitor"}
    budget = next(dim for dim in view.dimensions if dim.code == "budget")
    assert (budget.status, budget.values[0].text, budget.values[0].level) == ("found", "80万", "customer")
    assert [need.name for need in view.needs] == ["稳定不停机"]
    assert view.offer.ask
    assert view.offer.ask != budget.question


async def test_the_same_callback_three_times_at_once_has_one_effect(house: House) -> None:
    await house.agree()
    house.kf.pages.append(Page(items=(said("太贵"),), cursor="c", has_more=False))
    new = await asyncio.gather(*(house.signal("kf", "same") for _ in range(3)))
    await house.settle()
    assert sorted(new) == [False, False, True]
    assert len(house.understander.asked) == 1


async def test_twelve_messages_of_one_signal_are_understood_in_order(house: House) -> None:
    await house.agree()
    texts = [f"第{number}句" for number in range(12)]
    first, second = texts[:7], texts[7:]
    house.kf.pages.extend(
        [
            Page(items=tuple(said(t, order=i) for i, t in enumerate(first)), cursor="a", has_more=True),
            Page(items=(), cursor="b", has_more=True),
            Page(items=tuple(said(t, order=7 + i) for i, t in enumerate(second)), cursor="c", has_more=False),
        ]
    )
    await house.signal("kf", "burst")
    await house.settle()
    assert [utterance.text for utterance in house.understander.asked] == texts
    assert house.kf.cursors == [None, "a", "b"]
    assert [turn.text for turn in house.understander.asked[-1].context] == texts[7:11]


async def test_a_failed_page_goes_on_from_the_durable_cursor(house: House) -> None:
    await house.agree()
    house.kf.pages.extend(
        [
            Page(items=(said("一", order=1),), cursor="a", has_more=True),
            TryLater("busy"),
            Page(items=(said("一", order=1), said("二", order=2)), cursor="b", has_more=False),
        ]
    )
    await house.signal("kf", "burst")
    await house.settle()
    house.clock.advance(2)
    await house.settle()
    assert house.kf.cursors == [None, "a", "a"]
    assert [utterance.text for utterance in house.understander.asked] == ["一", "二"]


async def test_a_poison_message_is_parked_and_the_next_goes_on(house: House) -> None:
    await house.agree()
    house.understander.poison = "毒"
    await house.deliver(said("毒药", order=1), said("太贵了", order=2))
    for _ in range(6):
        house.clock.advance(30)
        await house.settle()
    view = await house.desk.view("lixiang", await house.conversation())
    assert [parked.what for parked in view.parked] == ["一条消息没能读懂"]
    assert view.heard is not None
    assert view.heard.text == "太贵了"
    assert "毒" not in view.parked[0].reason

    house.understander.poison = None
    await house.desk.retry("lixiang", view.parked[0].job_id)
    await house.settle()
    assert (await house.desk.view("lixiang", await house.conversation())).parked == ()


async def test_without_consent_nothing_is_understood(house: House) -> None:
    await house.deliver(said("太贵了"))
    assert house.understander.asked == []
    view = await house.desk.view("lixiang", await house.conversation())
    assert (view.consent, view.heard, view.offer) == (Consent.UNKNOWN, None, None)


async def test_the_reps_own_message_gives_a_conversation_its_rep(house: House) -> None:
    """A session that was handed over through the API announces nobody."""
    await house.deliver(said("你好", order=1, rep_id=None))
    assert await house.desk.find("lixiang", KF.party) is None
    await house.deliver(said("您好", order=2, speaker=Speaker.REP))
    assert await house.desk.find("lixiang", KF.party) is not None


async def test_a_message_of_another_rep_does_not_take_the_conversation_away(house: House) -> None:
    await house.deliver(said("你好", order=1))
    await house.deliver(said("我来帮忙", order=2, speaker=Speaker.REP, rep_id="wangfang"))
    assert await house.desk.find("lixiang", KF.party) is not None
    assert await house.desk.find("wangfang", KF.party) is None


async def test_words_from_before_the_consent_are_no_context_for_later_ones(house: House) -> None:
    await house.deliver(
        said("公开之前的秘密", order=1),
        said("藏在链接里的秘密", order=2, kind=MessageKind.OTHER),
        said("您好", order=3, speaker=Speaker.REP),
    )
    await house.agree()
    await house.deliver(said("现在可以看", order=4), said("太贵了", order=5))
    assert [turn.text for turn in house.understander.asked[-1].context] == ["您好", "现在可以看"]


async def test_withdrawn_consent_erases_what_was_derived(house: House) -> None:
    await house.agree()
    await house.deliver(said("太贵了，80万"))
    conversation = await house.conversation()
    await house.desk.set_consent("lixiang", conversation, Consent.WITHDRAWN)
    await house.deliver(said("还是太贵", order=2))
    assert len(house.understander.asked) == 1
    await house.desk.set_consent("lixiang", conversation, Consent.AGREED)
    view = await house.desk.view("lixiang", conversation)
    assert (view.heard, view.offer, view.needs) == (None, None, ())
    assert all(dim.status == "absent" for dim in view.dimensions)


async def test_a_recalled_message_leaves_no_label_and_no_word(house: House) -> None:
    await house.agree()
    await house.deliver(said("太贵了，80万，停线", key="m1"))
    await house.deliver(Recall(key="m1"))
    view = await house.desk.view("lixiang", await house.conversation())
    assert (view.heard, view.offer, view.needs) == (None, None, ())
    assert all(dim.status == "absent" and not dim.values for dim in view.dimensions)

    def words(tx: object) -> str:
        from sqlalchemy import text

        return str(tx.execute(text("select value, quote from facts")).all())  # type: ignore[attr-defined]

    assert "80万" not in await house.store.read(words)


async def test_a_suggestion_disappears_when_the_rep_has_answered(house: House) -> None:
    await house.agree()
    await house.deliver(said("太贵了", order=1))
    await house.deliver(said("您放心，我们聊聊别的", order=2, speaker=Speaker.REP))
    view = await house.desk.view("lixiang", await house.conversation())
    assert view.offer is None


async def test_a_message_that_the_rep_answered_first_gets_no_suggestion(house: House) -> None:
    await house.agree()
    await house.deliver(said("太贵了", order=1), said("我给您算算", order=2, speaker=Speaker.REP))
    view = await house.desk.view("lixiang", await house.conversation())
    assert view.offer is None
    assert view.heard is not None


async def test_without_an_open_sidebar_the_rep_is_told_within_the_limit(house: House) -> None:
    await house.agree()
    for order, text in enumerate(["太贵了", "别家好", "还是贵", "别家便宜"]):
        house.clock.advance(5)
        await house.deliver(said(text, order=order, at=house.clock()))
    texts = [letter.body["content"] for letter in house.app.sent]
    assert len(texts) == 2
    assert "可以这样回" in texts[0]


@pytest.mark.parametrize("place", [1, KF.party])
async def test_with_the_sidebar_open_at_it_the_bot_stays_quiet(house: House, place: int | str) -> None:
    await house.agree()
    with house.desk.watching("lixiang", place), house.desk.watching("lixiang", place):
        await house.deliver(said("太贵了"))
    assert house.app.sent == []
    await house.deliver(said("别家好", order=1))
    assert len(house.app.sent) == 1


async def test_a_sidebar_open_elsewhere_or_of_another_rep_silences_nothing(house: House) -> None:
    await house.agree()
    with house.desk.watching("lixiang", 2), house.desk.watching("hanmeimei", 1):
        await house.deliver(said("太贵了"))
    assert len(house.app.sent) == 1


async def test_the_rep_who_takes_over_gets_the_conversation(house: House) -> None:
    await house.deliver(said("在吗", rep_id=None))
    assert await house.desk.find("lixiang", KF.party) is None
    await house.deliver(RepAssigned(conversation=KF, rep_id="lixiang"))
    assert await house.desk.find("lixiang", KF.party) is not None


async def test_a_note_to_the_bot_is_written_down_and_answered(house: House) -> None:
    await house.agree()
    await house.deliver(said("你好"))
    await house.deliver(said("他们有80万，嫌贵", conversation=BOT_CHAT, speaker=Speaker.REP), door="app")
    view = await house.desk.view("lixiang", await house.conversation())
    budget = next(dim for dim in view.dimensions if dim.code == "budget")
    assert (budget.values[0].text, budget.values[0].level) == ("80万", "rep")
    answer = house.app.sent[0].body["content"]
    assert "80万" in answer
    assert "价格" in answer


async def test_an_unknown_outcome_inside_the_guard_is_repeated_and_marked(house: House) -> None:
    house.app.failures.extend([MaybeDone("no answer"), MaybeDone("no answer")])
    await house.deliver(said("帮助", conversation=BOT_CHAT, speaker=Speaker.REP), door="app")
    for _ in range(5):
        house.clock.advance(40)
        await house.settle()
    totals = await house.store.read(outbox.totals)
    assert (totals["sent"], totals["maybe_twice"]) == (1, 1)
    assert [letter.repeat for letter in house.app.sent] == [True]


async def test_an_unknown_outcome_without_a_guard_is_repeated_once_then_parked(house: House) -> None:
    help_wanted = said("帮助", conversation=BOT_CHAT, speaker=Speaker.REP)
    await house.deliver(help_wanted, door="app")
    house.app.failures.extend([MaybeDone("no answer"), MaybeDone("no answer")])
    await house.deliver(replace(help_wanted, key="again"), door="app")
    for _ in range(5):
        house.clock.advance(40)
        await house.settle()
    totals = await house.store.read(outbox.totals)
    assert (totals["sent"], totals["parked"], totals["maybe_twice"]) == (1, 1, 1)


async def test_the_same_answer_on_purpose_goes_out_twice_unguarded(house: House) -> None:
    for order in range(2):
        await house.deliver(said("帮助", conversation=BOT_CHAT, speaker=Speaker.REP, order=order), door="app")
    assert [letter.guard_duplicates for letter in house.app.sent] == [True, False]
    assert house.app.sent[0].body == house.app.sent[1].body


async def test_somebody_elses_conversation_is_as_absent(house: House) -> None:
    from bot.errors import Refused

    await house.deliver(said("你好"))
    conversation = await house.conversation()
    for rep, number in (("stranger", conversation), ("lixiang", conversation + 99)):
        with pytest.raises(Refused):
            await house.desk.view(rep, number)


async def test_the_engine_wakes_on_commit_and_finds_old_work_at_start(house: House) -> None:
    await house.agree()
    house.kf.pages.append(Page(items=(said("太贵了"),), cursor="c", has_more=False))
    await house.signal("kf", "before the start")
    running = asyncio.create_task(house.jobs.run(house.drain))
    try:
        async with asyncio.timeout(5):
            while not house.understander.asked:
                await asyncio.sleep(0.01)
            house.kf.pages.append(Page(items=(said("别家好", order=2),), cursor="d", has_more=False))
            await house.signal("kf", "while running")
            while len(house.understander.asked) < 2:
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    counts = await house.store.read(jobs.counts)
    assert counts.get("parked") is None


async def test_the_view_changes_version_and_watchers_are_woken(house: House) -> None:
    await house.agree()
    await house.deliver(said("你好"))
    conversation = await house.conversation()
    version = (await house.desk.view("lixiang", conversation)).version
    waiting = asyncio.create_task(house.desk.changed(conversation, version, 5))
    await asyncio.sleep(0.01)
    await house.deliver(said("太贵", order=2))
    newer = await waiting
    assert newer is not None
    assert newer > version


async def test_what_no_callback_announced_is_found_by_catching_up(house: House) -> None:
    await house.agree()
    await house.deliver(said("第一句", order=1))
    house.kf.pages.append(Page(items=(said("没人通知的一句", order=2),), cursor="x", has_more=False))
    await CatchUp(house.store)(house.clock())
    await house.settle()
    assert [utterance.text for utterance in house.understander.asked] == ["第一句", "没人通知的一句"]
    assert house.kf.cursors[-1] == "c1"


async def test_a_rep_without_an_agreed_customer_gets_advice_and_nothing_is_noted(house: House) -> None:
    await house.deliver(said("你好"))
    for order, text in enumerate(("他们嫌贵，80万", "他们有80万")):
        await house.deliver(said(text, conversation=BOT_CHAT, speaker=Speaker.REP, order=order), door="app")
    advice, refusal = (letter.body["content"] for letter in house.app.sent)
    assert "可以这样回" in advice
    assert "同意" in refusal
    await house.agree()
    view = await house.desk.view("lixiang", await house.conversation())
    assert all(dim.status == "absent" for dim in view.dimensions)
