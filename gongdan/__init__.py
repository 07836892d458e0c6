"""Gongdan 工单: after-sales repair, from the ringing telephone to the settled bill and the call-back."""
