"""How other people's tables are understood: `cells` reads values, `columns` finds header and meaning. Plain Python."""
