"""Taking the next number. One statement on both databases, so that parallel saves cannot meet."""

from __future__ import annotations

from datetime import date

from django.db import connection

from gongdan.numbering.models import Counter
from gongdan.numbering.rules import pattern_of

_UPSERT = (
    f"INSERT INTO {Counter._meta.db_table} AS counter (kind, site_id, day, n) VALUES (%s, %s, %s, 1)"
    " ON CONFLICT (kind, site_id, day) DO UPDATE SET n = counter.n + 1 RETURNING n"
)


def take(kind: str, *, site_id: int, site_code: str, day: date, pattern: str) -> str:
    """The next number of this kind, as the pattern writes it. Refused: the pattern is wrong.

    Unique, also among parallel saves, but a number that is taken and then not used leaves a gap. `day` is the shop's local
    day; what parts the series (site, day) is what the pattern shows.
    """
    form = pattern_of(pattern)
    series: list[str | int] = [kind, form.series_site(site_id), form.series_day(day).isoformat()]
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, series)
        (n,) = cursor.fetchone()
    return form.write(kind=kind, site_code=site_code, day=day, n=n)


def take_gapless(kind: str, *, site_id: int, site_code: str, day: date, pattern: str) -> str:
    """The next number of a posted paper: without gaps, because the count falls back with the transaction it is taken in.

    Take it as the last thing of the transaction, after every guard, and use it: the series stays locked until the commit,
    and everybody else who posts in it waits.
    """
    assert connection.in_atomic_block, "a gapless number is taken inside the transaction that uses it"
    return take(kind, site_id=site_id, site_code=site_code, day=day, pattern=pattern)
