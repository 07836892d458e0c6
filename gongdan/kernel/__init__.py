"""Plain Python that everything stands on: no Django, no database, no clock of its own."""
