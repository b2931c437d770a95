"""How much a request may send: more is refused before it is read, and broken off where it had not said how much it would be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.utils import translation

LARGEST_FORM_WITH_FILES_BYTES = 200 * 1024 * 1024
App = Callable[[Any, Any, Any], Awaitable[None]]


class _TooLong(Exception):
    pass


def limited(app: App) -> App:
    """Return `app` behind the limit. Without it the server would write whatever comes to the disk before anybody is asked who sends it."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        at_most = _at_most(headers)
        said = headers.get(b"content-length", b"0")
        if said.isdigit() and int(said) > at_most:
            await _refuse(scope, send)
            return
        read = 0
        has_begun = False

        async def count() -> Any:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > at_most:
                raise _TooLong
            return message

        async def note(message: Any) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await app(scope, count, note)
        except _TooLong:
            if not has_begun:
                await _refuse(scope, send)

    return answer


def _at_most(headers: dict[bytes, bytes]) -> int:
    """Return how many bytes the body may have: files are large, words are not."""
    if headers.get(b"content-type", b"").lower().startswith(b"multipart/form-data"):
        return LARGEST_FORM_WITH_FILES_BYTES
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)


async def _refuse(scope: Any, send: Any) -> None:
    from entraide.api.problems import MEDIA_TYPE, too_big
    from entraide.look.errors import too_large_page

    headers = dict(scope["headers"])
    wanted = headers.get(b"accept-language", b"").decode("latin-1")
    with translation.override(_first_language(wanted)):
        is_api = scope["path"].startswith("/api/")
        body = (too_big() if is_api else too_large_page()).content
    kind = MEDIA_TYPE if is_api else "text/html; charset=utf-8"
    # What is still on its way is not wanted: the connection ends here.
    said = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": said})
    await send({"type": "http.response.body", "body": body})


def _first_language(accepted: str) -> str:
    known = [code for code, _name in settings.LANGUAGES]
    first = accepted.strip()[:2].lower()
    return first if first in known else str(settings.LANGUAGE_CODE)
