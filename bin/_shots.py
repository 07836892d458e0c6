"""Takes the pictures of the README, or of every page, from a demo shop of its own that stands still in time."""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
SIZES = {"desk": (1366, 800), "phone": (375, 812)}
PASSWORD = "gongdan-demo"  # noqa: S105 - the demo shop's own
README = (
    ("reception", "kefu", "/reception/", "desk", "light"),
    ("order", "zhuguan", "order:in_repair", "desk", "light"),
    ("settlement", "shouyin", "settlement:to_settle", "desk", "light"),
    ("navigation", "zhuguan", "/navigation/", "desk", "dark"),
    ("phone", "shifu2", "/repair/", "phone", "light"),
)
PAGES = (
    "/", "/navigation/", "/reception/", "/orders/",
    "order:registered", "order:in_repair", "order:closed", "/dispatch/", "dispatch:to_dispatch",
    "/repair/", "repair:in_repair", "/settlement/", "settlement:to_settle", "/follow-up/", "follow-up:to_follow_up", "/setup/",
    "/setup/customers/", "/setup/imports/", "/search/?q=空调", "/search/?q=没有这样的词", "/kein-weg/",
)  # fmt: skip


def main() -> int:
    """Zero when all pictures were taken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="every page, both sizes, light and dark, into var/shots")
    parser.add_argument("--now", default="", help="the moment that the shop stands around (default: now)")
    chosen = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if chromium is None:
        print("没有找到 Chromium，无法拍图 / No Chromium found")
        return 1
    folder = ROOT / ("var/shots" if chosen.all else "docs/shots")
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="gongdan-shots-") as home,
        shop(home, chosen.now) as (address, numbers),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        for name, user, place, size, theme in everything() if chosen.all else README:
            file = folder / f"{name}.png"
            take(browser, address, path_of(place, numbers), file, user=user, size=size, theme=theme)
            print(file.relative_to(ROOT))
        browser.close()
    return 0


def everything() -> Iterator[tuple[str, str, str, str, str]]:
    """Every page in both sizes and both themes."""
    for n, place in enumerate(PAGES):
        for size in SIZES:
            for theme in ("light", "dark"):
                word = place.split("?", maxsplit=1)[0].strip("/").replace("/", "-").replace(":", "-") or "home"
                yield f"{n:02d}-{word}-{size}-{theme}", "laoban", place, size, theme


def path_of(place: str, numbers: dict[str, str]) -> str:
    """A path, or the page of the first order in a status: "repair:in_repair"."""
    if place.startswith("/"):
        return place
    area, status = place.split(":")
    return f"/{'orders' if area == 'order' else area}/{numbers[status]}/"


@contextmanager
def shop(home: str, now: str) -> Iterator[tuple[str, dict[str, str]]]:
    """A served demo shop: its address, and one order number per status."""
    environment = {**os.environ, "GONGDAN_HOME": home}
    environment.pop("DATABASE_URL", None)
    manage = [sys.executable, str(ROOT / "manage.py")]
    for words in (
        ["migrate", "-v0"],
        ["seed_demo", *(["--now", now] if now else [])],
        ["collectstatic", "--no-input", "-v0"],
    ):
        subprocess.run([*manage, *words], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "gongdan.config.wsgi:application",
        ],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address)
        listed = subprocess.run(
            [*manage, "logins", "--orders"], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        )
        yield address, dict(line.split("=", 1) for line in listed.stdout.splitlines() if "=" in line)
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def wait_for(address: str) -> None:
    """Until /healthz answers, at most a minute."""
    for _try in range(120):
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2):  # noqa: S310 - our own loopback server
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise SystemExit("服务没有启动 / the server did not start")


def take(browser: Browser, address: str, path: str, file: Path, *, user: str, size: str, theme: str) -> None:
    """One picture of one page, as this member of staff sees it."""
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=address, viewport={"width": width, "height": height}, locale="zh-CN", color_scheme="dark" if theme == "dark" else "light"
    )  # fmt: skip
    page = context.new_page()
    log_in(page, user)
    page.goto(path)
    page.wait_for_timeout(400)
    page.screenshot(path=str(file))
    context.close()


def log_in(page: Page, user: str) -> None:
    """Through the log-in page, as people do."""
    page.goto("/accounts/login/")
    page.fill("[name=login]", user)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)


if __name__ == "__main__":
    sys.exit(main())
