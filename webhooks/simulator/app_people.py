"""Members in their chat with an app: they write, click on cards, and see passive replies."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webhooks.simulator.callbacks import Delivery
from webhooks.simulator.card_updates import change_card
from webhooks.simulator.card_xml import card_from_xml
from webhooks.simulator.cards import check_card
from webhooks.simulator.content import TEXT_BYTES
from webhooks.simulator.fields import cut, objects
from webhooks.simulator.messages import issue_response_code
from webhooks.simulator.refusal import Refusal
from webhooks.simulator.simulator import Simulator
from webhooks.simulator.spoken import NotPossibleError, NotThereError, Spoken
from webhooks.simulator.state import AppChat, Message, Sent
from webhooks.simulator.world import Door, Member

Selected = Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class AppRoom:
    """One member's chat with one app."""

    sim: Simulator
    door: Door
    member: Member
    chat: AppChat

    @classmethod
    def find(cls, sim: Simulator, agentid: int, userid: str) -> AppRoom:
        door = next((one for one in sim.doors.values() if one.agentid == agentid), None)
        member = sim.world.member(userid)
        if door is None or member is None:
            raise NotThereError("no such app or member")
        if not door.sees(member.userid):
            raise NotPossibleError("the member does not see this app")
        return cls(sim=sim, door=door, member=member, chat=sim.state.app_chat(agentid, member.userid))

    def member_says(self, spoken: Spoken) -> Message:
        content = spoken.content(self.sim)
        msgid = str(secrets.randbits(62))
        message = Message(
            id=msgid,
            speaker="member",
            author=self.member.userid,
            name=self.member.name,
            kind=spoken.shown_kind(),
            text=spoken.shown_text(),
            at=self.sim.clock(),
        )
        self.chat.add(message)
        self.sim.changes.touch()
        msgtype = content["msgtype"]
        fields = {
            **self._envelope(msgtype),
            **_callback_content(msgtype, content[msgtype]),
            "MsgId": int(msgid),
            "AgentID": self.chat.agentid,
        }
        self._emit(msgtype, fields, None)
        return message

    def click(self, message_id: str, key: str, selected: Selected) -> None:
        """Click a button, a menu action or the submit button of a card."""
        message, sent = self.chat.find(message_id), self.sim.state.sent.get(message_id)
        if message is None or sent is None or message.card is None:
            raise NotThereError("no such card")
        card = message.card
        if "replace_text" in card:
            raise NotPossibleError("the card is inert")
        in_menu = key in _menu_keys(card)
        if not in_menu and key not in _button_keys(card):
            raise NotThereError("no such button")
        fields = {
            **self._envelope("event"),
            "Event": "template_card_menu_event" if in_menu else "template_card_event",
            "EventKey": key,
            "TaskId": card.get("task_id", ""),
            "CardType": card["card_type"],
            "ResponseCode": issue_response_code(self.sim, self.chat.agentid, message_id),
            "AgentID": self.chat.agentid,
        }
        if selected and not in_menu:
            fields["SelectedItems"] = {
                "SelectedItem": [
                    {"QuestionKey": question, "OptionIds": {"OptionId": list(options)}}
                    for question, options in selected.items()
                ]
            }
        self._emit(str(fields["Event"]), fields, sent)

    def _envelope(self, msgtype: str) -> dict[str, Any]:
        return {
            "ToUserName": self.sim.world.corp_id,
            "FromUserName": self.member.userid,
            "CreateTime": int(self.sim.clock()),
            "MsgType": msgtype,
        }

    def _emit(self, name: str, fields: dict[str, Any], clicked: Sent | None) -> None:
        self.sim.emit(
            Delivery(
                door=self.door.name,
                name=name,
                fields=fields,
                on_reply=lambda reply: self._take_reply(reply, clicked),
            )
        )

    def _take_reply(self, reply: dict[str, Any], clicked: Sent | None) -> str:
        """Show a passive reply to this member; return what happened for the trace."""
        msgtype = reply.get("MsgType", "")
        if msgtype in {"update_button", "update_template_card"}:
            if clicked is None:
                return f"reply refused: {msgtype} answers only a click"
            return self._update_card(reply, clicked)
        text = _reply_text(reply, msgtype)
        if not text:
            return "reply refused: nothing to show"
        self.chat.add(
            Message(
                id=secrets.token_urlsafe(24),
                speaker="app",
                author=str(self.chat.agentid),
                name=self.door.title,
                kind="text",
                text=text,
                at=self.sim.clock(),
            )
        )
        self.sim.changes.touch()
        return f"reply {msgtype}"

    def _update_card(self, reply: dict[str, Any], clicked: Sent) -> str:
        if reply["MsgType"] == "update_button":
            button = reply.get("Button")
            name = button.get("ReplaceName") if isinstance(button, dict) else None
            replacement: dict[str, Any] = {"replace_name": str(name or "")}
        else:
            fields = reply.get("TemplateCard")
            replacement = card_from_xml(fields) if isinstance(fields, dict) else {}
            try:
                check_card(replacement, new=False)
            except Refusal as refusal:
                return f"reply refused: {refusal}"
        change_card(self.sim, clicked, self.member.userid, replacement)
        self.sim.changes.touch()
        return f"reply {reply['MsgType']}"


def _callback_content(msgtype: str, part: dict[str, Any]) -> dict[str, Any]:
    if msgtype == "text":
        return {"Content": part["content"]}
    if msgtype == "image":
        return {"PicUrl": "", "MediaId": part["media_id"]}
    if msgtype == "voice":
        return {"MediaId": part["media_id"], "Format": "amr"}
    if msgtype == "video":
        return {"MediaId": part["media_id"], "ThumbMediaId": ""}
    return dict(part)


def _menu_keys(card: dict[str, Any]) -> set[str]:
    menu = card.get("action_menu")
    return {action["key"] for action in objects(menu, "action_list")} if isinstance(menu, dict) else set()


def _button_keys(card: dict[str, Any]) -> set[str]:
    keys = {button["key"] for button in objects(card, "button_list") if button.get("type", 0) == 0}
    submit = card.get("submit_button")
    return keys | ({submit["key"]} if isinstance(submit, dict) else set())


def _reply_text(reply: dict[str, Any], msgtype: str) -> str:
    if msgtype == "text":
        return cut(str(reply.get("Content", "")), TEXT_BYTES)
    if msgtype in {"image", "voice", "video"}:
        return f"[{msgtype}]"
    if msgtype == "news":
        articles = reply.get("Articles")
        item = articles.get("item") if isinstance(articles, dict) else None
        first = item[0] if isinstance(item, list) else item
        return str(first.get("Title", "")) if isinstance(first, dict) else ""
    return ""
