"""How the money moves: the route of a purchase, where the money comes from, who has to approve."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain.understanding import Fact
from nlp.facts.passage import Passage
from nlp.facts.tidy import note

_ROUTES = (
    (r"公开招标?(?!线)|公开招(?!聘)", "公开招标"), (r"邀请招标|邀标", "邀请招标"), (r"竞争性谈判|竞谈", "竞争性谈判"), (r"竞争性磋商|磋商", "竞争性磋商"),
    (r"单一来源", "单一来源"), (r"[三3]家(?:来)?比价?(?=[，。,]|$|、)|[三3][家方]比价|至少[三3]家|货比三家", "三家比价"), (r"询比?价", "询价"), (r"(?<!综合)比价", "比价"),
    (r"集采(?:平台)?|集中采购", "集采"), (r"框架(?:协议|里|内|采购)", "框架协议"), (r"政府采购(?:平台)?|政采云?", "政府采购"), (r"电子(?:招标)?平台", "电子平台招标"),
    (r"融资租赁", "融资租赁"), (r"(?<!竞)招标(?!线|办|公司)|走标|挂网|开标|投标", "招标"), (r"备案名录|供应商名录|名录|入围库", "名录内采购"), (r"采购平台", "采购平台"),
)  # fmt: skip
_ROUTE = tuple((re.compile(pattern), name) for pattern, name in _ROUTES)
_ROUTE_LEAD = re.compile(r"财政|政府采购平台|走|必须|都|一律|得|要")
_SOURCE = re.compile(
    r"(?:钱|这笔|费用|资金|款)?(?:是|从|走|用)(?P<from>[\u4e00-\u9fa5]{2,10}?)(?:里|那边|这边)?(?:出|列支|支出|走账|的钱)"
    r"|(?P<kind>[\u4e00-\u9fa5]{0,6}(?:专项债|专项资金|专项|补贴|补助|技改(?:资金|额度|款)?|贴息|示范资金|更新贷|自筹|公积金|财政(?:资金|拨款|的钱)|国债))"
    r"|(?P<loan>(?:银行|设备)?(?:贷款|按揭|分期))|(?P<gift>[\u4e00-\u9fa5]{1,6}(?:赞助|出首付|出的首付|出一半|出钱))"
)
_LEAD = re.compile(r"^(?:等|不然|就|走|从|是|用|靠|拿|还有|那笔|这笔)+")
_NOT_SOURCE = re.compile(r"怎么|什么|吗|能不能|有没有.{0,6}(?:补贴|政策)|你们(?:能|可|有)|多少")
_APPROVED = re.compile(
    r"(?:预算|钱|设备费|可研|立项|项目|资金)?(?:已经|都|刚|总共|去年底?)?(?:批下来了?|批了(?!多|没|吗)|已批|过会了|立项了|批准了)|批文|董事会.{0,6}批了"
)
_MUST_PASS = re.compile(
    r"(?:要|得|还得|须|须上|必须|超.{0,6}的?)(?:先)?(?:过|上|报|经|走)(?P<body>[\u4e00-\u9fa5A-Z]{0,6}(?:会|委|总部|集团|新加坡|总裁办|上级|局里|公司))"
    r"|(?:要|得|都要)?重新(?:打报告|申请|报批)|(?:还没|没|等着|正在|还在)(?:批|立项|过会|审批|走审批)"
)
_ASK_ROUTE = re.compile(r"采购方式|流程|招标|询比价|怎么采购")


def read(passage: Passage) -> Iterator[Fact]:
    """Yield `budget.route`, `budget.source` and `budget.approval`."""
    yield from _route(passage)
    for clause in passage.clauses:
        source = _SOURCE.search(clause.text)
        if source and not _NOT_SOURCE.search(clause.text):
            said = source["from"] or source["kind"] or source["loan"] or source["gift"] or ""
            sure = bool(source["from"] or source["gift"]) and bool(
                re.search(r"钱|费用|资金|款|首付|出", clause.text)
            )
            yield passage.fact("budget.source", note(_LEAD.sub("", said)), clause.start + source.start(), clause.start + source.end(),
                               confidence=0.75 if sure or source["kind"] else 0.45)  # fmt: skip
        for pattern, strength in ((_APPROVED, 0.8), (_MUST_PASS, 0.75)):
            match = pattern.search(clause.text)
            if match and not re.search(r"吗|没有?批下|呢？?$", clause.text):
                value = "已批" if pattern is _APPROVED else note(clause.text)
                yield passage.fact(
                    "budget.approval",
                    value,
                    clause.start + match.start(),
                    clause.start + match.end(),
                    confidence=strength,
                )
                break


def _route(passage: Passage) -> Iterator[Fact]:
    found = [
        (m.start(), m.end(), name) for pattern, name in _ROUTE for m in [pattern.search(passage.text)] if m
    ]
    spans = [
        (s, e, n) for s, e, n in found if not any((a, b) != (s, e) and a <= s and e <= b for a, b, _ in found)
    ]
    if not spans:
        return
    spans.sort()
    clause = passage.clause(spans[0][0])
    if re.search(r"没到|不用|不需要|不走", passage.text[max(clause.start, spans[0][0] - 5) : spans[0][0]]):
        spans = spans[1:]
    if spans:
        value = "".join(dict.fromkeys(name for _, _, name in spans[:2]))
        sure = 0.85 if _ROUTE_LEAD.search(clause.text) or _ASK_ROUTE.search(passage.question) else 0.7
        yield passage.fact(
            "budget.route",
            value,
            spans[0][0],
            spans[-1][1] if spans[-1][1] - spans[0][0] < 40 else spans[0][1],
            confidence=sure,
        )
