"""The door and the client against a WeCom that shares no line with them: only bytes pass between."""

import asyncio
import base64
from dataclasses import replace

import pytest

from bot.domain.conversation import ConversationKey, IncomingMessage, Recall, RepAssigned, Speaker
from bot.errors import CannotProcess, MaybeDone, TryLater
from bot.interfaces import Outgoing, Profile
from tests.webhooks.wecom.test_cards import ALL, BUTTONS
from tests.webhooks.wecom.town import AGENT, KFID, WANG, Town
from webhooks.simulator.faults import Limits
from webhooks.simulator.world import DoorKeys
from webhooks.wecom.events import CardAnswered, typed
from webhooks.wecom.refusal import Reason

CUSTOMER = ConversationKey(channel="kf", account=KFID, party=WANG)
REP = ConversationKey(channel="app", account=str(AGENT), party="lixiang")
AMR = b"#!AMR\n" + (b"\x04" + bytes(12)) * 50


@pytest.fixture
async def town(tmp_path):
    town = Town(tmp_path)
    yield town
    await town.sim.close()


def reply(text="好的", key="K1", **fields):
    return Outgoing(key=key, conversation=CUSTOMER, kind="text", body={"content": text}, **fields)


def note(text="新建议", key="N1", *, kind="text", body=None, **fields):
    return Outgoing(key=key, conversation=REP, kind=kind, body=body or {"content": text}, **fields)


async def test_the_url_check_passes_with_our_keys_and_fails_with_others(town):
    for name in ("app", "kf"):
        assert await town.sim.sender.verify(town.sim.doors[name]) == ""
    stranger = replace(town.sim.doors["app"], keys=DoorKeys.generate("http://door/callbacks/wecom/app"))
    assert "403" in await town.sim.sender.verify(stranger)
    assert town.counters.refused == {Reason.SIGNATURE: 1}


async def test_twelve_messages_in_a_burst_are_read_once_and_in_order(tmp_path):
    town = Town(tmp_path, limits=Limits(kf_page_items=1000))
    for number in range(12):
        await town.customer_says(f"第{number}句")
    assert len(town.inbox.of("kf")) == 12
    items, cursor = await town.read_kf()
    said = [one for one in items if isinstance(one, IncomingMessage)]
    assert [one.text for one in said] == [f"第{number}句" for number in range(12)]
    assert [one.sort_key for one in said] == sorted(one.sort_key for one in said)
    assert {one.conversation for one in said} == {CUSTOMER}
    assert (await town.read_kf(cursor))[0] == []
    await town.sim.close()


async def test_a_restart_between_two_signals_loses_and_repeats_nothing(town):
    await town.customer_says("一")
    items, cursor = await town.read_kf()
    for text in "二三":
        await town.customer_says(text)
    later, _ = await town.read_kf(cursor)
    assert [one.text for one in items + later] == ["一", "二", "三"]


async def test_a_signal_worked_off_after_its_token_died_is_still_read(town):
    await town.customer_says("迟到")
    town.time.now += 601
    items, _ = await town.read_kf()
    assert [one.text for one in items] == ["迟到"]


async def test_copies_and_odd_writing_of_callbacks_change_nothing(town):
    await town.faults(duplicate_callbacks=3, plain_xml=True, extra_elements=True)
    await town.rep_says("帮我看看 <a&b>")
    assert town.inbox.calls == 3
    [delivery] = town.inbox.of("app")
    [message] = (await town.app_channel.read(delivery.payload, None)).items
    assert (message.text, message.speaker, message.rep_id) == ("帮我看看 <a&b>", Speaker.REP, "lixiang")
    assert message.conversation == REP


async def test_five_events_of_one_second_are_five_deliveries(town):
    for user in "abcde":
        fields = {"FromUserName": "sys", "CreateTime": 1, "MsgType": "event", "Event": "change_contact"}
        await town.play("emit", door="app", fields=fields | {"ChangeType": "create_user", "UserID": user})
    assert len(town.inbox.of("app")) == 5


async def test_what_could_not_be_stored_comes_again_and_is_stored_once(town):
    town.inbox.busy_calls = 10
    await town.rep_says("别丢")
    assert len(town.inbox.of("app")) == 1
    assert town.counters.not_stored == 1


async def test_recall_and_take_over_come_through(town):
    said = await town.customer_says("说错了")
    await town.play(f"kf/{KFID}/{WANG}/recall", id=said["id"])
    await town.play(f"kf/{KFID}/{WANG}/session", action="take", userid="lixiang")
    items, _ = await town.read_kf()
    assert Recall(key=f"kf:{said['id']}") in items
    assert RepAssigned(conversation=CUSTOMER, rep_id="lixiang") in items
    with pytest.raises(CannotProcess, match="95018"):
        await town.kf_channel.send(reply())


async def test_the_reps_own_words_are_the_reps(tmp_path):
    town = Town(tmp_path, taken_by="lixiang")
    await town.customer_says("在吗")
    await town.play(f"kf/{KFID}/{WANG}/servicer", kind="text", text="在的", userid="lixiang")
    items, _ = await town.read_kf()
    said = [one for one in items if isinstance(one, IncomingMessage)]
    assert [(one.text, one.speaker, one.rep_id) for one in said] == [
        ("在吗", Speaker.CUSTOMER, None),
        ("在的", Speaker.REP, "lixiang"),
    ]
    await town.sim.close()


