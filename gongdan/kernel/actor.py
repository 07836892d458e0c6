"""Who acts: passed by value, so that staff, technician, customer link, API token and system look alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gongdan.kernel.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Actor:
    """An acting person or program. `sites` are the site ids it may see; `order` is the one order of a customer link."""

    kind: str
    id: int
    name: str
    permissions: frozenset[str] = field(default_factory=frozenset)
    sites: frozenset[int] = field(default_factory=frozenset)
    order: int | None = None

    def may(self, permission: str) -> bool:
        """Whether the actor holds this permission; the system holds all."""
        return self.kind == "system" or permission in self.permissions

    def require(self, permission: str) -> None:
        """Refused (Forbidden) unless the actor holds this permission."""
        if not self.may(permission):
            raise Forbidden

    def may_any(self, permissions: Iterable[str]) -> bool:
        """Whether the actor holds one of these permissions at least."""
        return any(self.may(permission) for permission in permissions)

    def require_any(self, permissions: Iterable[str]) -> None:
        """Refused (Forbidden) unless the actor holds one of these permissions at least."""
        if not self.may_any(permissions):
            raise Forbidden

    @property
    def sees_all_sites(self) -> bool:
        """Whether site limits do not apply (owner, head office, the system)."""
        return self.may("people.all_sites")


SYSTEM = Actor(kind="system", id=0, name="系统")
