"""Reads of dispatch.

`told` is what an order's page shows, `choice` who could go and whether in time, `fits` whether who is on it can keep
another time, `figures` how promises were kept, `visits` a technician's line and what hangs on it, `waiting` the queues
and what waits for the supervisor.
"""

from __future__ import annotations

from gongdan.dispatch.queries.choice import Crew, candidates, crew, feasibility, place_of, place_of_page
from gongdan.dispatch.queries.figures import Kept, kept
from gongdan.dispatch.queries.fits import Fit, fits
from gongdan.dispatch.queries.told import Promised, Trip, arrival_of, promises_of, trips_and_promises, visits_of
from gongdan.dispatch.queries.visits import (
    Ahead,
    HandedOn,
    Late,
    Proof,
    Wasted,
    ahead_of,
    delays_of,
    early_arrival,
    late_among,
    not_yet,
    proof_of,
    told_arrivals,
    transfers_of,
    visit,
    wasted_of,
)
from gongdan.dispatch.queries.waiting import Coordination, Offer, coordinations, offer_of, offers_for, teams

__all__ = [
    "Ahead",
    "Coordination",
    "Crew",
    "Fit",
    "HandedOn",
    "Kept",
    "Late",
    "Offer",
    "Promised",
    "Proof",
    "Trip",
    "Wasted",
    "ahead_of",
    "arrival_of",
    "candidates",
    "coordinations",
    "crew",
    "delays_of",
    "early_arrival",
    "feasibility",
    "fits",
    "kept",
    "late_among",
    "not_yet",
    "offer_of",
    "offers_for",
    "place_of",
    "place_of_page",
    "promises_of",
    "proof_of",
    "teams",
    "told_arrivals",
    "transfers_of",
    "trips_and_promises",
    "visit",
    "visits_of",
    "wasted_of",
]
