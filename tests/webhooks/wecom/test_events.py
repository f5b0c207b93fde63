"""Callbacks become typed events; what is not known stays whole; keys tell deliveries apart."""

import pytest

from tests.webhooks.wecom.fakes import event_xml
from webhooks.wecom import events
from webhooks.wecom.events import delivery_key, typed
from webhooks.wecom.refusal import Reason, Refusal
from webhooks.wecom.xml_reader import number_of, read_xml

HEAD = {"ToUserName": "wwcorp", "FromUserName": "zhangsan", "CreateTime": "1700000000"}
EXPECTED_HEAD = {
    "to_user": "wwcorp",
    "from_user": "zhangsan",
    "created_at": 1_700_000_000,
    "agent_id": "1000002",
}


def read(kind, **elements):
    return typed(read_xml(event_xml(**HEAD, MsgType=kind, **elements, AgentID="1000002")))


def event(name, **elements):
    return read("event", Event=name, **elements)


@pytest.mark.parametrize(
    ("callback", "expected"),
    [
        (
            read("text", Content="你好", MsgId="1"),
            events.TextSaid(**EXPECTED_HEAD, message_id="1", content="你好"),
        ),
        (
            read("voice", MediaId="m", Format="amr", MsgId="2"),
            events.MediaSaid(**EXPECTED_HEAD, message_id="2", kind="voice", media_id="m", format="amr"),
        ),
        (
            read("image", PicUrl="u", MediaId="m", MsgId="3"),
            events.MediaSaid(**EXPECTED_HEAD, message_id="3", kind="image", media_id="m", format=""),
        ),
        (
            read("location", Location_X="31.2", Location_Y="121.4", Label="上海", MsgId="4"),
            events.PlaceSaid(
                **EXPECTED_HEAD, message_id="4", latitude="31.2", longitude="121.4", label="上海"
            ),
        ),
        (
            read("link", Title="t", Description="d", Url="u", MsgId="5"),
            events.LinkSaid(**EXPECTED_HEAD, message_id="5", title="t", description="d", url="u"),
        ),
        (event("subscribe", EventKey=""), events.VisibilityChanged(**EXPECTED_HEAD, joined=True)),
        (event("unsubscribe"), events.VisibilityChanged(**EXPECTED_HEAD, joined=False)),
        (event("enter_agent", EventKey=""), events.AppEntered(**EXPECTED_HEAD)),
        (
            event("LOCATION", Latitude="1", Longitude="2", Precision="3"),
            events.PlaceReported(**EXPECTED_HEAD, latitude="1", longitude="2", precision="3"),
        ),
        (
            event("click", EventKey="menu_1"),
            events.MenuUsed(**EXPECTED_HEAD, kind="click", key="menu_1", detail={}),
        ),
        (
            event(
                "change_external_contact",
                ChangeType="add_external_contact",
                UserID="zhangsan",
                ExternalUserID="wmX",
            ),
            events.CustomerChanged(
                **EXPECTED_HEAD,
                change="add_external_contact",
                user_id="zhangsan",
                external_user_id="wmX",
                state="",
                welcome_code="",
                source="",
                fail_reason="",
            ),
        ),
        (
            event("change_external_tag", Id="t1", TagType="tag", ChangeType="create"),
            events.TagChanged(**EXPECTED_HEAD, change="create", tag_id="t1", tag_type="tag"),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_kind_has_its_type(callback, expected):
    assert callback == expected


def test_a_kf_signal_has_no_sender():
    signal = typed(
        read_xml(
            event_xml(
                ToUserName="wwcorp",
                CreateTime="1700000000",
                MsgType="event",
                Event="kf_msg_or_event",
                Token="TOK",
                OpenKfId="wkA",
            )
        )
    )
    assert isinstance(signal, events.KfSignal)
    assert (signal.token, signal.open_kfid, signal.from_user) == ("TOK", "wkA", "")


CARD = """<xml><FromUserName>lisi</FromUserName><MsgType>event</MsgType><Event>template_card_event</Event>
<EventKey>submit</EventKey><TaskId>t1</TaskId><CardType>multiple_interaction</CardType>
<ResponseCode>R1</ResponseCode><AgentID>1</AgentID><SelectedItems>{}</SelectedItems></xml>"""
ONE = (
    "<SelectedItem><QuestionKey>q1</QuestionKey><OptionIds><OptionId>a</OptionId></OptionIds></SelectedItem>"
)
TWO = (
    "<SelectedItem><QuestionKey>q2</QuestionKey><OptionIds><OptionId>b</OptionId>"
    "<OptionId>c</OptionId></OptionIds></SelectedItem>"
)


@pytest.mark.parametrize(
    ("items", "selections"),
    [
        ("", ()),
        (ONE, (("q1", ("a",)),)),
        (ONE + TWO, (("q1", ("a",)), ("q2", ("b", "c")))),
        ("<SelectedItem><QuestionKey>q3</QuestionKey></SelectedItem>", (("q3", ()),)),
    ],
)
def test_a_card_answer_holds_none_one_or_many_selections(items, selections):
    card = typed(read_xml(CARD.format(items).encode()))
    assert isinstance(card, events.CardAnswered)
    assert (card.key, card.task_id, card.response_code) == ("submit", "t1", "R1")
    assert tuple((one.question_key, one.option_ids) for one in card.selections) == selections


def test_a_menu_keeps_what_was_scanned():
    body = b"""<xml><MsgType>event</MsgType><Event>scancode_push</Event><EventKey>k</EventKey>
    <ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>1</ScanResult></ScanCodeInfo></xml>"""
    menu = typed(read_xml(body))
    assert isinstance(menu, events.MenuUsed)
    assert menu.detail == {"ScanType": "qrcode", "ScanResult": "1"}


def test_directory_changes_need_nothing_but_a_subject():
    changed = event("change_contact", ChangeType="update_user", UserID="a", NewUserID="b")
    assert isinstance(changed, events.DirectoryChanged)
    assert (changed.change, changed.subject, changed.new_user_id) == ("update_user", "a", "b")
    party = event("change_contact", ChangeType="delete_party", Id="7")
    assert isinstance(party, events.DirectoryChanged)
    assert party.subject == "7"


def test_groups_and_batches_are_read():
    group = event("change_external_chat", ChatId="wr1", ChangeType="update", UpdateDetail="add_member")
    assert isinstance(group, events.GroupChanged)
    assert (group.chat_id, group.update_detail) == ("wr1", "add_member")
    batch = typed(
        read_xml(
            b"<xml><MsgType>event</MsgType><Event>batch_job_result</Event><BatchJob><JobId>j</JobId>"
            b"<JobType>sync_user</JobType><ErrCode>0</ErrCode></BatchJob></xml>"
        )
    )
    assert isinstance(batch, events.BatchDone)
    assert (batch.job_id, batch.job_type, batch.errcode) == ("j", "sync_user", "0")


@pytest.mark.parametrize(
    ("callback", "kind"),
    [
        (event("brand_new", Extra="x"), "event.brand_new"),
        (read("hologram", MsgId="9", Extra="x"), "hologram"),
        (event(""), "event."),
        (typed({}), ""),
        (typed({"MsgType": {"nested": "x"}}), ""),
    ],
)
def test_what_is_not_known_stays_whole(callback, kind):
    assert isinstance(callback, events.Unknown)
    assert callback.kind == kind
    if "brand_new" in kind or kind == "hologram":
        assert callback.fields["Extra"] == "x"


def test_cdata_or_not_makes_no_difference():
    bare = read_xml(b"<xml><MsgType>text</MsgType><Content>a&amp;b</Content></xml>")
    wrapped = read_xml(b"<xml><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[a&b]]></Content></xml>")
    assert bare == wrapped == {"MsgType": "text", "Content": "a&b"}


def test_inner_xml_that_is_too_deep_is_refused():
    with pytest.raises(Refusal) as caught:
        read_xml(b"<a>" * 5_000 + b"</a>" * 5_000)
    assert caught.value.reason is Reason.UNREADABLE


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), (" 12 ", 12), ("", 0), ("1.5", 0), ("²", 0), ("9" * 21, 0)]
)
def test_numbers_are_read_without_failing(text, number):
    assert number_of({"n": text}, "n") == number


