"""What a purchase waits for or is driven by: 等大修完再说, 不然专项债要收回去, SOP, 换届, 到期."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain.understanding import Fact
from nlp.facts.passage import Passage
from nlp.facts.tidy import note

_WAIT = re.compile(
    r"等(?:着)?(?P<what>(?!你们?|我们?|一下|等|会儿|于|了|到|半|不|[\d一二两三四五六七八九十]+[天周个年])[^，。；,;！!？?]{2,10}?)(?:完了?|好了?|之后|以后|后|过了?|下来了?|落定|落地|到位|批了|再(?:说|来|谈|定|动|看|上|讲)|才)"
)
_AFTER = re.compile(
    r"(?P<what>[^，。；,;！!？?等]{2,10}?)(?:完了?|之后|以后|过后|一过|过了|下来)(?:咱们?|我们?|你们?)?(?:再|才)(?:说|来|谈|定|动|看|上|签|讲|考虑)"
)
_ELSE = re.compile(r"(?:不然|要不然|否则)(?P<what>[^。；！!？?]{3,18})")
_EVENT = re.compile(
    r"(?P<what>[^，。；,;！!？? ]{0,8}(?:到期|到齐|SOP|换届|飞检|来审|来查|督查|督察|开学|退休|断供|停产|投产|招商|量产|收回去|限产|上市|年检|达产|搬迁|搬家|开业|复审|过审)[^，。；,;！!？? 了吗呢]{0,2})"
)
_NOT_EVENT = re.compile(r"去年|前年|上[个回次]|你们?|吗$|昨|当时|以前|怕")
_DUE = re.compile(r"前|必须|最晚|得|要|年底|月底|截止")


def read(passage: Passage) -> Iterator[Fact]:
    """Yield `timeline.trigger`, at most one a message: what is waited for, else what presses."""
    waited = _WAIT.search(passage.text) or _AFTER.search(passage.text)
    if waited:
        yield passage.fact("timeline.trigger", f"{note(waited['what'])}之后", *waited.span(), confidence=0.75)
        return
    pressed = _ELSE.search(passage.text)
    if pressed and _DUE.search(passage.text[: pressed.start()]):
        yield passage.fact("timeline.trigger", note(pressed["what"]), *pressed.span("what"), confidence=0.75)
        return
    for match in _EVENT.finditer(passage.text):
        clause = passage.clause(match.start("what"))
        if not _NOT_EVENT.search(clause.text):
            yield passage.fact("timeline.trigger", note(match["what"]), *match.span("what"), confidence=0.72)
            return
