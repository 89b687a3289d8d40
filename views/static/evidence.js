// Evidence: rows that sort and filter, each with an address; the wanted listing in the comparison that a row opens.
(() => {
  const partOf = (name) => new URLSearchParams(location.search).get(name) ?? "";
  const { write } = window.shortlist.tabs;

  function sort(button) {
    const head = button.parentElement;
    const descends = head.ariaSort !== "descending";
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.ariaSort = descends ? "descending" : "ascending";
    const keyOf = (row) => row.children[head.cellIndex].dataset.sort ?? row.children[head.cellIndex].innerText;
    const body = head.closest("table").tBodies[0];
    const rows = [...body.rows].map((row) => [keyOf(row), row]);
    const order = ([one], [other]) => one - other || one.localeCompare(other, undefined, { numeric: true });
    rows.sort((one, other) => (descends ? order(other, one) : order(one, other)));
    body.append(...rows.map(([, row]) => row));
  }

  function filter(section) {
    const [word, how] = [...section.querySelectorAll(".sl-narrow :is(input, select)")].map((one) => one.value);
    const rows = [...section.querySelectorAll("[data-row]")];
    for (const row of rows) {
      row.hidden = (how && row.dataset.how !== how) || !row.textContent.toLowerCase().includes(word.toLowerCase());
    }
    section.querySelector("[role=status]").textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
  }

  function showRow() {
    const row = partOf("row") && document.querySelector(`[data-row="${CSS.escape(partOf("row"))}"]`);
    for (const other of document.querySelectorAll(".sl-here")) other.classList.remove("sl-here");
    if (!row || partOf("tab") !== "evidence") return;
    row.classList.add("sl-here");
    // Gradio shows the tab a moment after it is chosen.
    const go = () => {
      if (!row.offsetParent) return row.classList.contains("sl-here") && requestAnimationFrame(go);
      row.scrollIntoView({ block: "center" });
      row.querySelector("a").focus({ preventScroll: true });
    };
    go();
  }

  // The wanted listing belongs to the query that the row opened.
  let query;
  function showWanted() {
    const wanted = partOf("wanted");
    for (const card of document.querySelectorAll(".sl-compare .sl-card")) {
      card.classList.toggle("sl-wanted", Boolean(wanted) && card.dataset.listing === wanted);
    }
    const line = document.querySelector(".sl-wanted-line");
    if (line) line.hidden = line.dataset.wanted !== wanted;
  }
  function checkWanted() {
    const asked = partOf("q");
    if (partOf("wanted") && query !== undefined && query !== asked) write({ wanted: "" });
    query = partOf("wanted") ? asked : undefined;
    if (query !== undefined) document.querySelector("#sl-wanted-opener")?.click();
  }
  // Gradio makes what is new out of what was there, less the mark.
  const isNew = (selector) => {
    const part = document.querySelector(`${selector}:not([data-told])`);
    part?.setAttribute("data-told", "");
    return Boolean(part);
  };
  new MutationObserver(() => {
    const isAnswered = isNew(".sl-state");
    if (isAnswered) checkWanted();
    if ([isAnswered, isNew(".sl-compare"), isNew(".sl-wanted-line")].includes(true)) showWanted();
    if (isNew(".sl-evidence")) showRow();
  }).observe(document.documentElement, { childList: true, subtree: true });

  // Before the comparison's script follows the link.
  document.addEventListener(
    "click",
    (happened) => {
      const row = happened.target.closest?.("a.sl-link")?.closest("[data-row]");
      if (row && !(happened.ctrlKey || happened.metaKey || happened.shiftKey)) {
        write({ tab: "evidence", row: row.dataset.row });
        scrollTo(0, 0);
      }
      const see = happened.target.closest?.("[data-see]")?.dataset.see;
      if (see) window.shortlist.opened = see, document.querySelector("#sl-opener")?.click();
      if (happened.target.closest?.(".sl-sort")) sort(happened.target.closest(".sl-sort"));
    },
    true,
  );
  for (const event of ["input", "change"]) {
    document.addEventListener(event, ({ target }) => target.closest?.(".sl-narrow") && filter(target.closest("section")));
  }
  window.addEventListener("shortlist:moved", () => (query = undefined, showRow(), showWanted()));
})();