async def test_a_reply_that_may_have_arrived_is_repeated_without_a_second_one(town):
    await town.customer_says("在吗")
    for repeated_msgid in ("same", "refuse"):
        key = f"K-{repeated_msgid}"
        # The token is fetched first: to lose that answer would be another failure.
        await town.kf_api.session(KFID, WANG)
        await town.faults(fail_calls="drop", repeated_msgid=repeated_msgid)
        with pytest.raises(MaybeDone):
            await town.kf_channel.send(reply(key=key))
        await town.faults(fail_calls="off")
        sent = await town.kf_channel.send(reply(key=key, repeat=True))
        assert sent.channel_id == key
    assert town.kf_texts() == ["好的", "好的"]


async def test_a_note_that_may_have_arrived_is_seen_once(town):
    await town.login.callback_addresses()
    await town.faults(fail_calls="drop")
    with pytest.raises(MaybeDone):
        await town.app_channel.send(note())
    await town.faults(fail_calls="off")
    await town.app_channel.send(note(repeat=True))
    assert [one.text for one in town.app_messages()] == ["新建议"]


async def test_a_deliberate_repetition_is_seen_twice(town):
    for _ in range(2):
        await town.app_channel.send(note(guard_duplicates=False))
    assert [one.text for one in town.app_messages()] == ["新建议", "新建议"]


async def test_the_sixth_reply_and_the_third_day_are_refused_with_their_reason(town):
    await town.customer_says("在吗")
    for number in range(5):
        await town.kf_channel.send(reply(key=f"K{number}"))
    with pytest.raises(CannotProcess, match="5 条"):
        await town.kf_channel.send(reply(key="K5"))
    await town.customer_says("还在吗")
    town.time.now += 48 * 3600 + 1
    with pytest.raises(CannotProcess, match="48 小时"):
        await town.kf_channel.send(reply(key="K6"))


async def test_a_token_revoked_in_mid_flight_is_fetched_once_more(town):
    await town.login.callback_addresses()
    before = town.fetches()
    await town.faults(revoke_token=True)
    await asyncio.gather(*(town.app_channel.send(note(f"第{number}条")) for number in range(6)))
    assert town.fetches() == before + 1
    assert len(town.app_messages()) == 6


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [({"rate_limit": True}, 60), ({"fail_calls": "busy"}, 5), ({"fail_calls": "http500"}, 5)],
)
async def test_an_api_that_fails_for_a_while_is_tried_later_and_then_once(town, fault, seconds):
    await town.login.callback_addresses()
    await town.faults(**fault)
    with pytest.raises(TryLater) as caught:
        await town.app_channel.send(note())
    assert caught.value.after_seconds == seconds
    await town.faults(rate_limit=False, fail_calls="off")
    await town.app_channel.send(note())
    assert len(town.app_messages()) == 1


async def test_a_member_never_gets_so_much_that_wecom_drops_it(town):
    for number in range(29):
        await town.app_channel.send(note(str(number)))
    with pytest.raises(TryLater) as caught:
        await town.app_channel.send(note("30"))
    town.time.now += caught.value.after_seconds
    await town.app_channel.send(note("30"))
    assert len(town.app_messages()) == 30
    assert {one.status for one in town.app_messages()} == {"ok"}


async def test_all_five_cards_are_taken_and_a_click_comes_back(town):
    for card in ALL:
        sent = await town.app_channel.send(note(kind="card", body=card.json()))
        assert sent.channel_id
    buttons = town.app_messages()[ALL.index(BUTTONS)]
    await town.play(f"apps/{AGENT}/lixiang/click", message_id=buttons.id, key="use", selected={"q": ["a"]})
    [delivery] = town.inbox.of("app")
    clicked = typed(delivery.payload["fields"])
    assert isinstance(clicked, CardAnswered)
    assert (clicked.key, clicked.task_id, clicked.from_user) == ("use", BUTTONS.task_id, "lixiang")
    assert await town.messages.update_card(clicked.response_code, ["lixiang"], label="已采用") == ()
    with pytest.raises(CannotProcess, match="42022"):
        await town.messages.update_card(clicked.response_code, ["lixiang"], label="再来")


async def test_a_card_is_replaced_by_a_card_and_a_message_recalled(town):
    sent = await town.app_channel.send(note(kind="card", body=BUTTONS.json()))
    done = replace(BUTTONS, task_id=None, replace_text="已采用").json_for_update()
    assert await town.messages.update_card(sent.response_code, ["lixiang"], card=done) == ()
    await town.messages.recall(sent.channel_id)
    assert town.app_messages()[0].status == "recalled"


async def test_voice_goes_up_and_comes_down_unchanged(town):
    data = base64.b64encode(AMR).decode()
    await town.play(f"kf/{KFID}/{WANG}/customer", kind="voice", data_base64=data, filename="v.amr")
    [message], _ = await town.read_kf()
    content, kind = await town.kf_channel.fetch(message.media_id)
    assert (content, kind) == (AMR, "audio/amr")
    media_id = await town.app_media.upload("file", "报价单.txt", "第一版".encode(), "text/plain")
    await town.app_channel.send(note(kind="file", body={"media_id": media_id}))
    assert town.app_messages()[0].text == "报价单.txt"
    assert (await town.app_media.fetch(media_id))[0].decode() == "第一版"
    with pytest.raises(CannotProcess, match="40007"):
        await town.app_media.fetch("nothing")


async def test_a_customer_has_a_name_and_a_company(town):
    await town.customer_says("在吗")
    assert await town.kf_channel.profile(CUSTOMER) == Profile(
        customer_id=WANG, name="王建国", company="恒盛精密"
    )


async def test_nobody_outside_the_visible_range_is_parked(town):
    stranger = replace(note(), conversation=replace(REP, party="nobody"))
    with pytest.raises(CannotProcess):
        await town.app_channel.send(stranger)
