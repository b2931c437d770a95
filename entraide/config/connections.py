"""Giving a database connection back before the answer is sent, where sending may take hours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest

from entraide.core.live import give_connections_back


class NoConnectionWhileStreaming:
    """Gives the connection of a streamed answer (live updates, files) back as soon as the view is through.

    Django keeps it until the last byte is sent; a dozen open screens would then be all that the pool can bear.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if iscoroutinefunction(self.get_response):
            return self._answer_async(request)
        response = self.get_response(request)
        if response.streaming:
            give_connections_back()
        return response

    async def _answer_async(self, request: HttpRequest) -> Any:
        response = await self.get_response(request)
        if response.streaming:
            await sync_to_async(give_connections_back)()
        return response
