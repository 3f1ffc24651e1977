"""The one error that the API speaks, in its own shape."""

from typing import Any


class ApiError(Exception):
    """A refusal: ``status`` and ``kind`` as the API names them, with the sentence a caller reads.

    ``retry_after_s`` is sent as the retry-after header; ``error_code`` goes into ``error.details``.
    """

    def __init__(
        self, status: int, kind: str, message: str, *, error_code: str = "", retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.error_code = error_code
        self.retry_after_s = retry_after_s

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the JSON body of the refusal."""
        error: dict[str, Any] = {"type": self.kind, "message": self.message}
        if self.error_code:
            error["details"] = {"error_code": self.error_code}
        return {"type": "error", "error": error, "request_id": request_id}


def invalid(message: str, *, error_code: str = "") -> ApiError:
    """Return a 400, the API's word for a request that can never succeed."""
    return ApiError(400, "invalid_request_error", message, error_code=error_code)
