"""A program that speaks to the API by a token of its person."""

import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keji.access.rules.tokens import issue
from keji.access.tokens import scopes


class Program:
    """A client of the API that knows a token and nothing else."""

    def __init__(self, person: Any, wanted: Any = None, days: int = 30):
        self.token, self.secret = issue(person, "测试", scopes() if wanted is None else wanted, days)
        self.client = Client(raise_request_exception=True)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        told = {"HTTP_AUTHORIZATION": f"Bearer {self.secret}"}
        told |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        if body is None:
            return self.client.generic(method, f"/api/v1{path}", **told)
        sent = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return self.client.generic(method, f"/api/v1{path}", sent, "application/json", **told)

    def bring(self, path: str, name: str, content: bytes, **headers: str) -> Any:
        """Send a file as a form would."""
        told = {"HTTP_AUTHORIZATION": f"Bearer {self.secret}", **{f"HTTP_{n.upper()}": value for n, value in headers.items()}}
        return self.client.post(f"/api/v1{path}", {"file": SimpleUploadedFile(name, content)}, **told)

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("POST", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.ask("PATCH", path, body, **headers)
