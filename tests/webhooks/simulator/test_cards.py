import copy

import pytest

from webhooks.simulator.cards import check_card
from webhooks.simulator.refusal import Refusal

ACTION = {"type": 1, "url": "https://x.example"}
OPTIONS = [{"id": "1", "text": "一"}, {"id": "2", "text": "二"}]
CARDS = {
    "text_notice": {"main_title": {"title": "题"}, "card_action": ACTION},
    "news_notice": {
        "main_title": {"title": "题"},
        "card_action": ACTION,
        "card_image": {"url": "https://x.example/a.png", "aspect_ratio": 2.25},
    },
    "button_interaction": {
        "main_title": {"title": "题"},
        "task_id": "task-1@a_b",
        "button_list": [{"text": "好", "key": "yes"}, {"text": "看", "type": 1, "url": "https://x.example"}],
    },
    "vote_interaction": {
        "main_title": {"title": "题"},
        "task_id": "t",
        "checkbox": {"question_key": "q", "option_list": OPTIONS},
        "submit_button": {"text": "交", "key": "go"},
    },
    "multiple_interaction": {
        "main_title": {"title": "题"},
        "task_id": "t",
        "select_list": [{"question_key": "q", "title": "问", "option_list": OPTIONS}],
        "submit_button": {"text": "交", "key": "go"},
    },
}
TEXT, NEWS, BUTTON, VOTE, MULTIPLE = CARDS


def card(card_type, **changes):
    built = {"card_type": card_type, **copy.deepcopy(CARDS.get(card_type, {})), **changes}
    return {name: value for name, value in built.items() if value is not None}


def menu(*keys):
    return {"desc": "更多", "action_list": [{"text": "项", "key": key} for key in keys]}


def many(count, **item):
    return [dict(item) for _ in range(count)]


@pytest.mark.parametrize("card_type", list(CARDS))
def test_a_complete_card_passes(card_type):
    check_card(card(card_type))


@pytest.mark.parametrize(
    "good",
    [
        card(TEXT, main_title=None, sub_title_text="只有副标题"),
        card(TEXT, action_menu=menu("a", "b", "c"), task_id="t"),
        card(TEXT, horizontal_content_list=many(6, keyname="k", type=1, url="https://x.example")),
        card(TEXT, jump_list=many(3, title="t", type=2, appid="wx1")),
        card(NEWS, card_image=None, image_text_area={"image_url": "https://x.example/i.png"}),
        card(NEWS, vertical_content_list=many(4, title="t")),
        card(BUTTON, card_action={"type": 0}),
        card(BUTTON, button_selection={"question_key": "q", "option_list": OPTIONS}),
        card(TEXT, main_title={"title": "很" * 60}),
    ],
    ids=range(9),
)
def test_what_is_allowed_passes(good):
    check_card(good)


BAD = [
    (card("poster"), 42031),
    (card(TEXT, main_title=None), 42033),
    (card(TEXT, card_action=None), 42045),
    (card(TEXT, card_action={"type": 0}), 42045),
    (card(TEXT, card_action={"type": 9}), 42045),
    (card(TEXT, card_action={"type": 1}), 42028),
    (card(TEXT, card_action={"type": 1, "url": "ftp://x"}), 42028),
    (card(TEXT, card_action={"type": 2}), 42030),
    (card(TEXT, action_menu=menu("a")), 42014),
    (card(TEXT, action_menu=menu("a", "a"), task_id="t"), 42051),
    (card(TEXT, action_menu=menu(), task_id="t"), 40058),
    (card(TEXT, action_menu=menu("a", "b", "c", "d"), task_id="t"), 40058),
    (card(TEXT, action_menu=menu("k" * 1025), task_id="t"), 42039),
    (card(TEXT, horizontal_content_list=many(7, keyname="k")), 42035),
    (card(TEXT, horizontal_content_list=many(1, value="v")), 42027),
    (card(TEXT, horizontal_content_list=many(1, keyname="k", type=1)), 42028),
    (card(TEXT, horizontal_content_list=many(1, keyname="k", type=2)), 42029),
    (card(TEXT, horizontal_content_list=many(1, keyname="k", type=3)), 42050),
    (card(TEXT, jump_list=many(4, title="t")), 42042),
    (card(TEXT, jump_list=many(1, type=0)), 42033),
    (card(TEXT, jump_list=many(1, title="t", type=2)), 42030),
    (card(TEXT, quote_area={"type": 1}), 42028),
    (card(NEWS, card_image=None), 42044),
    (card(NEWS, card_image={}), 42044),
    (card(NEWS, card_image={"url": "https://x.example", "aspect_ratio": 1.2}), 40058),
    (card(NEWS, card_image=None, image_text_area={"title": "t"}), 42044),
    (card(NEWS, vertical_content_list=many(5, title="t")), 42036),
    (card(NEWS, main_title={}), 42033),
    (card(BUTTON, task_id=None), 42014),
    (card(BUTTON, task_id="空"), 42014),
    (card(BUTTON, task_id="t" * 129), 42014),
    (card(BUTTON, button_list=[]), 40058),
    (card(BUTTON, button_list=many(7, text="t", key="k")), 40058),
    (card(BUTTON, button_list=many(1, key="k")), 42038),
    (card(BUTTON, button_list=many(1, text="t")), 42039),
    (card(BUTTON, button_list=many(1, text="t", type=1)), 42028),
    (card(VOTE, checkbox={"option_list": OPTIONS}), 42043),
    (card(VOTE, checkbox={"question_key": "q", "option_list": many(21, id="1", text="t")}), 42037),
    (card(VOTE, checkbox={"question_key": "q", "option_list": many(1, text="t")}), 42040),
    (card(VOTE, checkbox={"question_key": "q", "option_list": many(1, id="i" * 129, text="t")}), 42040),
    (card(VOTE, checkbox={"question_key": "q", "option_list": many(1, id="1")}), 42041),
    (card(VOTE, submit_button={"key": "go"}), 42049),
    (card(VOTE, submit_button={"text": "交"}), 42046),
    (card(VOTE, submit_button=None), 42049),
    (card(MULTIPLE, select_list=[]), 42047),
    (card(MULTIPLE, select_list=many(4, question_key="q", option_list=OPTIONS)), 42047),
    (card(MULTIPLE, select_list=many(1, question_key="q", option_list=many(11, id="1", text="t"))), 42037),
]


@pytest.mark.parametrize(("bad", "errcode"), BAD, ids=range(len(BAD)))
def test_what_is_not_allowed_is_refused_with_its_code(bad, errcode):
    with pytest.raises(Refusal) as refusal:
        check_card(bad)
    assert refusal.value.errcode == errcode


def test_a_replacement_needs_no_task_id():
    check_card(card(BUTTON, task_id=None), new=False)
