"""The living demo shop: two sites, fifteen staff, some hundred customers, orders in every state around today.

Everything comes from one seed and one moment, through the same verbs that the pages call: the same `now` gives the same
shop, for demonstrations, screenshots and tests alike.
"""
