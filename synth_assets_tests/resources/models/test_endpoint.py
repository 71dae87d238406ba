"""The OpenAI-compatible role against a real HTTP server on the loopback."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from resources.errors import MachineError
from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.entry import ModelEntry
from resources.models.protocols import Likelihood, Sampling
from resources.models.registry import load_registry

SECRET = "marker of a secret prompt"


class Server(ThreadingHTTPServer):
    """Answers completions; every word is a token of log-probability -1."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies: list[dict[str, Any]] = []
        self.authorization: list[str | None] = []
        self.busy = 0
        self.echoes = True


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.bodies.append(body)
        self.server.authorization.append(self.headers.get("Authorization"))
        if self.server.busy:
            self.server.busy -= 1
            self.answer(503, {"error": body["prompt"]})
        elif self.path != "/v1/completions" or body["model"] != "tiny":
            self.answer(404, {"error": body["prompt"]})
        else:
            self.answer(200, completion(body, self.server.echoes))

    def answer(self, status: int, content: dict[str, Any]) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        """Keep the test output clean."""


def completion(body: dict[str, Any], echoes: bool) -> dict[str, Any]:
    prompt = body["prompt"]
    words = prompt.split(" ")
    choice: dict[str, Any] = {"text": f" {prompt.upper()} {body.get('seed')}"}
    if body.get("echo") and echoes:
        offsets = [sum(len(word) + 1 for word in words[:i]) - (i > 0) for i in range(len(words))]
        choice["logprobs"] = {
            "token_logprobs": [None] + [-1.0] * len(words),  # the last is the new token
            "text_offset": [*offsets, len(prompt)],
        }
    return {"choices": [choice], "usage": {"prompt_tokens": len(words), "total_tokens": len(words) + 1}}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield http
        http.shutdown()


def engine_for(port: int, keys: Keys, folder: Path, **fields: Any) -> Engine:
    base = {"source": "openai", "engine": "openai", "license": "x", "base_url": f"http://127.0.0.1:{port}/v1"}
    entry = ModelEntry.parse(base | {"model": "tiny"} | fields, "test.yaml")
    return Engine(load_registry() | {"causal_lm": entry}, keys, folder)


def test_generation_sends_the_sampling_and_caches_the_answer(server: Server, keys: Keys, tmp_path: Path) -> None:
    sampling = Sampling(max_new_tokens=5, temperature=0.3, top_p=0.7, stop=("\n",), seed=4)
    with engine_for(server.server_port, keys, tmp_path) as engine:
        first = engine.causal_lm.generate(["b", "a", "b"], sampling)
        assert [text.split()[0] for text in first] == ["B", "A", "B"]
        assert len(server.bodies) == 2
        sent = server.bodies[0]
        assert (sent["max_tokens"], sent["temperature"], sent["top_p"], sent["stop"]) == (5, 0.3, 0.7, ["\n"])
        assert server.bodies[0]["seed"] != server.bodies[1]["seed"]
        assert engine.causal_lm.generate(["a"], sampling) == [first[1]]
        assert len(server.bodies) == 2
        assert engine.causal_lm.generate(["a"], sampling, [5]) != [first[1]]
        assert len({body["seed"] for body in server.bodies}) == len(server.bodies) == 3


def test_the_key_comes_from_the_environment(
    server: Server, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_KEY", "k-1")
    with engine_for(server.server_port, keys, tmp_path, api_key_env="TEST_KEY") as engine:
        engine.causal_lm.generate(["a"], Sampling())
    assert server.authorization == ["Bearer k-1"]


def test_likelihood_counts_the_text_only(server: Server, keys: Keys, tmp_path: Path) -> None:
    with engine_for(server.server_port, keys, tmp_path) as engine:
        found = engine.causal_lm.log_likelihood([" three four", "one two three"], ["one two", ""])
        assert found == [Likelihood(-2.0, 2), Likelihood(-2.0, 2)]
        assert engine.causal_lm.count_tokens(["one two three", ""]) == [3, 0]
        (spans,) = engine.causal_lm.span_likelihoods(["one two three four"], [[(0, 7), (7, 18), (3, 3)]])
        assert spans == [Likelihood(-1.0, 1), Likelihood(-2.0, 2), Likelihood(0.0, 0)]
        server.echoes = False
        with pytest.raises(MachineError, match="does not echo"):
            engine.causal_lm.log_likelihood(["other text"])


def test_a_busy_server_is_asked_again_and_a_refusal_carries_no_text(server: Server, keys: Keys, tmp_path: Path) -> None:
    server.busy = 2
    with engine_for(server.server_port, keys, tmp_path) as engine:
        engine.causal_lm.generate(["a"], Sampling())
    assert len(server.bodies) == 3
    with engine_for(server.server_port, keys, tmp_path, model="other") as engine:
        with pytest.raises(MachineError, match="status 404") as caught:
            engine.causal_lm.generate([SECRET], Sampling())
        assert SECRET not in str(caught.value)


def test_a_slow_server_meets_the_timeout(keys: Keys, tmp_path: Path) -> None:
    import socket

    with (
        socket.create_server(("127.0.0.1", 0)) as mute,
        engine_for(mute.getsockname()[1], keys, tmp_path, timeout=0.2) as engine,
        pytest.raises(MachineError, match="ReadTimeout"),
    ):
        engine.causal_lm.generate([SECRET], Sampling())


def test_an_unreachable_endpoint_says_what_to_do(keys: Keys, tmp_path: Path) -> None:
    with engine_for(9, keys, tmp_path) as engine, pytest.raises(MachineError, match=r"start it, or change .*base_url"):
        engine.causal_lm.generate([SECRET], Sampling())


def test_chat_needs_a_template_file(keys: Keys, tmp_path: Path) -> None:
    with engine_for(9, keys, tmp_path) as engine, pytest.raises(MachineError, match="chat_template to its file"):
        engine.causal_lm.render_chat([])
    (tmp_path / "t.jinja").write_text("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}")
    with engine_for(9, keys, tmp_path, chat_template=str(tmp_path / "t.jinja")) as engine:
        assert engine.causal_lm.render_chat([{"role": "user", "content": "hi"}]) == "<user>hi"
