"""Permission strings of settlement."""

VIEW = "settlement.view"
RECEIVE = "settlement.receive"
POST = "settlement.post"
REVERSE = "settlement.reverse"
APPROVE_DISCOUNT = "settlement.approve_discount"
ON_ACCOUNT = "settlement.on_account"
PERMISSIONS = (VIEW, RECEIVE, POST, REVERSE, APPROVE_DISCOUNT, ON_ACCOUNT)
