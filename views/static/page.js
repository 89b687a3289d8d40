// Lines between the columns, a listing lit in both, its whole text, and the comparison in the address.
(() => {
  const svgName = "http://www.w3.org/2000/svg";
  const statuses = ["risen", "fallen", "unchanged", "entered", "left"];
  const stub = 22;
  // The height of a number below a list.
  const exitRow = 12;
  // The parts of the address that are ours; others, such as a Space's, stay as they are.
  const ours = ["q", "k", "family", "mode", "seniority", "location", "without", "left", "right", "third", "understand", "ignore", "must", "view", "listings"];
  // Changing only these makes no step to go back to.
  const minor = ["k", "location", "without", "view"];

  const statusOf = (card) => statuses.find((status) => card.classList.contains("sl-" + status));
  const cardsOf = (compare, side) =>
    new Map([...compare.querySelectorAll(`.sl-${side} .sl-card`)].map((card) => [card.dataset.listing, card]));

  // Thicker for more places moved.
  const widthOf = (card) => Math.min(6, 1.2 + 0.9 * Math.log2(1 + Number(card.dataset.places)));

  function add(svg, card, tag, attributes) {
    const part = document.createElementNS(svgName, tag);
    for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
    part.setAttribute("class", statusOf(card));
    part.dataset.listing = card.dataset.listing;
    svg.append(part);
    return part;
  }

  const addPath = (svg, card, shape) => add(svg, card, "path", { d: shape, "stroke-width": widthOf(card) });

  function draw(compare) {
    const svg = compare.querySelector(".sl-lines");
    const frame = compare.getBoundingClientRect();
    const [base, tuned] = ["base", "tuned"].map((side) => cardsOf(compare, side));
    const at = (card, edge) => {
      const box = card.getBoundingClientRect();
      return [box[edge] - frame.left, box.top - frame.top + Math.min(28, box.height / 2)];
    };
    svg.replaceChildren();
    for (const [listing, card] of base) {
      if (!tuned.has(listing)) continue;
      const [x, y] = at(card, "right");
      const [toX, toY] = at(tuned.get(listing), "left");
      const middle = (x + toX) / 2;
      addPath(svg, card, `M${x},${y} C${middle},${y} ${middle},${toY} ${toX},${toY}`);
    }
    const left = [...base.values()].filter((card) => !tuned.has(card.dataset.listing));
    const entered = [...tuned.values()].filter((card) => !base.has(card.dataset.listing));
    const isCompact = compare.classList.contains("sl-compact");
    const lines = (cards, edge) => cards.map((card) => [card, ...at(card, edge)]);
    if (!isCompact) {
      for (const [card, x, y] of lines(left, "right")) addPath(svg, card, `M${x},${y} h${stub}`);
      for (const [card, x, y] of lines(entered, "left")) addPath(svg, card, `M${x},${y} h${-stub}`);
      return;
    }
    const ends = ["base", "tuned"].map((side) => compare.querySelector(`.sl-${side} ol`).getBoundingClientRect());
    const [from, to] = [ends[0].right - frame.left, ends[1].left - frame.left];
    const bottom = Math.max(...ends.map((end) => end.bottom)) - frame.top;
    const rows = [drawExits(svg, lines(left, "right"), to, from, bottom), drawExits(svg, lines(entered, "left"), from, to, bottom)];
    compare.style.paddingBottom = Math.max(...rows) * exitRow + 4 + "px";
  }

  // Lines to the lower edge of the list that does not show the job, each to the rank that it has there. From the top
  // row the line goes nearest to that list, so that they do not cross. Returns the rows of numbers.
  function drawExits(svg, lines, near, far, bottom) {
    const room = (far - near) / 2;
    const wide = Math.max(0, ...lines.map(([card]) => card.dataset.other.length)) * 7 + 4;
    // In a narrow gap many lines share a few pixels.
    const step = Math.sign(room || 1) * Math.max(1, Math.min(wide, (Math.abs(room) - 10 - wide / 2) / Math.max(1, lines.length - 1)));
    const rows = lines.length ? Math.ceil(wide / Math.abs(step)) : 0;
    lines.forEach(([card, x, y], number) => {
      const toX = near + Math.sign(room) * 10 + step * number;
      const toY = bottom + 2 + (number % rows) * exitRow;
      addPath(svg, card, `M${x},${y} C${x + (toX - x) * 0.7},${y} ${toX},${y + (toY - y) * 0.3} ${toX},${toY}`);
      add(svg, card, "text", { x: toX, y: toY + 10 }).textContent = card.dataset.other;
    });
    return rows;
  }

  function light(compare, listing) {
    compare.classList.toggle("sl-some-lit", Boolean(listing));
    for (const item of compare.querySelectorAll(".sl-card, .sl-lines *")) {
      item.classList.toggle("sl-lit", item.dataset.listing === listing);
    }
  }

  function listen(event, find) {
    document.addEventListener(event, (happened) => {
      const compare = happened.target.closest?.(".sl-compare");
      if (compare) light(compare, find(happened)?.dataset.listing);
    });
  }

  const isOurs = (pair) => ours.includes(pair[0]);
  const partsOf = (text, keep) => new URLSearchParams([...new URLSearchParams(text)].filter(keep)).toString();
  // `opening`: the next comparison that appears was opened by its address, and makes no step to go back to.
  window.shortlist = { opened: "", opening: Boolean(partsOf(location.search, isOurs)) };
  // `asked` is what was chosen among the chips and filters, until the last answer's address holds it. Gradio makes the
  // new chips out of the old ones, so that the `pressed` button may be another one's then.
  Object.assign(window.shortlist, { asked: "", pressed: undefined, address: () => window.shortlist.asked || location.search });
  function put(name, key, value, control) {
    const parts = new URLSearchParams(window.shortlist.address());
    parts.set(name, value);
    Object.assign(window.shortlist, { asked: "?" + parts, isSent: false, pressed: { name, key, control } });
    document.querySelector("#sl-go")?.click();
  }
  function toggle(button) {
    const { toggle: name, key } = button.dataset;
    const keys = new Set((new URLSearchParams(window.shortlist.address()).get(name) ?? "").split(";").filter(Boolean));
    if (!keys.delete(key)) keys.add(key);
    put(name, key, [...keys].join(";"), button);
  }
  function choose(control) {
    const value = control.type === "checkbox" && !control.checked ? "" : control.value;
    put(control.dataset.choose, "", value, control);
  }
  // The focus stays on what was used, or goes to what stands there now.
  function focusAgain(part) {
    const { pressed } = window.shortlist;
    if (!pressed || ![document.body, pressed.control].includes(document.activeElement)) return;
    const controls = [...part.querySelectorAll("button, a, [data-choose]")];
    const same = controls.filter(({ dataset }) => (pressed.key ? dataset.key === pressed.key : dataset.choose === pressed.name));
    const on = same.find((one) => pressed.name === "view" && one.ariaPressed === "true");
    const next = on ?? same.find(({ dataset }) => dataset.toggle === pressed.name) ?? same[0];
    if (!next) return;
    window.shortlist.pressed = undefined;
    next.focus();
  }
  // On a phone one list is shown at a time.
  let side = "tuned";
  function showSide(compare) {
    compare.classList.toggle("sl-shows-base", side === "base");
    for (const button of compare.querySelectorAll(".sl-sides button")) button.ariaPressed = String(button.dataset.side === side);
  }
  window.shortlist.save = (name, blob) => {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  // Marks of the blind test: on a listing in whichever list it stands.
  window.shortlist.marks = () =>
    JSON.stringify(
      Object.fromEntries(
        [...document.querySelectorAll('.sl-fit[aria-pressed="true"]')].map((button) => [
          button.closest(".sl-plain").dataset.listing,
          button.dataset.mark,
        ]),
      ),
    );
  document.addEventListener("click", (happened) => {
    const button = happened.target.closest?.(".sl-fit");
    if (!button) return;
    const pressed = button.getAttribute("aria-pressed") !== "true";
    const { listing } = button.closest(".sl-plain").dataset;
    for (const other of button.closest(".sl-blind").querySelectorAll(".sl-fit")) {
      if (other.closest(".sl-plain").dataset.listing !== listing) continue;
      other.setAttribute("aria-pressed", pressed && other.dataset.mark === button.dataset.mark);
    }
  });

  const withoutMinor = (text) => partsOf(text, (pair) => isOurs(pair) && !minor.includes(pair[0]));

  function showAddress(wanted) {
    const shown = partsOf(location.search, isOurs);
    // The first answer, late: a link has been followed in the meantime.
    if (window.shortlist.opening && new URLSearchParams(shown).get("q")?.trim() && !new URLSearchParams(wanted).get("q")) return;
    const others = partsOf(location.search, (pair) => !isOurs(pair));
    const search = [wanted, others].filter(Boolean).join("&");
    const address = location.pathname + (search ? "?" + search : "") + location.hash;
    const step = !window.shortlist.opening && withoutMinor(wanted) !== withoutMinor(shown);
    history[step ? "pushState" : "replaceState"](null, "", address);
    Object.assign(window.shortlist, { opening: false, isAnswered: true });
    document.querySelector("#sl-query textarea")?.style.removeProperty("color");
    window.shortlist.answered?.(wanted);
    // Inside a Space's frame, the page around it has the address that people see; it takes this message.
    if (window.parent !== window) window.parent.postMessage({ queryString: wanted }, "https://huggingface.co");
  }

  function openAddress() {
    Object.assign(window.shortlist, { opening: true, asked: "" });
    document.querySelector("#sl-restore")?.click();
  }

  function openListing(card) {
    window.shortlist.opened = card.dataset.listing;
    document.querySelector("#sl-opener")?.click();
  }

  async function copyLink(button) {
    const space = document.querySelector("[data-space]")?.dataset.space;
    const home = space ? "https://huggingface.co/spaces/" + space : location.origin + location.pathname;
    const wanted = partsOf(location.search, isOurs);
    const link = home + (wanted ? "?" + wanted : "");
    const said = button.closest(".sl-share").querySelector(".sl-copied");
    try {
      await navigator.clipboard.writeText(link);
      said.textContent = button.dataset.copied ?? "Copied";
    } catch {
      // Without a secure connection, or without leave, the person copies it.
      const field = Object.assign(document.createElement("input"), { value: link, readOnly: true, className: "sl-url" });
      field.setAttribute("aria-label", "Link to this comparison");
      said.replaceChildren(field);
      field.select();
    }
  }

  const resized = new ResizeObserver((entries) => {
    for (const compare of new Set(entries.map((entry) => entry.target.closest(".sl-compare")))) {
      if (compare) draw(compare);
    }
  });

  function once(selector, act) {
    for (const part of document.querySelectorAll(`${selector}:not([data-seen])`)) {
      part.dataset.seen = "yes";
      act(part);
    }
  }

  const appeared = new MutationObserver(() => {
    // The example in the box gives way to the address's query, or to what is typed.
    once("#sl-query textarea", (box) => (window.shortlist.opening ? (box.style.color = "transparent") : box.select()));
    // Gradio makes new controls out of old ones, which keep what somebody chose.
    once("[data-choose]", (one) => (one.type === "checkbox" ? (one.checked = Boolean(one.dataset.chosen)) : (one.value = one.dataset.chosen)));
    once(":is([data-roving], .sl-controls)", (part) => {
      if (part.matches("[data-roving]")) window.shortlist.settle(part);
      focusAgain(part);
    });
    once(".sl-state", (state) => showAddress(state.dataset.address));
    once("#sl-own", (panel) => {
      panel.popover = "auto";
      panel.role = "dialog";
      panel.setAttribute("aria-labelledby", "sl-own-title");
    });
    once(".sl-dialog", (dialog) => dialog.showModal());
    once(".sl-compare", (compare) => {
      showSide(compare);
      focusAgain(compare);
      for (const part of [compare, ...compare.querySelectorAll(".sl-card")]) resized.observe(part);
      draw(compare);
    });
  });

  document.addEventListener("click", (happened) => {
    const target = happened.target;
    const link = target.closest?.("a.sl-link");
    const plain = !(happened.ctrlKey || happened.metaKey || happened.shiftKey || happened.button);
    if (link && plain) {
      happened.preventDefault();
      // The chip goes with its filter: the focus goes back to the query.
      if (link.dataset.key) document.querySelector("#sl-query textarea")?.focus();
      link.closest(":popover-open")?.hidePopover();
      history.pushState(null, "", link.getAttribute("href"));
      document.querySelector("#sl-tabs [role=tab]")?.click();
      openAddress();
    } else if (target.closest?.("[data-toggle]")) {
      toggle(target.closest("[data-toggle]"));
    } else if (target.closest?.(".sl-sides button")) {
      side = target.closest("button").dataset.side;
      showSide(target.closest(".sl-compare"));
    } else if (target.closest?.(".sl-copy")) {
      copyLink(target.closest(".sl-copy"));
    } else if (target.matches?.(".sl-dialog") || target.closest?.(".sl-close")) {
      target.closest(".sl-dialog")?.close();
    } else if (target.closest?.(".sl-card") && !getSelection().toString()) {
      openListing(target.closest(".sl-card"));
    }
  });
  document.addEventListener("keydown", (happened) => {
    if (["Enter", " "].includes(happened.key) && happened.target.matches?.(".sl-card")) {
      happened.preventDefault();
      openListing(happened.target);
    } else if (happened.target.closest?.("[data-roving]")) window.shortlist.rove(happened);
  });
  document.addEventListener("change", (happened) => {
    if (happened.target.matches?.("[data-choose]")) choose(happened.target);
  });
  // A step between tabs, or out of a dialog, leaves the comparison as it is.
  const inOrder = (text) => String([...new URLSearchParams(partsOf(text, isOurs))].sort());
  window.addEventListener("popstate", () => {
    const shown = document.querySelector(".sl-state")?.dataset.address ?? "";
    if (inOrder(shown) !== inOrder(location.search)) openAddress();
  });
  appeared.observe(document.documentElement, { childList: true, subtree: true });
  listen("mouseover", (happened) => happened.target.closest(".sl-card"));
  listen("mouseout", (happened) => happened.relatedTarget?.closest?.(".sl-card"));
  listen("focusin", (happened) => happened.target.closest(".sl-card"));
  listen("focusout", (happened) => happened.relatedTarget?.closest?.(".sl-card"));
})();
