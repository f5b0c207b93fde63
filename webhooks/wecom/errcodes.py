"""Every errcode WeCom is known to answer, mapped to what to do next (page 90313, §3.8 of our notes).

Unknown codes are `CannotProcess`: parked where a person sees the number, never retried blindly.
"""

from __future__ import annotations

from bot.errors import CannotProcess, FixSettings, MaybeDone, Refused, TryLater, WenzhenError

BUSY = -1
STALE_TOKEN = frozenset({40014, 42001, 40001})
"""On a business call: fetch a token once and ask once more."""

_LATER: dict[int, tuple[float, str]] = {
    -1: (5, "企业微信繁忙"),
    6000: (2, "数据正被别处修改"),
    40014: (2, "access_token 失效"),
    42001: (2, "access_token 过期"),
    45009: (60, "接口调用过于频繁"),
    45033: (2, "接口并发过高"),
    95007: (2, "拉取消息的 token 失效"),
}

_SETTINGS: dict[int, str] = {
    40001: "Secret 不正确",
    40013: "企业 ID 不正确",
    40056: "AgentId 不正确",
    40091: "Secret 不正确",
    40093: "JS-SDK 签名不正确",
    41001: "请求缺少 access_token",
    41011: "请求缺少 AgentId",
    42012: "JS-SDK 票据用错了应用",
    48002: "应用没有这个接口的权限,请在后台开通",
    48006: "接口权限因长期未用被收回,请在后台重新开通",
    48007: "客服账号没有授权给这个应用",
    50001: "网页域名不是应用的可信域名",
    50003: "应用已被停用",
    60020: "服务器 IP 不在应用的企业可信 IP 里",
    91040: "JS-SDK 票据类型不正确",
    93000: "群机器人的 key 不正确",
    95000: "客服账号 ID 不正确",
    95004: "客服账号不存在",
    95011: "客服版本不支持这个接口",
    95012: "客服版本不支持这个接口",
    95017: "客服账号没有打开接口管理",
    301002: "access_token 不属于这个应用",
    301053: "没有开通会话内容存档",
}

_REFUSED: dict[int, str] = {
    40029: "登录 code 无效",
    42003: "登录 code 过期",
    50002: "成员不在应用的可见范围",
    84014: "登录凭据过期",
    84015: "登录凭据无效",
}

_NEVER: dict[int, str] = {
    40003: "成员 ID 不存在",
    40005: "文件类型不支持",
    40007: "素材无效或已过期",
    40008: "这里不能发这种消息",
    40009: "图片大小不合要求",
    40058: "参数不正确",
    40063: "缺少参数",
    40096: "客户 ID 不正确",
    40123: "图片内容不正确",
    41048: "没有可以发送的客户",
    41049: "没有欢迎语凭据",
    41050: "欢迎语凭据过期",
    41051: "客户已经开始聊天,欢迎语不再发送",
    41053: "客户没有同意存档",
    41096: "欢迎语正由别的应用发送",
    42014: "卡片的 task_id 不正确或用过了",
    42016: "卡片的 task_id 不存在",
    42022: "这个凭据已经用过",
    42052: "消息超过 24 小时,不能撤回",
    44001: "文件是空的",
    44004: "消息内容是空的",
    45001: "文件太大",
    45002: "消息太长",
    45007: "语音超过 60 秒",
    45008: "图文条数不合要求",
    60111: "成员不存在",
    60140: "卡片的 response_code 过期",
    42015: "卡片由别的应用发出,不能更新",
    81013: "接收人都不在应用的可见范围",
    84061: "客户已不是好友",
    95001: "客户每发一条消息后最多回复 5 条,请等客户再发言",
    95002: "客户超过 48 小时没有发言,不能再回复",
    95003: "企业未认证,可接待的客户数已满",
    95008: "菜单项太多",
    95009: "商品不存在",
    95013: "会话已经结束",
    95014: "接待人员不存在或未激活",
    95016: "会话状态不允许这样变更",
    95018: "会话已由接待人员接手或已结束,不能由程序发送",
    95019: "接待人员已停止接待",
    301016: "语音内容不正确",
    301017: "语音不是 AMR 格式",
    301048: "存档的文件已过期",
    301052: "会话存档已过期",
    301058: "返回内容太大",
    301059: "不是内部群",
    301060: "一次查询超过 100 项",
    301061: "查询的会话不正确",
    830001: "源站不支持分段下载",
    830002: "文件太大,要分段下载",
    830003: "分段下载的范围不正确",
}

_NEVER_RANGES: tuple[tuple[range, str], ...] = (
    (range(42017, 42052), "卡片内容不合要求"),
    (range(95000, 95032), "客服接口拒绝"),
    (range(301048, 301062), "会话存档接口拒绝"),
)


def error_for(errcode: int, call: str, *, seen_ip: str = "") -> WenzhenError:
    """Return the error to raise for a non-zero errcode of `call` (a path such as `message/send`)."""
    suffix = f"(企业微信 {errcode},{call}{f',出口 IP {seen_ip}' if seen_ip else ''})"
    if errcode in _LATER:
        seconds, text = _LATER[errcode]
        return TryLater(text + suffix, after_seconds=seconds)
    if errcode in _SETTINGS:
        return FixSettings(_SETTINGS[errcode] + suffix)
    if errcode in _REFUSED:
        return Refused(_REFUSED[errcode] + suffix)
    return CannotProcess((_reason(errcode) or "企业微信拒绝了请求,原因未知") + suffix)


def is_known(errcode: int) -> bool:
    """Whether a person thought about this code."""
    return errcode in _LATER | _SETTINGS | _REFUSED or _reason(errcode) is not None


def _reason(errcode: int) -> str | None:
    ranged = (text for codes, text in _NEVER_RANGES if errcode in codes)
    return _NEVER.get(errcode) or next(ranged, None)


def error_for_status(status: int, call: str, *, repeatable: bool) -> WenzhenError:
    """Return the error for an answer that is not WeCom's JSON (a gateway's, a proxy's)."""
    text = f"企业微信没有正常应答(HTTP {status},{call})"
    if status == 429:
        return TryLater(text, after_seconds=60)
    if 400 <= status < 500:
        return FixSettings(text)
    return TryLater(text, after_seconds=5) if repeatable else MaybeDone(text)
