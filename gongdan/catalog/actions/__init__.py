"""Verbs on the catalogue.

`seed` brings what ships with the program, `rows` writes categories, brands, models, faults, scripts and working days,
`language` the words: advice on codes, words that no customer may read, and apologies.
"""

from __future__ import annotations

from gongdan.catalog.actions.language import (
    add_advice,
    add_apology,
    add_forbidden_word,
    edit_advice,
    edit_apology,
    edit_forbidden_word,
)
from gongdan.catalog.actions.rows import (
    add_brand,
    add_category,
    add_fault,
    add_model,
    add_phrase,
    add_question,
    edit_brand,
    edit_category,
    edit_fault,
    edit_model,
    edit_phrase,
    edit_question,
    keep_fault_counts,
    set_day,
)
from gongdan.catalog.actions.seed import load_seed

__all__ = [
    "add_advice",
    "add_apology",
    "add_brand",
    "add_category",
    "add_fault",
    "add_forbidden_word",
    "add_model",
    "add_phrase",
    "add_question",
    "edit_advice",
    "edit_apology",
    "edit_brand",
    "edit_category",
    "edit_fault",
    "edit_forbidden_word",
    "edit_model",
    "edit_phrase",
    "edit_question",
    "keep_fault_counts",
    "load_seed",
    "set_day",
]
