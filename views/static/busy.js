// What the server refuses is said in the page: more is asked than it can answer, or this visitor asks too often.
(() => {
  const refused = {
    429: "One visitor may not ask so often here, so that others are answered too.",
    503: "The server is busy: more is asked than it can answer.",
  };
  function say(text) {
    let line = document.querySelector("#sl-refused");
    if (!line && text) {
      line = Object.assign(document.createElement("p"), { id: "sl-refused", className: "sl-notice", role: "alert" });
      document.querySelector("#sl-tabs")?.before(line);
    }
    if (!line) return;
    line.textContent = text;
    line.hidden = !text;
  }
  const send = window.fetch;
  window.fetch = async (...sent) => {
    const answer = await send(...sent);
    if (/\/queue\/join/.test(sent[0]?.url ?? sent[0])) {
      const seconds = answer.headers.get("Retry-After") ?? 5;
      say(refused[answer.status] ? `${refused[answer.status]} Nothing was compared. Ask again in ${seconds} seconds.` : "");
    }
    return answer;
  };
})();
