"""Cards are what WeCom wants, and what it would refuse is refused here, by part."""

from dataclasses import replace

import pytest

from bot.errors import CannotProcess
from webhooks.wecom.card_parts import (
    ActionMenu,
    Button,
    CardAction,
    CardImage,
    CheckBox,
    CheckOption,
    Choice,
    Emphasis,
    HorizontalContent,
    ImageTextArea,
    JumpLink,
    MainTitle,
    MenuAction,
    Option,
    QuoteArea,
    Source,
    SubmitButton,
    VerticalContent,
)
from webhooks.wecom.cards import (
    ButtonInteraction,
    MultipleInteraction,
    NewsNotice,
    TextNotice,
    VoteInteraction,
)

OPEN = CardAction(type=1, url="https://example.com/1")
TITLE = MainTitle(title="新的建议", desc="客户担心价格")
CHOICE = Choice(
    question_key="q", title="选一个", option_list=(Option(id="a", text="是"), Option(id="b", text="否"))
)
SUBMIT = SubmitButton(text="提交", key="submit")

TEXT = TextNotice(
    source=Source(desc="问诊", desc_color=1),
    main_title=TITLE,
    emphasis_content=Emphasis(title="92%", desc="把握"),
    sub_title_text="点开看全文",
    horizontal_content_list=(HorizontalContent(keyname="客户", value="华东某厂"),),
    jump_list=(JumpLink(title="打开侧边栏", type=1, url="https://example.com/2"),),
    card_action=OPEN,
)
NEWS = NewsNotice(
    main_title=TITLE,
    card_image=CardImage(url="https://example.com/i.png", aspect_ratio=2.25),
    vertical_content_list=(VerticalContent(title="为什么", desc="因为"),),
    card_action=OPEN,
)
BUTTONS = ButtonInteraction(
    main_title=TITLE,
    task_id="task-1@x",
    button_list=(Button(text="采用", key="use"), Button(text="网页", type=1, url="https://example.com")),
    button_selection=CHOICE,
)
VOTE = VoteInteraction(
    main_title=TITLE,
    task_id="task-2",
    checkbox=CheckBox(
        question_key="q", mode=1, option_list=(CheckOption(id="1", text="一", is_checked=True),)
    ),
    submit_button=SUBMIT,
)
MULTIPLE = MultipleInteraction(
    main_title=TITLE, task_id="task-3", select_list=(CHOICE,), submit_button=SUBMIT
)
ALL = (TEXT, NEWS, BUTTONS, VOTE, MULTIPLE)


@pytest.mark.parametrize("card", ALL, ids=lambda card: card.card_type)
def test_each_type_becomes_json_without_empty_parts(card):
    data = card.json()
    assert data["card_type"] == card.card_type
    assert None not in data.values()
    assert [] not in data.values()


def test_a_button_card_is_exactly_what_wecom_wants():
    assert BUTTONS.json() == {
        "card_type": "button_interaction",
        "main_title": {"title": "新的建议", "desc": "客户担心价格"},
        "task_id": "task-1@x",
        "button_list": [
            {"text": "采用", "type": 0, "style": 1, "key": "use"},
            {"text": "网页", "type": 1, "style": 1, "url": "https://example.com"},
        ],
        "button_selection": {
            "question_key": "q",
            "option_list": [{"id": "a", "text": "是"}, {"id": "b", "text": "否"}],
            "title": "选一个",
        },
    }


def test_a_vote_card_keeps_what_is_ticked_and_what_is_not():
    options = (CheckOption(id="1", text="一", is_checked=True), CheckOption(id="2", text="二"))
    card = replace(VOTE, checkbox=CheckBox(question_key="q", option_list=options))
    assert [one["is_checked"] for one in card.json()["checkbox"]["option_list"]] == [True, False]


def test_texts_that_wecom_only_cuts_are_cut_visibly():
    card = replace(TEXT, main_title=MainTitle(title="很" * 50), sub_title_text="长" * 200)
    data = card.json()
    assert data["main_title"]["title"] == "很" * 35 + "…"
    assert data["sub_title_text"] == "长" * 159 + "…"


LONG_KEY = "k" * 1025
OPTIONS = tuple(Option(id=str(number), text="x") for number in range(11))
TICKS = tuple(CheckOption(id=str(number), text="x") for number in range(21))
LINE = HorizontalContent(keyname="k")


def menu(*keys):
    return ActionMenu(desc="更多", action_list=tuple(MenuAction(text="x", key=key) for key in keys))


