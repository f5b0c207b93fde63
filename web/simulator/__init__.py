"""The demo window: one person plays the customer, the rep and the rep's chat with the bot."""

from web.simulator.router import demo_router

__all__ = ["demo_router"]
