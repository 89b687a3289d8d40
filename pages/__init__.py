"""The tabs of the page: widgets, events, handlers."""
