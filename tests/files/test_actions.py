"""Attaching files and signatures."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gongdan.files import queries
from gongdan.files.actions import attach, attach_signature
from gongdan.files.models import Attachment
from gongdan.files.rules import ink_of
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Missing, Refused
from tests.files.sample import STROKES

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 11, 2, tzinfo=UTC)
LI = Actor("staff", 7, "李建国")
JPEG = b"\xff\xd8\xff\xe0" + b"photo" * 10


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    settings.MEDIA_ROOT = folder
    return folder


def test_a_photo_is_kept_with_its_subject(media: Path) -> None:
    photo = attach("orders.order", 5, name="C:\\铭牌.PNG", content=JPEG, by=LI, at=NOW, role="serial")

    assert (photo.name, photo.mime, photo.size, photo.role, photo.actor_name) == (
        "铭牌.jpg",
        "image/jpeg",
        54,
        "serial",
        "李建国",
    )
    assert photo.path == f"{photo.sha256[:2]}/{photo.sha256}.jpg"
    assert queries.file_of(photo).read_bytes() == JPEG
    assert queries.attachments_of("orders.order", 5) == [photo]
    assert queries.attachments_of("orders.order", 6) == []
    assert queries.attachments_of("orders.order", 5, role="door") == []


def test_the_same_photo_twice_lies_once_on_the_disk(media: Path) -> None:
    first = attach("orders.order", 5, name="a.jpg", content=JPEG, by=LI, at=NOW)
    second = attach("orders.order", 6, name="b.jpg", content=JPEG, by=LI, at=NOW)

    assert first.path == second.path
    assert [path.name for path in media.rglob("*") if path.is_file()] == [f"{first.sha256}.jpg"]


def test_a_refused_file_leaves_nothing(media: Path, settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = 10

    with pytest.raises(Refused) as too_large:
        attach("orders.order", 5, name="a.jpg", content=JPEG, by=LI, at=NOW)
    with pytest.raises(Refused) as no_picture:
        attach("orders.order", 5, name="a.jpg", content=b"<svg/>", by=LI, at=NOW)

    assert (too_large.value.code, no_picture.value.code) == ("file_size", "file_kind")
    assert (Attachment.objects.count(), media.exists()) == (0, False)


@pytest.mark.req("R-166")
def test_a_signature_keeps_name_strokes_and_drawing() -> None:
    kept = attach_signature("orders.order", 5, strokes=STROKES, signer=" 王小明 ", by=LI, at=NOW)

    kept.refresh_from_db()
    assert (kept.name, kept.mime, kept.role, kept.signer) == ("签名 王小明.svg", "image/svg+xml", "signature", "王小明")
    assert queries.file_of(kept).read_bytes().startswith(b"<svg ")
    assert kept.strokes is not None
    assert ink_of(kept.strokes) == ink_of(STROKES)
    assert set(kept.strokes[0]["points"][0]) == {"x", "y"}


def test_an_empty_signature_is_refused() -> None:
    with pytest.raises(Refused, match="签名数据不完整"):
        attach_signature("orders.order", 5, strokes=[], signer="王小明", by=LI, at=NOW)


def test_what_is_gone_is_missing() -> None:
    photo = attach("orders.order", 5, name="a.jpg", content=JPEG, by=LI, at=NOW)
    queries.file_of(photo).unlink()

    with pytest.raises(Missing):
        queries.file_of(photo)
    with pytest.raises(Missing):
        queries.attachment(photo.pk + 1)
    assert queries.attachment(photo.pk) == photo
