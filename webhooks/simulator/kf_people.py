"""The customers and servicers of 微信客服: they write, enter, click, recall, take and end sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from webhooks.simulator.fields import objects
from webhooks.simulator.gate import DAY
from webhooks.simulator.kf_log import append_event, append_message, signal
from webhooks.simulator.kf_send import issue_code
from webhooks.simulator.kf_sessions import END_CODE_SECONDS, ENDED, HUMAN, NEW, POOL_CODE_SECONDS
from webhooks.simulator.simulator import Simulator
from webhooks.simulator.spoken import NotPossibleError, NotThereError, Spoken
from webhooks.simulator.state import KfChat, Message, Speaker
from webhooks.simulator.world import Customer, KfAccount

WELCOME_PAUSE_SECONDS = 2 * DAY
WELCOME_CODE_SECONDS = 20.0
TAKEN, TRANSFERRED, CLOSED, REOPENED = 1, 2, 3, 4


@dataclass(frozen=True, kw_only=True)
class KfRoom:
    """One customer's chat with one account, with everybody in it."""

    sim: Simulator
    account: KfAccount
    customer: Customer
    chat: KfChat

    @classmethod
    def find(cls, sim: Simulator, open_kfid: str, external_userid: str) -> KfRoom:
        account, customer = sim.world.kf_account(open_kfid), sim.world.customer(external_userid)
        if account is None or customer is None:
            raise NotThereError("no such account or customer")
        chat = sim.state.kf_chat(open_kfid, external_userid)
        return cls(sim=sim, account=account, customer=customer, chat=chat)

    def customer_says(self, spoken: Spoken, *, menu_id: str | None = None) -> Message:
        content = spoken.content(self.sim)
        if menu_id is not None:
            content["text"]["menu_id"] = menu_id
        msgid = self._log_message(3, content)
        message = self._show(msgid, "customer", self.customer.external_userid, spoken)
        self.chat.customer_wrote_at = self.sim.clock()
        self.chat.sent_since = 0
        if self.chat.service_state == ENDED:
            self.chat.service_state, self.chat.servicer_userid = NEW, None
        if self.account.taken_by and self.chat.service_state == NEW:
            self._change_session(TAKEN, self.account.taken_by)
        self._signal()
        return message

    def servicer_says(self, userid: str, spoken: Spoken) -> Message:
        """Let a servicer write; whoever writes has the session afterwards."""
        servicer = self._servicer(userid)
        if self.chat.service_state != HUMAN or self.chat.servicer_userid != servicer:
            self._change_session(self._taking(), servicer)
        content = {**spoken.content(self.sim), "servicer_userid": servicer}
        message = self._show(self._log_message(5, content), "servicer", servicer, spoken)
        self._signal()
        return message

    def enter(self, scene: str = "", scene_param: str = "") -> None:
        event = {"event_type": "enter_session", **self._ids(), "scene": scene, "scene_param": scene_param}
        if self._is_welcome_due():
            event["welcome_code"] = issue_code(
                self.sim, self.chat, WELCOME_CODE_SECONDS, ("text", "msgmenu"), welcome=True
            )
        self._note(append_event(self.sim, self.account.open_kfid, event), "进入会话")
        self._signal()

    def recall(self, message_id: str) -> None:
        message = self.chat.find(message_id)
        if message is None:
            raise NotThereError("no such message")
        events = {"customer": "user_recall_msg", "servicer": "servicer_recall_msg"}
        if message.speaker not in events or message.status == "recalled":
            raise NotPossibleError("this message cannot be recalled")
        message.status = "recalled"
        event = {"event_type": events[message.speaker], **self._ids(), "recall_msgid": message_id}
        if message.speaker == "servicer":
            event["servicer_userid"] = message.author
        append_event(self.sim, self.account.open_kfid, event)
        self._signal()

    def click_menu(self, message_id: str, item_index: int) -> Message | None:
        """Click an item of a menu message: a click item becomes the customer's text, others say nothing."""
        message = self.chat.find(message_id)
        if message is None or message.kind != "menu" or message.card is None:
            raise NotThereError("no such menu")
        items = objects(message.card, "list")
        if not 0 <= item_index < len(items):
            raise NotThereError("no such item")
        item = items[item_index]
        if item.get("type") != "click":
            return None
        click = item["click"]
        return self.customer_says(Spoken(text=click["content"]), menu_id=click.get("id", ""))

    def change_session(self, action: Literal["take", "end"], userid: str) -> None:
        """Let a servicer take (or take over) the session, or end it."""
        servicer = self._servicer(userid)
        if action == "end":
            if self.chat.service_state != HUMAN:
                raise NotPossibleError("no session to end")
            self._change_session(CLOSED, None)
        else:
            self._change_session(self._taking(), servicer)
        self._signal()

    def _taking(self) -> int:
        return {HUMAN: TRANSFERRED, ENDED: REOPENED}.get(self.chat.service_state, TAKEN)

    def _change_session(self, change_type: int, servicer: str | None) -> None:
        event: dict[str, Any] = {
            "event_type": "session_status_change",
            **self._ids(),
            "change_type": change_type,
        }
        if change_type != TAKEN and self.chat.servicer_userid:
            event["old_servicer_userid"] = self.chat.servicer_userid
        if servicer is not None:
            event["new_servicer_userid"] = servicer
        self.chat.service_state = ENDED if servicer is None else HUMAN
        if change_type == TAKEN:
            event["msg_code"] = issue_code(self.sim, self.chat, POOL_CODE_SECONDS, ("text",))
        elif change_type == CLOSED:
            event["msg_code"] = issue_code(self.sim, self.chat, END_CODE_SECONDS, ("text", "msgmenu"))
        if servicer is not None:
            self.chat.servicer_userid = servicer
        member = self.sim.world.member(servicer or "")
        text = f"{member.name} 接入会话" if member else "会话已结束"
        self._note(append_event(self.sim, self.account.open_kfid, event), text)

    def _servicer(self, userid: str) -> str:
        member = self.sim.world.member(userid)
        if member is None:
            raise NotThereError("no such member")
        if member.userid not in self.account.servicers:
            raise NotPossibleError("not a servicer of this account")
        return member.userid

    def _is_welcome_due(self) -> bool:
        now = self.sim.clock()
        latest = max(self.chat.welcomed_at or 0.0, self.chat.customer_wrote_at or 0.0)
        return now - latest > WELCOME_PAUSE_SECONDS

    def _ids(self) -> dict[str, str]:
        return {"open_kfid": self.account.open_kfid, "external_userid": self.customer.external_userid}

    def _log_message(self, origin: int, content: dict[str, Any]) -> str:
        ids = self._ids()
        return append_message(
            self.sim, ids["open_kfid"], ids["external_userid"], origin=origin, content=content
        )

    def _show(self, msgid: str, speaker: Speaker, author: str, spoken: Spoken) -> Message:
        member = self.sim.world.member(author)
        message = Message(
            id=msgid,
            speaker=speaker,
            author=author,
            name=member.name if member else self.customer.name,
            kind=spoken.shown_kind(),
            text=spoken.shown_text(),
            at=self.sim.clock(),
        )
        self.chat.add(message)
        return message

    def _note(self, msgid: str, text: str) -> None:
        now = self.sim.clock()
        self.chat.add(
            Message(id=msgid, speaker="system", author="", name="系统", kind="event", text=text, at=now)
        )

    def _signal(self) -> None:
        self.sim.changes.touch()
        signal(self.sim, self.account.open_kfid)
