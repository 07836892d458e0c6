"""The open API, version 1: the same verbs as the pages, described at /api/v1/openapi.json."""

from __future__ import annotations

from typing import Any

from django.urls import path
from ninja import NinjaAPI, Schema
from ninja.openapi.schema import OpenAPISchema

from gongdan.doors.api import (
    after,
    bench_work,
    desk_intake,
    erasing,
    flows,
    intake,
    money,
    order_devices,
    promises,
    registers,
    setup,
    visits,
    work,
)
from gongdan.doors.api.auth import ApiRequest, BrowserAuth, TokenAuth
from gongdan.doors.api.problems import Problem, install


class Api(NinjaAPI):
    """Our API: its description says that refusals come as problem details."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """The description, with the true type of every refusal."""
        schema = super().get_openapi_schema(**kwargs)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400 and "content" in answer:
                        answer["content"] = {"application/problem+json": answer["content"].pop("application/json")}
        return schema


api = Api(
    title="工单 Gongdan",
    version="1",
    description="售后维修：接待、派工、维修处理、结算、回访。金额单位为分，时间带时区；应收金额由价目计算，任何接口都不接受填写。",
    urls_namespace="api-v1",
    docs_url=None,
    auth=[TokenAuth(), BrowserAuth()],
)
install(api)


class MeOut(Schema):
    """Who is asking, and what he may do."""

    id: int
    name: str
    kind: str
    permissions: list[str]


@api.get("/me", response={200: MeOut, 401: Problem}, tags=["我 me"], summary="我是谁")
def me(request: ApiRequest) -> dict[str, object]:
    """The actor behind the token or session."""
    actor = request.actor
    return {"id": actor.id, "name": actor.name, "kind": actor.kind, "permissions": sorted(actor.permissions)}


api.add_router("", desk_intake.router)  # before /orders/{number}
api.add_router("", intake.router)
api.add_router("", order_devices.router)
api.add_router("", visits.router)
api.add_router("", promises.router)
api.add_router("", work.router)
api.add_router("", flows.router)
api.add_router("", bench_work.router)
api.add_router("", money.router)
api.add_router("", after.router)
api.add_router("", registers.router)
api.add_router("", setup.router)
api.add_router("", erasing.router)

urlpatterns = [path("v1/", api.urls)]
