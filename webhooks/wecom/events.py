"""What callbacks say, typed: app messages and events (pages 90239, 90240), 微信客服 signals (94699).

A kind that is not known here stays whole in `Unknown`, to be counted and kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from webhooks.wecom.xml_reader import Fields, group_of, many, number_of, text_of


@dataclass(frozen=True, kw_only=True)
class Callback:
    """What every callback tells; times are Unix seconds. `from_user` is a userid or `sys`."""

    to_user: str
    from_user: str
    created_at: int
    agent_id: str


@dataclass(frozen=True, kw_only=True)
class TextSaid(Callback):
    message_id: str
    content: str


@dataclass(frozen=True, kw_only=True)
class MediaSaid(Callback):
    """`kind` is `image`, `voice` or `video`; the media lives three days."""

    message_id: str
    kind: str
    media_id: str
    format: str


@dataclass(frozen=True, kw_only=True)
class PlaceSaid(Callback):
    message_id: str
    latitude: str
    longitude: str
    label: str


@dataclass(frozen=True, kw_only=True)
class LinkSaid(Callback):
    message_id: str
    title: str
    description: str
    url: str


@dataclass(frozen=True, kw_only=True)
class VisibilityChanged(Callback):
    """The member came into the app's visible range, or left it."""

    joined: bool


@dataclass(frozen=True, kw_only=True)
class AppEntered(Callback):
    pass


@dataclass(frozen=True, kw_only=True)
class PlaceReported(Callback):
    latitude: str
    longitude: str
    precision: str


@dataclass(frozen=True, kw_only=True)
class MenuUsed(Callback):
    """A menu item: `kind` is WeCom's event name, `detail` its scan, photo or place element."""

    kind: str
    key: str
    detail: Fields


@dataclass(frozen=True, kw_only=True)
class Selection:
    question_key: str
    option_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CardAnswered(Callback):
    """A click on a card; `response_code` is fresh, works once and for 72 hours."""

    kind: str
    key: str
    task_id: str
    card_type: str
    response_code: str
    selections: tuple[Selection, ...]


@dataclass(frozen=True, kw_only=True)
class BatchDone(Callback):
    job_id: str
    job_type: str
    errcode: str


@dataclass(frozen=True, kw_only=True)
class DirectoryChanged(Callback):
    """通讯录变更: `subject` is the member, department or tag; only `change` is always there."""

    change: str
    subject: str
    new_user_id: str
    detail: Fields


@dataclass(frozen=True, kw_only=True)
class CustomerChanged(Callback):
    """客户联系: a customer and a member found or left each other; no code or state is normal."""

    change: str
    user_id: str
    external_user_id: str
    state: str
    welcome_code: str
    source: str
    fail_reason: str


@dataclass(frozen=True, kw_only=True)
class GroupChanged(Callback):
    change: str
    chat_id: str
    update_detail: str
    detail: Fields


@dataclass(frozen=True, kw_only=True)
class TagChanged(Callback):
    change: str
    tag_id: str
    tag_type: str


@dataclass(frozen=True, kw_only=True)
class KfSignal(Callback):
    """There is something to pull; `token` works for 10 minutes. It says nothing more."""

    token: str
    open_kfid: str


@dataclass(frozen=True, kw_only=True)
class Unknown(Callback):
    """`kind` is `text`-like or `event.name`; `fields` is everything that came."""

    kind: str
    fields: Fields


def delivery_key(door: str, fields: Fields, body: bytes) -> str:
    """Return what makes a delivery the same one: its MsgId, else the hash of the decrypted body.

    Sender and second are not enough: five events of one second would be one (architecture fault 4).
    """
    message_id = text_of(fields, "MsgId")
    is_number = message_id.isascii() and message_id.isdigit() and len(message_id) <= 20
    identity = f"msg:{message_id}" if is_number else f"sha256:{hashlib.sha256(body).hexdigest()}"
    return f"{door}:{identity}"


def typed(fields: Fields) -> Callback:
    """Return the callback's type; never fails, absent elements are empty."""
    kind = text_of(fields, "MsgType")
    build = _MESSAGES.get(kind)
    if kind == "event":
        name = text_of(fields, "Event")
        build, kind = _EVENTS.get(name), f"event.{name}"
    if build is None:
        return Unknown(**_heading(fields), kind=kind, fields=fields)
    return build(fields)


def _heading(fields: Fields) -> dict[str, Any]:
    return {
        "to_user": text_of(fields, "ToUserName"),
        "from_user": text_of(fields, "FromUserName"),
        "created_at": number_of(fields, "CreateTime"),
        "agent_id": text_of(fields, "AgentID") or text_of(fields, "AgentId"),
    }


