"""素材 (pages 90253, 90254): files up and down. Uploads live three days."""

from __future__ import annotations

from bot.errors import CannotProcess
from webhooks.wecom.client import Client
from webhooks.wecom.wire import Call, Effect

MIN_BYTES = 6
MEGABYTE = 1024 * 1024
MAX_BYTES = {"image": 10 * MEGABYTE, "voice": 2 * MEGABYTE, "video": 10 * MEGABYTE, "file": 20 * MEGABYTE}


class Media:
    """Calls with the secret of the app or account that the file belongs to."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def upload(self, kind: str, name: str, content: bytes, content_type: str) -> str:
        """Store a file (`image`, `voice`, `video`, `file`) for three days; returns its media_id."""
        if kind not in MAX_BYTES or not MIN_BYTES <= len(content) <= MAX_BYTES[kind]:
            raise CannotProcess("文件类型或大小不合企业微信的要求(media/upload)")
        answer = await self._client.json(
            Call(
                method="POST",
                path="media/upload",
                query={"type": kind},
                files={"media": (name, content, content_type)},
            )
        )
        media_id = answer.get("media_id")
        if not isinstance(media_id, str) or not media_id:
            raise CannotProcess("企业微信没有给出 media_id(media/upload)")
        return media_id

    async def fetch(self, media_id: str) -> tuple[bytes, str]:
        """Return a file's bytes (at most 20 MB) and its content type; voice is AMR.

        Ask once and keep it: repeated or parallel downloads of one id are refused (45033).
        """
        call = Call(method="GET", path="media/get", query={"media_id": media_id}, effect=Effect.NONE)
        answer = await self._client.exchange(call)
        return answer.body, answer.headers.get("content-type", "application/octet-stream")
