"""Media: upload with its size and format rules, download with Range, expiry after three days."""

from __future__ import annotations

import re
import secrets
from typing import Any
from urllib.parse import quote

from fastapi import Response

from webhooks.simulator.gate import DAY, Call, Endpoint, Upload
from webhooks.simulator.refusal import Refusal, require
from webhooks.simulator.simulator import Simulator
from webhooks.simulator.state import Media

MIB = 1024 * 1024
MEDIA_LIFE_SECONDS = 3 * DAY
SMALLEST_BYTES = 6
IMAGE_LIMIT_BYTES, VOICE_LIMIT_BYTES = 10 * MIB, 2 * MIB
VIDEO_LIMIT_BYTES, FILE_LIMIT_BYTES = 10 * MIB, 20 * MIB
RANGE_NEEDED_ABOVE_BYTES = 20 * MIB
VOICE_LIMIT_SECONDS = 60.0

AMR_HEADER = b"#!AMR\n"
# Bytes of a narrow-band AMR frame after its header byte, by frame type; a frame lasts 20 ms.
_AMR_FRAME_BYTES = {0: 12, 1: 13, 2: 15, 3: 17, 4: 19, 5: 20, 6: 26, 7: 31, 8: 5}
_AMR_FRAME_SECONDS = 0.02
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


def upload(call: Call) -> dict[str, Any]:
    part = call.upload
    if part is None:
        raise Refusal(44001, "multipart field media with a file name is missing")
    kind = call.query.get("type", "")
    media = keep(call.sim, kind, part)
    return {"type": kind, "media_id": media.media_id, "created_at": str(int(media.created_at))}


def keep(sim: Simulator, kind: str, part: Upload) -> Media:
    """Check a file and put it on the shelf."""
    check = _CHECKS.get(kind)
    if check is None:
        raise Refusal(40005)
    require(part.filename, 44001, "file name is missing")
    require(len(part.data) >= SMALLEST_BYTES, 44001)
    check(part.data)
    _forget_expired(sim)
    media = Media(
        media_id=secrets.token_urlsafe(40),
        type=kind,
        filename=part.filename,
        content_type=_content_type(kind, part),
        created_at=sim.clock(),
    )
    sim.state.media[media.media_id] = media
    sim.shelf.put(media.media_id, part.data)
    return media


def find(sim: Simulator, media_id: str, kind: str | None = None) -> Media:
    """Return a file that is not older than three days, or refuse with 40007."""
    media = sim.state.media.get(media_id)
    if media is None or sim.clock() - media.created_at >= MEDIA_LIFE_SECONDS:
        raise Refusal(40007)
    require(kind is None or media.type == kind, 40007, "of another type")
    return media


def download(call: Call) -> Response:
    media = find(call.sim, call.query.get("media_id", ""))
    data = call.sim.shelf.get(media.media_id)
    wanted = call.headers.get("range")
    require(wanted or len(data) <= RANGE_NEEDED_ABOVE_BYTES, 830002)
    name = f"attachment; filename=\"{quote(media.filename)}\"; filename*=utf-8''{quote(media.filename)}"
    headers = {"content-disposition": name, "accept-ranges": "bytes"}
    part = _RANGE.fullmatch(wanted or "")
    if part is None:
        return Response(data, media_type=media.content_type, headers=headers)
    first, last = int(part[1]), min(int(part[2] or len(data) - 1), len(data) - 1)
    if first > last:
        return Response(status_code=416, headers={"content-range": f"bytes */{len(data)}"})
    headers["content-range"] = f"bytes {first}-{last}/{len(data)}"
    return Response(data[first : last + 1], status_code=206, media_type=media.content_type, headers=headers)


def download_jssdk(call: Call) -> Response:
    """Serve only what the JS-SDK's uploadVoice put here; the sidebar bridge that does so is not played yet."""
    raise Refusal(40007, f"{len(call.query.get('media_id', ''))} characters name no JS-SDK upload")


def _content_type(kind: str, part: Upload) -> str:
    if kind == "image":
        return "image/png" if part.data.startswith(b"\x89PNG") else "image/jpeg"
    return {"voice": "audio/amr", "video": "video/mp4"}.get(kind, "application/octet-stream")


def _check_image(data: bytes) -> None:
    require(len(data) <= IMAGE_LIMIT_BYTES, 40009)
    require(data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")), 40123)


def _check_voice(data: bytes) -> None:
    require(len(data) <= VOICE_LIMIT_BYTES, 45001)
    require(data.startswith(AMR_HEADER), 301017)
    require(_amr_seconds(data) <= VOICE_LIMIT_SECONDS, 45007)


def _check_video(data: bytes) -> None:
    require(len(data) <= VIDEO_LIMIT_BYTES, 45001)
    require(data[4:8] == b"ftyp", 40005, "not MP4")


def _check_file(data: bytes) -> None:
    require(len(data) <= FILE_LIMIT_BYTES, 45001)


_CHECKS = {"image": _check_image, "voice": _check_voice, "video": _check_video, "file": _check_file}


def _amr_seconds(data: bytes) -> float:
    at, frames = len(AMR_HEADER), 0
    while at < len(data):
        at += 1 + _AMR_FRAME_BYTES.get((data[at] >> 3) & 0x0F, 0)
        frames += 1
    return frames * _AMR_FRAME_SECONDS


def _forget_expired(sim: Simulator) -> None:
    old = [m.media_id for m in sim.state.media.values() if sim.clock() - m.created_at >= MEDIA_LIFE_SECONDS]
    for media_id in old:
        del sim.state.media[media_id]
        sim.shelf.drop(media_id)


ENDPOINTS = (
    Endpoint(method="POST", path="/cgi-bin/media/upload", handler=upload),
    Endpoint(method="GET", path="/cgi-bin/media/get", handler=download, read=True),
    Endpoint(method="GET", path="/cgi-bin/media/get/jssdk", handler=download_jssdk, read=True),
)
