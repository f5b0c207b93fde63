"""A desk that lives in memory, and the views it shows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.conversation import Consent
from bot.domain.sidebar import (
    ConversationLine,
    CustomerList,
    DimensionView,
    Doubt,
    Heard,
    NeedView,
    Offer,
    ParkedView,
    SidebarView,
    Value,
)
from bot.domain.suggestion import Passage
from bot.errors import Refused

SAID_AT = datetime(2026, 10, 24, 1, 12, tzinfo=UTC)
WORDS = "你们这个价格比别家高了快三成，而且等货要三个月"


class Rows(dict[int, str]):
    """Who owns which row; asked for a number that SQLite cannot hold, it breaks off as SQLite does."""

    def get(self, number: int, default: str | None = None) -> str | None:
        if abs(number) >= 2**63:
            raise OverflowError("Python int too large to convert to SQLite INTEGER")
        return super().get(number, default)


class FakeDesk:
    """Holds one view per conversation and notes what was done."""

    def __init__(self) -> None:
        self.views: dict[int, SidebarView] = {}
        self.owners = Rows()
        self.customers: dict[str, int] = {}
        self.suggestions = Rows()
        self.jobs = Rows()
        self.done: list[tuple[object, ...]] = []
        self.watchers: list[tuple[str, int | str]] = []
        self._news = asyncio.Condition()

    def put(self, view: SidebarView, *, rep_id: str = "lilei", customer_id: str = "wm1") -> None:
        """Make this the view of its conversation."""
        self.views[view.conversation_id] = view
        self.owners[view.conversation_id] = rep_id
        self.customers[customer_id] = view.conversation_id
        if view.offer:
            self.suggestions[view.offer.suggestion_id] = rep_id
        for job in view.parked:
            self.jobs[job.job_id] = rep_id

    async def push(self, view: SidebarView, **place: str) -> None:
        """Put a view and wake whoever waits for it."""
        self.put(view, **place)
        async with self._news:
            self._news.notify_all()

    async def conversations(self, rep_id: str, search: str = "") -> CustomerList:
        found = [
            ConversationLine(
                conversation_id=number,
                customer_id=None,
                customer_name=view.customer_name,
                company=view.company,
                last_text=view.heard.text if view.heard else "",
                last_at=view.heard.said_at if view.heard else None,
            )
            for number, view in self.views.items()
            if self.owners[number] == rep_id and search in f"{view.customer_name} {view.company or ''}"
        ]
        return CustomerList(lines=tuple(found[:50]), total=len(found))

    async def find(self, rep_id: str, customer_id: str) -> int | None:
        number = self.customers.get(customer_id)
        return number if self.owners.get(number or 0) == rep_id else None

    async def view(self, rep_id: str, conversation_id: int) -> SidebarView:
        self._check(self.owners.get(conversation_id), rep_id)
        return self.views[conversation_id]

    async def use(self, rep_id: str, suggestion_id: int, passage: int, text: str) -> None:
        self._check(self.suggestions.get(suggestion_id), rep_id)
        self.done.append(("use", suggestion_id, passage, text))

    async def dismiss(self, rep_id: str, suggestion_id: int, reason: str) -> None:
        self._check(self.suggestions.get(suggestion_id), rep_id)
        self.done.append(("dismiss", suggestion_id, reason))

    async def set_consent(self, rep_id: str, conversation_id: int, consent: Consent) -> None:
        self._check(self.owners.get(conversation_id), rep_id)
        self.done.append(("consent", conversation_id, consent))
        view = self.views[conversation_id]
        await self.push(replace(view, consent=consent, version=view.version + 1))

    async def retry(self, rep_id: str, job_id: int) -> None:
        self._check(self.jobs.get(job_id), rep_id)
        self.done.append(("retry", job_id))

    async def changed(self, conversation_id: int, after_version: int, timeout_seconds: float) -> int | None:
        async def newer() -> int:
            async with self._news:
                await self._news.wait_for(lambda: self.views[conversation_id].version > after_version)
            return self.views[conversation_id].version

        try:
            return await asyncio.wait_for(newer(), timeout_seconds)
        except TimeoutError:
            return None

    @contextmanager
    def watching(self, rep_id: str, place: int | str) -> Iterator[None]:
        self.watchers.append((rep_id, place))
        try:
            yield
        finally:
            self.watchers.remove((rep_id, place))

    def _check(self, owner: str | None, rep_id: str) -> None:
        if owner != rep_id:
            raise Refused("not this rep's")


def doubt(code: str, name: str, confidence: float, words: str, text: str = WORDS) -> Doubt:
    start = text.index(words)
    return Doubt(code=code, name=name, confidence=confidence, start=start, end=start + len(words))


def heard(text: str = WORDS, *doubts: Doubt) -> Heard:
    found = doubts or (
        doubt("price", "价格", 0.93, "价格比别家高了快三成"),
        doubt("competitor", "竞品", 0.71, "比别家高了"),
        doubt("delivery", "交付", 0.64, "等货要三个月"),
    )
    return Heard(message_id=55, text=text, said_at=SAID_AT, doubts=found)


def passage(reply: str, **changes: object) -> Passage:
    plain = Passage(
        entry_id="price-003",
        version=2,
        objection="price",
        reply=reply,
        when="客户拿同行总价来比，还没看清各家报价里包含什么。",
        why="先承认差价，再把差在哪里摊开，客户才有东西可比，而不是只比一个总数。",
        ask="",
        score=0.8,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


REPLIES = (
    "王总，三成不是小数，您先别急着定。我把两家报价里各包含什么列一张表给您，您一眼就能看出差在哪。",
    "理解，换我也会先问贵在哪。我们把停机损失算进去比一比，如果算下来还是不划算，我不劝您。",
    "交期这块我去问了再答您：有没有现货可以先顶一台，今天下班前给您准信。",
)


def offer(suggestion_id: int = 12, replies: tuple[str, ...] = REPLIES) -> Offer:
    return Offer(
        suggestion_id=suggestion_id,
        passages=tuple(passage(reply, source="2025 版产品手册 第 14 页") for reply in replies),
        ask="现在这条线一班大概停几次？",
        ask_reason="知道停几次、每次多久，差价能不能赚回来就算得清。",
    )


NAMES = (
    ("business_goal", "业务目标", "商机识别"),
    ("decision_chain", "决策链", "商机识别"),
    ("budget", "预算与采购", "商机识别"),
    ("timeline", "时间节点", "商机识别"),
    ("current_state", "现状流程", "需求诊断"),
    ("pain", "痛点影响", "需求诊断"),
    ("bottleneck", "产线瓶颈", "需求诊断"),
    ("fault_history", "历史故障", "需求诊断"),
    ("tech_requirements", "技术参数", "方案匹配"),
    ("integration", "集成与环境", "方案匹配"),
    ("competition", "竞品与替代", "风险预判"),
    ("risk", "风险与隐性障碍", "风险预判"),
)


def value(slot: str, text: str, level: str = "customer", status: str = "found", **more: str) -> Value:
    quote = more.get("quote", f"我们这边{text}")
    return Value(
        slot=slot, text=text, status=status, level=level, quote=quote, said_at=SAID_AT, role=more.get("role")
    )


KNOWN: dict[str, tuple[Value, ...]] = {
    "decision_chain": (
        value("人", "陈总", role="decider", quote="最后还得陈总点头"),
        value("人", "设备科老周", level="rep"),
    ),
    "budget": (value("金额", "50 万以内", status="ambiguous", quote="估计也就五十万以内吧"),),
    "timeline": (value("截止", "年底前", level="confirmed", quote="年底前要用起来"),),
    "pain": (value("痛点", "一班停两三次", quote="现在一班要停两三次"), value("后果", "夜班交不出货")),
    "bottleneck": (value("工位", "码垛"),),
    "competition": (
        value("名称", "另一家报价低三成", status="conflict"),
        value("名称", "没有在看别家", status="conflict"),
    ),
}


def dimensions(known: dict[str, tuple[Value, ...]] | None = None) -> tuple[DimensionView, ...]:
    values = KNOWN if known is None else known
    return tuple(
        DimensionView(
            code=code,
            name=name,
            group=group,
            status=values[code][0].status if code in values else "absent",
            values=values.get(code, ()),
            question="这类事您这边一般谁来定，还要哪几位一起看？",
        )
        for code, name, group in NAMES
    )


def need(code: str, name: str, state: str, quote: str = "停一次线，厂里就要扣钱") -> NeedView:
    return NeedView(code=code, name=name, state=state, quote=quote, said_at=SAID_AT)


NEEDS = (
    need("uptime", "稳定不停机", "implied"),
    need("risk_aversion", "求稳怕担责", "voiced"),
    need("lead_time", "缩短交期", "confirmed"),
)


def view(**changes: object) -> SidebarView:
    """Return the usual view: a doubt about the price, three replies, half a picture."""
    usual = SidebarView(
        conversation_id=1,
        version=7,
        customer_name="王建国",
        company="恒盛精密",
        consent=Consent.AGREED,
        heard=heard(),
        offer=offer(),
        dimensions=dimensions(),
        needs=NEEDS,
        parked=(),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def parked(job_id: int = 4) -> ParkedView:
    return ParkedView(job_id=job_id, what="有一条语音没听懂", reason="录音文件打不开", parked_at=SAID_AT)


def quiet_view() -> SidebarView:
    return view(heard=None, offer=None, needs=(), dimensions=dimensions({}))
