// No answer is lost: Gradio's server ends the stream of answers when none is left to give. When a question is taken at
// that moment, Gradio's client relies on the stream that ends, and the answer would wait until the next question opens
// another: here the stream goes on instead, until all that was taken is answered.
(() => {
  const send = window.fetch;
  const [taken, answered] = [new Set(), new Set()];

  async function join(sent) {
    const answer = await send(...sent);
    if (!answer.ok) return answer;
    const { event_id: event } = await answer.clone().json();
    // What is answered at once may have come before.
    if (!answered.delete(event)) taken.add(event);
    return answer;
  }

  // Whether a message may pass to Gradio's client.
  function passes(message) {
    const { msg, event_id: event } = JSON.parse(message.replace(/^data:/, ""));
    if (["process_completed", "unexpected_error"].includes(msg) && !taken.delete(event)) answered.add(event);
    return msg !== "close_stream" || !taken.size;
  }

  // Passes a stream's messages on. Returns whether its end was held back.
  async function pass(answer, out) {
    if (!answer.ok) throw new Error(`answers could not be fetched: ${answer.status}`);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    out.reader = reader;
    let [rest, isHeld] = ["", false];
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const messages = (rest + part.value).split("\n\n");
      rest = messages.pop();
      const passing = messages.filter(passes);
      isHeld ||= passing.length < messages.length;
      if (passing.length) out.enqueue(passing.map((message) => message + "\n\n").join(""));
    }
    return isHeld;
  }

  async function listen(sent) {
    const answer = await send(...sent);
    if (!answer.ok) return answer;
    const out = {};
    const body = new ReadableStream({
      async start(controller) {
        out.enqueue = (text) => controller.enqueue(text);
        try {
          for (let next = answer; await pass(next, out); next = await send(...sent));
          controller.close();
        } catch (error) {
          controller.error(error);
        }
      },
      cancel: (reason) => out.reader.cancel(reason),
    });
    return new Response(body.pipeThrough(new TextEncoderStream()), { status: answer.status, headers: answer.headers });
  }

  window.fetch = (...sent) => {
    const { pathname } = new URL(sent[0]?.url ?? sent[0], location.href);
    if (pathname.endsWith("/queue/join")) return join(sent);
    return pathname.endsWith("/queue/data") ? listen(sent) : send(...sent);
  };
})();