def _plain(shape: Callable[..., Callback], **elements: str) -> Callable[[Fields], Callback]:
    """Build `shape` from leaves: field name = element name."""

    def build(fields: Fields) -> Callback:
        values = {name: text_of(fields, element) for name, element in elements.items()}
        return shape(**_heading(fields), **values)

    return build


def _media(kind: str) -> Callable[[Fields], Callback]:
    def build(fields: Fields) -> Callback:
        return MediaSaid(
            **_heading(fields),
            message_id=text_of(fields, "MsgId"),
            kind=kind,
            media_id=text_of(fields, "MediaId"),
            format=text_of(fields, "Format"),
        )

    return build


def _visibility(*, joined: bool) -> Callable[[Fields], Callback]:
    return lambda fields: VisibilityChanged(**_heading(fields), joined=joined)


def _menu(fields: Fields) -> Callback:
    details = (group_of(fields, name) for name in ("ScanCodeInfo", "SendPicsInfo", "SendLocationInfo"))
    return MenuUsed(
        **_heading(fields),
        kind=text_of(fields, "Event"),
        key=text_of(fields, "EventKey"),
        detail=next((detail for detail in details if detail), {}),
    )


def _card(fields: Fields) -> Callback:
    return CardAnswered(
        **_heading(fields),
        kind=text_of(fields, "Event"),
        key=text_of(fields, "EventKey"),
        task_id=text_of(fields, "TaskId"),
        card_type=text_of(fields, "CardType") or "task_card",
        response_code=text_of(fields, "ResponseCode"),
        selections=_selections(fields),
    )


def _selections(fields: Fields) -> tuple[Selection, ...]:
    items = many(group_of(fields, "SelectedItems"), "SelectedItem")
    return tuple(
        Selection(
            question_key=text_of(item, "QuestionKey"),
            option_ids=tuple(str(option) for option in many(group_of(item, "OptionIds"), "OptionId")),
        )
        for item in items
        if isinstance(item, dict)
    )


def _batch(fields: Fields) -> Callback:
    job = group_of(fields, "BatchJob")
    return BatchDone(
        **_heading(fields),
        job_id=text_of(job, "JobId"),
        job_type=text_of(job, "JobType"),
        errcode=text_of(job, "ErrCode"),
    )


def _directory(fields: Fields) -> Callback:
    subject = next((text_of(fields, name) for name in ("UserID", "Id", "TagId") if name in fields), "")
    return DirectoryChanged(
        **_heading(fields),
        change=text_of(fields, "ChangeType"),
        subject=subject,
        new_user_id=text_of(fields, "NewUserID"),
        detail=fields,
    )


def _group(fields: Fields) -> Callback:
    return GroupChanged(
        **_heading(fields),
        change=text_of(fields, "ChangeType"),
        chat_id=text_of(fields, "ChatId"),
        update_detail=text_of(fields, "UpdateDetail"),
        detail=fields,
    )


_MESSAGES: dict[str, Callable[[Fields], Callback]] = {
    "text": _plain(TextSaid, message_id="MsgId", content="Content"),
    "image": _media("image"),
    "voice": _media("voice"),
    "video": _media("video"),
    "location": _plain(
        PlaceSaid, message_id="MsgId", latitude="Location_X", longitude="Location_Y", label="Label"
    ),
    "link": _plain(LinkSaid, message_id="MsgId", title="Title", description="Description", url="Url"),
}

_MENU_EVENTS = (
    "click view view_miniprogram scancode_push scancode_waitmsg "
    "pic_sysphoto pic_photo_or_album pic_weixin location_select"
)

_EVENTS: dict[str, Callable[[Fields], Callback]] = {
    "subscribe": _visibility(joined=True),
    "unsubscribe": _visibility(joined=False),
    "enter_agent": _plain(AppEntered),
    "LOCATION": _plain(PlaceReported, latitude="Latitude", longitude="Longitude", precision="Precision"),
    **dict.fromkeys(_MENU_EVENTS.split(), _menu),
    **dict.fromkeys(("template_card_event", "template_card_menu_event", "taskcard_click"), _card),
    "batch_job_result": _batch,
    "change_contact": _directory,
    "change_external_contact": _plain(
        CustomerChanged,
        change="ChangeType",
        user_id="UserID",
        external_user_id="ExternalUserID",
        state="State",
        welcome_code="WelcomeCode",
        source="Source",
        fail_reason="FailReason",
    ),
    "change_external_chat": _group,
    "change_external_tag": _plain(TagChanged, change="ChangeType", tag_id="Id", tag_type="TagType"),
    "kf_msg_or_event": _plain(KfSignal, token="Token", open_kfid="OpenKfId"),  # noqa: S106 (element names)
}
