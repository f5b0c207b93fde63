"""A page that stands alone: figures, confusion picture, calibration curve, worst misses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from nlp.evaluate.cases import NONE, Judged
from nlp.evaluate.figures import Bin, bins, confusion

STYLE = """
body{font:15px/1.6 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;margin:24px auto;max-width:1080px;
padding:0 16px;color:#1f2329}
h1{font-size:22px}h2{font-size:17px;margin-top:32px}
table{border-collapse:collapse;font-size:13px}td,th{padding:4px 8px;border:1px solid #e5e6eb;text-align:right}
th{background:#f7f8fa;font-weight:500}td.text,th.text{text-align:left}.scroll{overflow-x:auto}
.cards{display:flex;flex-wrap:wrap;gap:12px}.card{border:1px solid #e5e6eb;border-radius:8px;padding:8px 16px}
.card b{display:block;font-size:20px}.card span{color:#646a73;font-size:13px}
"""
CARDS = {
    "lines": "条数", "macro_f1": "宏平均 F1", "micro_f1": "微平均 F1", "none_false_alarms": "本来没有却报了",
    "missed": "整条漏掉率", "span_f1": "依据字面重合 F1", "span_f1_where_right": "判对时的依据 F1",
    "stated_accuracy": "明说/言外判对率", "calibration_error": "置信度误差 ECE",
}  # fmt: skip
WORST = 40


def write_page(
    folder: Path, title: str, judged: Sequence[Judged], names: dict[str, str], found: dict[str, Any]
) -> Path:
    """Write `index.html` and `figures.json` into `folder`; return the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    body = "".join(
        (
            cards(found),
            section("各类", class_table(found["per_class"], names)),
            section("混淆图（行：标注，列：判断）", confusion_table(confusion(judged, list(names)), names)),
            section("置信度与实际正确率", curve(bins(judged))),
            section("错得最有把握的", worst_table(false_alarms(judged), names)),
            section("没听出来的", worst_table(misses(judged), names)),
        )
    )
    head = f"<meta charset=utf-8><meta name=viewport content='width=device-width'><title>{escape(title)}评测</title>"
    page = f"<!doctype html><html lang=zh-CN><head>{head}<style>{STYLE}</style></head><body>"
    page += f"<h1>{escape(title)}评测</h1><p>模型版本 {escape(found['version'])}</p>{body}</body></html>\n"
    (folder / "figures.json").write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    target = folder / "index.html"
    target.write_text(page, encoding="utf-8")
    return target


def section(title: str, content: str) -> str:
    return f"<h2>{escape(title)}</h2><div class=scroll>{content}</div>"


def cards(found: dict[str, Any]) -> str:
    shown = [(label, found[key]) for key, label in CARDS.items() if key in found]
    shown.append(("每条毫秒（中位）", found["ms_per_message"]["median"]))
    return (
        "<div class=cards>"
        + "".join(f"<div class=card><b>{value}</b><span>{label}</span></div>" for label, value in shown)
        + "</div>"
    )


def row(cells: Sequence[str], tag: str = "td") -> str:
    return (
        "<tr>"
        + "".join(cell if cell.startswith("<t") else f"<{tag}>{cell}</{tag}>" for cell in cells)
        + "</tr>"
    )


def class_table(per_class: dict[str, Any], names: dict[str, str]) -> str:
    head = row(["<th class=text>类别</th>", "准确率", "召回率", "F1", "标注数"], "th")
    rows = [
        row([f"<td class=text>{escape(names[code])}</td>", *(str(v) for v in values.values())])
        for code, values in per_class.items()
    ]
    return f"<table>{head}{''.join(rows)}</table>"


def shade(count: int, total: int, *, right: bool) -> str:
    strength = count / max(total, 1)
    colour = "52,168,83" if right else "234,67,53"
    return f"<td style='background:rgba({colour},{strength:.2f})'>{count or ''}</td>"


def confusion_table(table: dict[str, dict[str, int]], names: dict[str, str]) -> str:
    labels = {**names, NONE: "无"}
    head = row(["<th class=text>标注＼判断</th>", *(escape(labels[code]) for code in table)], "th")
    rows = [
        row(
            [
                f"<th class=text>{escape(labels[gold])}</th>",
                *(shade(count, sum(said.values()), right=code == gold) for code, count in said.items()),
            ]
        )
        for gold, said in table.items()
    ]
    return f"<table>{head}{''.join(rows)}</table>"


def curve(grouped: Sequence[Bin]) -> str:
    """Draw confidence against how often right; the diagonal is perfect, the area of a dot its count."""
    size, total = 300, sum(one.count for one in grouped) or 1
    dots = "".join(
        f"<circle cx={40 + one.confidence * size:.1f} cy={20 + (1 - one.accuracy) * size:.1f} "
        f"r={4 + 20 * (one.count / total) ** 0.5:.1f} fill='rgba(51,112,255,.55)'>"
        f"<title>{one.count} 次，平均置信 {one.confidence:.2f}，正确 {one.accuracy:.2f}</title></circle>"
        for one in grouped
    )
    frame = f"<rect x=40 y=20 width={size} height={size} fill=none stroke='#c9cdd4'/>"
    diagonal = f"<line x1=40 y1={20 + size} x2={40 + size} y2=20 stroke='#c9cdd4' stroke-dasharray=4 />"
    words = (
        "<text x=150 y=345 font-size=13>说有几成把握</text><text x=4 y=14 font-size=13>实际对了几成</text>"
    )
    return f"<svg width=380 height=360 role=img aria-label=校准图>{frame}{diagonal}{dots}{words}</svg>"


def false_alarms(judged: Sequence[Judged]) -> list[Judged]:
    """Return the lines with a wrong answer, the most confident first."""

    def boldness(one: Judged) -> float:
        return max((a.confidence for a in one.found if a.code not in one.case.gold), default=0.0)

    return sorted((one for one in judged if one.codes - one.case.gold), key=boldness, reverse=True)[:WORST]


def misses(judged: Sequence[Judged]) -> list[Judged]:
    """Return the lines with a missed class, those with most missed first."""
    missed = [one for one in judged if one.case.gold - one.codes]
    return sorted(missed, key=lambda one: len(one.case.gold - one.codes), reverse=True)[:WORST]


def worst_table(chosen: Sequence[Judged], names: dict[str, str]) -> str:
    head = row([f"<th class=text>{title}</th>" for title in ("消息", "标注", "判断（置信度）")])
    rows = [
        row(
            [
                f"<td class=text>{escape(one.case.utterance.text)}</td>",
                f"<td class=text>{'、'.join(escape(names.get(c, c)) for c in sorted(one.case.gold)) or '无'}</td>",
                f"<td class=text>{'、'.join(f'{escape(names.get(a.code, a.code))} {a.confidence:.2f}' for a in one.found) or '无'}</td>",
            ]
        )
        for one in chosen
    ]
    return f"<table>{head}{''.join(rows)}</table>" if chosen else "<p>没有。</p>"
