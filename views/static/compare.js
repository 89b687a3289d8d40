// The comparison's states and keys: busy, what was typed kept, one tab stop a list, the first look on a phone.
(() => {
  const shortlist = window.shortlist;
  const draft = "shortlist-draft";
  const box = () => document.querySelector("#sl-query textarea");
  const lists = () => document.querySelectorAll("#sl-summary, #sl-columns");
  const isPhone = () => matchMedia("(max-width: 700px)").matches;
  let asking = 0;

  function dim(is) {
    for (const part of lists()) {
      part.classList.toggle("sl-busy", is);
      part.ariaBusy = String(is);
    }
  }

  // Every question goes through here: the lists of the one before are dimmed at once, and it goes out when that is
  // answered, as Gradio may show an earlier answer after a later one. What never ends is not waited for.
  const patience = 10_000;
  const ends = [];
  let last = Promise.resolve();
  shortlist.send = async (values) => {
    asking += 1;
    shortlist.isSent = true;
    dim(true);
    const before = last;
    last = new Promise((end) => ends.push(end));
    await Promise.race([before, new Promise((then) => setTimeout(then, patience))]);
    return values;
  };
  // After each answer, failed ones too.
  shortlist.done = () => {
    ends.shift()?.();
    asking = Math.max(0, asking - 1);
    if (!asking) dim(false);
    // An earlier question's answer does not hold what was chosen since.
    if (!asking && shortlist.isSent && shortlist.isAnswered) shortlist.asked = "";
    shortlist.isAnswered = false;
    bringBack();
  };

  // What was typed is kept until it is answered: a lost connection ends in a page loaded anew.
  const keep = (text) => {
    try {
      if (text === undefined) sessionStorage.removeItem(draft);
      else sessionStorage.setItem(draft, text);
    } catch {
      // Without storage there is nothing to bring back.
    }
  };
  const kept = () => {
    try {
      return sessionStorage.getItem(draft);
    } catch {
      return null;
    }
  };
  document.addEventListener("input", (happened) => {
    if (happened.target === box()) keep(happened.target.value);
  });
  const folded = (text) => text.split(/\s+/).filter(Boolean).join(" ");

  // On a phone the results lie below what was asked: they come into view, for who opens a link to them too.
  let asked = new URLSearchParams(location.search).has("q");
  const ask = (happened) => {
    if (happened.target.closest?.("#sl-go") || (happened.key === "Enter" && happened.target === box())) asked = true;
  };
  document.addEventListener("click", ask);
  document.addEventListener("keydown", ask, true);

  let broughtBack = false;
  function bringBack() {
    const text = broughtBack ? null : kept();
    broughtBack = true;
    if (!text || folded(text) === folded(box().value)) return;
    box().value = text;
    box().dispatchEvent(new Event("input", { bubbles: true }));
  }
  shortlist.answered = (address) => {
    if (broughtBack && folded(box().value) === (new URLSearchParams(address).get("q") ?? "")) keep();
    // The script may have come after the first answer's end; Gradio fills the box in the meantime.
    else if (!broughtBack) setTimeout(bringBack, 500);
    if (asked && isPhone()) requestAnimationFrame(() => document.querySelector("#sl-summary")?.scrollIntoView());
    asked = false;
  };

  // One tab stop a list or group: arrows, Home and End move inside.
  const stops = (group) => [...group.querySelectorAll("button, a, .sl-card")].filter((one) => !one.closest(".sl-card") || one.matches(".sl-card"));
  function stopAt(group, wanted) {
    for (const one of stops(group)) one.tabIndex = one === wanted ? 0 : -1;
  }
  shortlist.settle = (group) => {
    const all = stops(group);
    stopAt(group, all.find((one) => one === document.activeElement) ?? all.find((one) => one.ariaPressed === "true" && group.matches(".sl-view, .sl-sides")) ?? all[0]);
  };
  shortlist.rove = (happened) => {
    const group = happened.target.closest("[data-roving]");
    const all = stops(group);
    const at = all.indexOf(happened.target);
    const isList = group.matches("ol");
    const steps = isList ? { ArrowDown: 1, ArrowUp: -1 } : { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 };
    let next = { Home: all[0], End: all.at(-1) }[happened.key] ?? all[at + (steps[happened.key] ?? NaN)];
    if (isList && ["ArrowRight", "ArrowLeft"].includes(happened.key)) next = beside(happened.target, happened.key);
    if (at < 0 || !next) return;
    happened.preventDefault();
    if (next.closest("[data-roving]") === group) stopAt(group, next);
    next.focus();
  };
  // The same job in the other list, else the one at its rank.
  function beside(card, key) {
    const other = card.closest(".sl-compare").querySelector(key === "ArrowRight" ? ".sl-tuned" : ".sl-base");
    if (other.contains(card)) return undefined;
    return other.querySelector(`[data-listing="${CSS.escape(card.dataset.listing)}"]`) ?? other.querySelector(`[data-rank="${card.dataset.rank}"]`);
  }
  document.addEventListener("focusin", (happened) => {
    const group = happened.target.closest?.("[data-roving]");
    if (group && stops(group).includes(happened.target)) stopAt(group, happened.target);
  });
})();