@pytest.mark.parametrize(
    ("card", "part"),
    [
        (replace(TEXT, card_action=None), "card_action"),
        (replace(TEXT, card_action=CardAction(type=0)), "card_action"),
        (replace(TEXT, card_action=CardAction(type=1)), "CardAction"),
        (replace(TEXT, card_action=CardAction(type=2, url="https://x")), "CardAction"),
        (replace(TEXT, main_title=None, sub_title_text=None), "main_title.title"),
        (replace(TEXT, jump_list=(JumpLink(title="x", url="u"),) * 4), "jump_list"),
        (replace(TEXT, jump_list=(JumpLink(title="", url="u"),)), "jump_list.title"),
        (replace(TEXT, jump_list=(JumpLink(title="x", type=1),)), "JumpLink"),
        (replace(TEXT, quote_area=QuoteArea(type=7)), "QuoteArea"),
        (replace(TEXT, horizontal_content_list=(LINE,) * 7), "horizontal_content_list"),
        (replace(TEXT, horizontal_content_list=(replace(LINE, type=1),)), "horizontal_content_list"),
        (replace(TEXT, horizontal_content_list=(replace(LINE, type=2),)), "horizontal_content_list"),
        (replace(TEXT, horizontal_content_list=(replace(LINE, type=3),)), "horizontal_content_list"),
        (replace(TEXT, horizontal_content_list=(replace(LINE, type=4),)), "horizontal_content_list"),
        (replace(TEXT, horizontal_content_list=(replace(LINE, keyname=""),)), "horizontal_content_list"),
        (replace(TEXT, action_menu=menu("a")), "task_id"),
        (replace(TEXT, action_menu=menu(), task_id="t"), "action_menu.action_list"),
        (replace(TEXT, action_menu=menu("a", "b", "c", "d"), task_id="t"), "action_menu.action_list"),
        (replace(TEXT, action_menu=menu("a", "a"), task_id="t"), "action_menu.key"),
        (replace(NEWS, main_title=MainTitle(desc="x")), "main_title.title"),
        (replace(NEWS, card_image=None), "card_image"),
        (replace(NEWS, card_image=CardImage(url="u", aspect_ratio=2.3)), "card_image"),
        (replace(NEWS, card_image=CardImage(url="")), "card_image"),
        (replace(NEWS, image_text_area=ImageTextArea(image_url="u", type=1)), "ImageTextArea"),
        (replace(NEWS, vertical_content_list=(VerticalContent(title="x"),) * 5), "vertical_content_list"),
        (replace(NEWS, vertical_content_list=(VerticalContent(title=""),)), "vertical_content_list.title"),
        (replace(BUTTONS, task_id=None), "task_id"),
        (replace(BUTTONS, task_id="中文"), "task_id"),
        (replace(BUTTONS, task_id="t" * 129), "task_id"),
        (replace(BUTTONS, button_list=()), "button_list"),
        (replace(BUTTONS, button_list=(Button(text="x", type=1, url="u"),) * 7), "button_list"),
        (replace(BUTTONS, button_list=(Button(text="", key="a"),)), "button_list.text"),
        (replace(BUTTONS, button_list=(Button(text="x"),)), "button_list.key"),
        (replace(BUTTONS, button_list=(Button(text="x", key=LONG_KEY),)), "button_list.key"),
        (replace(BUTTONS, button_list=(Button(text="x", key="a"),) * 2), "button_list.key"),
        (replace(BUTTONS, button_list=(Button(text="x", type=1),)), "button_list.url"),
        (
            replace(BUTTONS, button_selection=replace(CHOICE, option_list=OPTIONS)),
            "button_selection.option_list",
        ),
        (replace(VOTE, checkbox=None), "checkbox"),
        (replace(VOTE, checkbox=CheckBox(question_key="q", option_list=TICKS)), "checkbox.option_list"),
        (replace(VOTE, submit_button=None), "submit_button"),
        (replace(VOTE, submit_button=SubmitButton(text="", key="k")), "submit_button"),
        (replace(VOTE, submit_button=SubmitButton(text="x", key=LONG_KEY)), "submit_button.key"),
        (replace(MULTIPLE, select_list=()), "select_list"),
        (
            replace(MULTIPLE, select_list=tuple(replace(CHOICE, question_key=key) for key in "abcd")),
            "select_list",
        ),
        (replace(MULTIPLE, select_list=(CHOICE, CHOICE)), "select_list.question_key"),
        (replace(MULTIPLE, select_list=(replace(CHOICE, question_key=""),)), "select_list.question_key"),
        (
            replace(MULTIPLE, select_list=(replace(CHOICE, option_list=(Option(id="i" * 129, text="x"),)),)),
            "select_list.option_list.id",
        ),
        (
            replace(MULTIPLE, select_list=(replace(CHOICE, option_list=(Option(id="i", text=""),)),)),
            "select_list.option_list.text",
        ),
    ],
)
def test_what_wecom_would_refuse_is_refused_by_part(card, part):
    with pytest.raises(CannotProcess) as caught:
        card.json()
    assert f" {part} " in str(caught.value)


def test_a_card_that_replaces_one_needs_no_task_but_all_else():
    updated = replace(BUTTONS, task_id=None, replace_text="已采用")
    assert updated.json_for_update()["replace_text"] == "已采用"
    with pytest.raises(CannotProcess):
        replace(updated, button_list=()).json_for_update()