def key_of(door="app", **elements):
    body = event_xml(**elements)
    return delivery_key(door, read_xml(body), body)


def test_the_same_message_has_the_same_key_whatever_else_differs():
    assert key_of(MsgId="77", Content="a") == key_of(MsgId="77", Content="b")
    assert key_of(MsgId="77") != key_of(MsgId="78")


def test_five_different_events_of_one_second_have_five_keys():
    shared = {"FromUserName": "sys", "CreateTime": "1700000000", "MsgType": "event"}
    variants = [
        {"Event": "change_contact", "ChangeType": "create_user", "UserID": "a"},
        {"Event": "change_contact", "ChangeType": "update_user", "UserID": "a"},
        {"Event": "change_contact", "ChangeType": "update_user", "UserID": "b"},
        {"Event": "change_external_contact", "ChangeType": "add_external_contact", "UserID": "a"},
        {
            "Event": "change_external_contact",
            "ChangeType": "add_external_contact",
            "UserID": "a",
            "State": "s",
        },
    ]
    keys = {key_of(**shared, **variant) for variant in variants}
    assert len(keys) == 5
    assert keys == {key_of(**shared, **variant) for variant in variants}


def test_two_doors_never_share_a_key_and_keys_fit_their_column():
    assert key_of(door="app", MsgId="1") != key_of(door="kf", MsgId="1")
    assert len(key_of(door="x" * 32, MsgId="9" * 500)) <= 160
