"""An embed server over the tiny model that batches what arrives together, as TEI's router does.

A text waits a moment for others; a batch holds texts of any calls, in the order of their arrival.
Rows are cut as TEI 1.9.3 cuts them: wrong with CLS pooling as soon as texts of unequal length share
a batch, right where a text for `/embed` is among them or pooling is by mean.
"""

from __future__ import annotations

import json
import queue
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from tests.unit.pipeline.fakes import INFO
from tests.unit.pipeline.sparse import tiny_model

# Seconds for which the first text of a batch waits for more; texts in one batch.
_WAIT_S = 0.004
_MOST = 4


@dataclass
class _Text:
    text: str
    is_pooled: bool
    done: threading.Event = field(default_factory=threading.Event)
    result: Any = None


class MixingRouter(ThreadingHTTPServer):
    """Listens on a free port of loopback until `close`; counts its texts for rows in flight."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, pooling: Literal["cls", "mean"]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pooling: Literal["cls", "mean"] = pooling
        self.most_in_flight = 0
        self._in_flight = 0
        self._lock = threading.Lock()
        self._queue: queue.Queue[_Text | None] = queue.Queue()
        self._workers = [
            threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}),
            threading.Thread(target=self._run),
        ]
        for thread in self._workers:
            thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def close(self) -> None:
        """Stop listening and computing."""
        self.shutdown()
        self._queue.put(None)
        for thread in self._workers:
            thread.join(timeout=10)
        self.server_close()

    def answer(self, path: str, texts: list[str]) -> Any:
        """The JSON of one call."""
        if path == "/tokenize":
            return [[{"id": each} for each in tiny_model.ids_of(text)] for text in texts]
        is_pooled = path == "/embed"
        waiting = [_Text(text, is_pooled) for text in texts]
        with self._lock:
            self._in_flight += 0 if is_pooled else len(texts)
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
        for each in waiting:
            self._queue.put(each)
        for each in waiting:
            assert each.done.wait(timeout=10)
        with self._lock:
            self._in_flight -= 0 if is_pooled else len(texts)
        return [each.result for each in waiting]

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            try:
                while len(batch) < _MOST and (more := self._queue.get(timeout=_WAIT_S)):
                    batch.append(more)
            except queue.Empty:
                pass
            self._compute(batch)

    def _compute(self, batch: list[_Text]) -> None:
        is_padding_removed = any(each.is_pooled for each in batch) or self.pooling == "mean"
        rows = tiny_model.embed_all(
            [each.text for each in batch], pooling="mean" if is_padding_removed else "cls"
        )
        for each, own in zip(batch, rows, strict=True):
            if each.is_pooled:
                each.result = tiny_model.embedded(each.text, self.pooling)
            else:
                each.result = own.tolist()
            each.done.set()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one packet, else each answer waits 40 ms for an acknowledgement.
    wbufsize = -1

    def do_GET(self) -> None:
        server = self._router()
        kind = {"model_type": {"embedding": {"pooling": server.pooling}}}
        self._send({**INFO, **kind, "model_dtype": "float32", "max_input_length": 64})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self._send(self._router().answer(self.path, body["inputs"]))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Tests stay quiet."""

    def _router(self) -> MixingRouter:
        assert isinstance(self.server, MixingRouter)
        return self.server

    def _send(self, answer: object) -> None:
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
