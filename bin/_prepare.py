"""Makes a data folder ready to serve: tables, ground settings, the demo shop in an empty database, static files.

Run by _supervise.py in a process of its own, so that the supervisor stays small. One process for all the commands,
because each start of Django costs a second.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Exit status 0 when the program can be served."""
    is_production = "--production" in sys.argv[1:]
    subprocess.run([sys.executable, str(ROOT / "bin/translate"), "--compile"], check=True)
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongdan.config.settings")
    django.setup()
    seeding = settings.HOME / "seeding"
    if seeding.exists() and not is_production and not put_aside(seeding):
        return 1

    print("正在准备数据库 / Preparing the database", flush=True)
    call_command("migrate", interactive=False, verbosity=0)
    is_empty = not apps.get_model("people", "User")._default_manager.exists()
    call_command("setup")
    if is_production:
        call_command("first_admin")
    elif is_empty:
        print("正在填写演示店铺 / Filling the demo shop", flush=True)
        seeding.touch()
        call_command("seed_demo")
        seeding.unlink()
    collect_static_files()
    return 0


def put_aside(seeding: Path) -> bool:
    """Whether a demo shop that was left half filled is out of the way: it is kept under another name."""
    if connection.vendor != "sqlite":
        print("上次填写演示数据没有完成，请清空数据库，删除 seeding 文件后再启动：", seeding)
        print("  The demo data was left half filled: empty the database, delete the file above, start again")
        return False
    for end in ("", "-wal", "-shm"):
        file = Path(f"{settings.DATABASES['default']['NAME']}{end}")
        if file.exists():
            file.rename(f"{file}.unfinished")
    seeding.unlink()
    print("上次填写演示数据没有完成，重新填写 / The demo data was left half filled, filling it anew")
    return True


def collect_static_files() -> None:
    """Copy, name by content and compress them, which takes seconds: only when one has changed since the last time."""
    seen = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            seen.update(f"{name} {storage.size(name)} {storage.get_modified_time(name)}\n".encode())
    stamp = settings.HOME / "static.stamp"
    if stamp.exists() and stamp.read_text() == seen.hexdigest() and settings.STATIC_ROOT.exists():
        return
    print("正在整理页面文件 / Collecting static files", flush=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(seen.hexdigest())


if __name__ == "__main__":
    sys.exit(main())
