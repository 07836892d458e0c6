"""How other people's tables are understood: `cells` reads values, `columns` finds header and meaning. Plain Python."""

from gongdan.imports.rules.rows import DOUBTFUL_YUAN, SETTINGS

__all__ = ["DOUBTFUL_YUAN", "SETTINGS"]
