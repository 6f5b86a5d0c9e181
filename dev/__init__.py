"""Set-up tooling of nshift_webhooks: builds the environment and runs things in it.

``python3 -m dev help`` lists the commands. What runs before the virtual
environment exists (`environment` and what it imports) uses the standard
library only.
"""
