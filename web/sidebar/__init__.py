"""The sidebar that stands beside a customer chat."""

from web.sidebar.router import sidebar_router

__all__ = ["sidebar_router"]
