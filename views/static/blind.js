// The blind test: a changed query can't be voted on; keys vote; a picture of one's tally.
(() => {
  const field = () => document.querySelector("#sl-blind-query textarea");
  const typed = () => field()?.value ?? "";
  const lists = () => document.querySelector(".sl-blind:not([data-voted])");
  const fold = (text) => text.split(/[\s\0\x1c-\x1f\x85]+/).filter(Boolean).join(" ");
  const compared = () => partOf("q") ?? document.querySelector("#sl-query textarea")?.value ?? "";
  const partOf = (name) => new URLSearchParams(location.search).get(name);

  // Once edited, lists stay without a vote: what Gradio shows in place of the message and the buttons.
  function edited() {
    lists()?.classList.add("sl-stale");
    const said = '<div class="sl-hint" role="status">You changed the query: show its lists, then vote.</div>';
    const same = { __type__: "update" };
    const off = lists() ? { ...same, interactive: false } : same;
    return [lists() ? said : same, off, off, off, off];
  }
  // Compare's query, for a field that is empty or holds what the page itself put there; lists that wait for a vote keep theirs.
  let isTyped = false;
  const carry = (text) => (lists() || isTyped || !fold(compared()) ? text : compared());
  document.addEventListener("input", ({ target }) => {
    if (target === field()) isTyped = Boolean(fold(typed()));
  });
  document.addEventListener("click", ({ target }) => {
    if (target.id === "sl-blind-random") isTyped = false;
  });
  window.shortlist.blind = { typed, carry, edited };

  new MutationObserver(() => {
    const voted = document.querySelector(".sl-voted:not([data-seen])");
    voted?.setAttribute("data-seen", "");
    voted?.scrollIntoView({ block: "center" });
    // Lists that come after the field was edited again.
    const shown = document.querySelector(".sl-blind:not([data-seen])");
    if (!shown) return;
    shown.dataset.seen = "yes";
    // A random query's field is set together with its lists.
    setTimeout(() => {
      const { query } = shown.dataset;
      if (shown === lists() && fold(query) !== fold(typed()).slice(0, query.length)) field().dispatchEvent(new Event("input", { bubbles: true }));
    });
  }).observe(document.documentElement, { childList: true, subtree: true });

  document.addEventListener("keydown", (happened) => {
    const button = document.querySelectorAll("#sl-votes button")[["1", "2", "3", "4"].indexOf(happened.key)];
    const isTyping = happened.target.closest?.("input, textarea, select, [contenteditable], dialog");
    if (!button?.offsetParent || isTyping || happened.ctrlKey || happened.metaKey || happened.altKey) return;
    button.click();
  });

  const rows = ["Fine-tuned", "Base", "Equally good", "Both bad"];
  const colours = ["#0f766e", "#a8480a", "#5b6875", "#5b6875"];
  function draw({ votes, models }) {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1200, height: 630 });
    const paint = canvas.getContext("2d");
    const write = (text, x, y, size, colour = "#1b2733") => {
      Object.assign(paint, { font: `600 ${size}px system-ui, sans-serif`, fillStyle: colour });
      paint.fillText(text, x, y, 1120);
    };
    const counts = votes.split(" ").map(Number);
    const most = Math.max(...counts);
    Object.assign(paint, { fillStyle: "#f6f7f5" }).fillRect(0, 0, 1200, 630);
    write("My blind test of two job searches", 40, 90, 48);
    write(models, 40, 140, 26, "#52606d");
    counts.forEach((count, row) => {
      const y = 200 + 90 * row;
      write(rows[row], 40, y + 42, 32);
      Object.assign(paint, { fillStyle: colours[row] }).fillRect(290, y, 4 + (780 * count) / most, 60);
      write(count, 310 + (780 * count) / most, y + 42, 36);
    });
    write("Shortlist: two lists without names, sides drawn at random", 40, 600, 24, "#52606d");
    return canvas;
  }
  document.addEventListener("click", (happened) => {
    const button = happened.target.closest?.(".sl-picture");
    if (!button) return;
    draw(button.dataset).toBlob((blob) => window.shortlist.save("blind-test.png", blob));
  });
})();
