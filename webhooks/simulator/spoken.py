"""What somebody types, records or attaches in a chat window of the simulator, as the control API takes it."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from webhooks.simulator.gate import Upload
from webhooks.simulator.media import keep
from webhooks.simulator.refusal import Refusal
from webhooks.simulator.simulator import Simulator
from webhooks.simulator.state import Kind

MediaKind = Literal["voice", "image", "video", "file"]


class NotThereError(Exception):
    """The control API was asked about somebody or something that this world does not have."""


class NotPossibleError(Exception):
    """The people of this world cannot do that now."""


class Spoken(BaseModel):
    """`text`: `text`. Media: `data_base64` and `filename`. `raw`: any `msgtype` with its `body`."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["text", "voice", "image", "video", "file", "raw"] = "text"
    text: str = Field(default="", max_length=8000)
    data_base64: str = ""
    filename: str = ""
    msgtype: str = ""
    body: dict[str, Any] = Field(default_factory=dict)

    def content(self, sim: Simulator) -> dict[str, Any]:
        """Return msgtype and body as WeCom's JSON names them; media go to the shelf first."""
        if self.kind == "text":
            if not self.text.strip():
                raise NotPossibleError("text is empty")
            return {"msgtype": "text", "text": {"content": self.text}}
        if self.kind == "raw":
            return {"msgtype": self.msgtype, self.msgtype: self.body}
        return {"msgtype": self.kind, self.kind: {"media_id": self._keep(sim, self.kind)}}

    def shown_kind(self) -> Kind:
        shown: dict[str, Kind] = {"text": "text", "voice": "voice", "image": "image", "raw": "event"}
        return shown.get(self.kind, "file")

    def shown_text(self) -> str:
        return self.text or self.filename or self.msgtype

    def _keep(self, sim: Simulator, kind: MediaKind) -> str:
        try:
            data = base64.b64decode(self.data_base64, validate=True)
            upload = Upload(filename=self.filename or kind, content_type="", data=data)
            return keep(sim, kind, upload).media_id
        except (binascii.Error, Refusal) as error:
            raise NotPossibleError(f"not a usable {kind}: {error}") from error
