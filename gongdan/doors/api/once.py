"""The header `Idempotency-Key`: the same call with the same key runs once and answers its first result again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from gongdan.audit import actions as audit
from gongdan.doors.api.auth import ApiRequest


def once(request: ApiRequest, verb: str, payload: BaseModel | dict[str, Any], run: Callable[[], Any]) -> Any:
    """What `run` answers, at most once per caller, verb and key; without a key it simply runs."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return run()
    sent = payload.model_dump(mode="json") if isinstance(payload, BaseModel) else payload
    return audit.once(request.actor, f"api:{verb}"[:60], key, {"path": request.path, "body": sent}, run, at=request.now)
