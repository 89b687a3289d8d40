"""What stands in the page's HTML itself."""

import pytest

from pages.web.first_paint import FirstPaint
from pages.web.secure_headers import page_policy
from tests.coroutines import run_coroutine


def answer(path, body, method="GET"):
    """What comes back of a page that is sent in two parts, by type of message."""
    sent = []

    async def app(scope, receive, send):
        start = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]}
        await send(start)
        await send({"type": "http.response.body", "body": body[:9], "more_body": True})
        await send({"type": "http.response.body", "body": body[9:]})

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path}
    run_coroutine(FirstPaint(app, "<script>act()</script>")(scope, None, send))
    return dict(sent[0]["headers"]), b"".join(message.get("body", b"") for message in sent[1:])


def test_it_is_the_first_thing_in_the_head_and_the_length_is_right():
    headers, body = answer("/", b"<html><head><title>x</title></head><p>&lt;head></html>")
    nonce = headers[b"content-security-policy"].partition(b"'nonce-")[2].partition(b"'")[0]
    first = b'<script nonce="%s">act()</script>' % nonce
    assert body == b"<html><head>" + first + b"<title>x</title></head><p>&lt;head></html>"
    assert headers[b"content-length"] == b"%d" % len(body)


def test_scripts_of_each_answer_have_a_nonce_of_its_own_and_no_other_script_is_allowed():
    policies = [answer("/", b"<head><script>x</script>")[0][b"content-security-policy"].decode() for _ in range(2)]
    assert policies[0] != policies[1]
    rules = dict(rule.split(" ", 1) for rule in policies[0].split("; "))
    assert "unsafe-inline" not in rules["script-src"]
    assert (rules["default-src"], rules["frame-ancestors"]) == ("'none'", "'self'")
    assert page_policy("x", [], is_space=True).endswith(
        "frame-ancestors 'self' https://huggingface.co https://*.hf.space"
    )


@pytest.mark.parametrize(("path", "method"), [("/config", "GET"), ("/", "HEAD")])
def test_other_answers_pass_as_they_are(path, method):
    assert answer(path, b"<html><head></head>", method)[1] == b"<html><head></head>"
