"""A real receiver: an HTTP server in this process that keeps what it was sent and answers as it is told."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    def __init__(self):
        self.heard, self.taken, self.paths, self.status = [], [], [], 200
        self.answer = b""  # the body, as the robots of chats have one
        self.flaky = None  # a source of chance: then one answer in ten is 503

    @property
    def bodies(self):
        return [json.loads(body) for _headers, body in self.heard]

    @property
    def ids(self):
        return [headers["webhook-id"] for headers, _body in self.heard]


@contextmanager
def receiver():
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told, status = (dict(self.headers.items()), body), kept.status
            if kept.flaky:
                time.sleep(0.02)
                status = 503 if kept.flaky.random() < 0.1 else status
            kept.heard.append(told)
            kept.paths.append(self.path)
            if status == 200:
                kept.taken.append(told)
            self.send_response(status)
            self.send_header("Content-Length", str(len(kept.answer)))
            self.end_headers()
            self.wfile.write(kept.answer)

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.home = f"http://127.0.0.1:{server.server_port}"
    kept.address = f"{kept.home}/keji"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
