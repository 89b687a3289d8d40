// The tab in the address; Back and Forward between tabs; Back closes a dialog first.
(() => {
  const first = "compare";
  const mine = ["tab", "row", "wanted"];
  const partsOf = (text) => new URLSearchParams(text);
  const button = (name) => document.querySelector(`#sl-tabs [role=tab][data-tab-id="${CSS.escape(name)}"]`);
  const selected = () => document.querySelector("#sl-tabs [role=tab][aria-selected=true]")?.dataset.tabId;
  const named = () => partsOf(location.search).get("tab") ?? first;
  const wanted = () => (button(named()) ? named() : first);
  const dialog = () => document.querySelector("dialog[open]");

  // Inside a Space's frame, the page around it has the address that people see.
  function announce() {
    if (window.parent === window) return;
    const shared = [...partsOf(location.search)].filter(([name]) => !name.startsWith("__"));
    window.parent.postMessage({ queryString: String(new URLSearchParams(shared)) }, "https://huggingface.co");
  }

  // Sets names in the address, or takes those out that have no value.
  function write(values, { step = false } = {}) {
    const address = new URL(location);
    for (const [name, value] of Object.entries(values)) {
      if (value) address.searchParams.set(name, value);
      else address.searchParams.delete(name);
    }
    history[step ? "pushState" : "replaceState"](null, "", address);
    announce();
  }
  const open = (name = wanted()) => selected() !== name && button(name)?.click();
  window.shortlist.tabs = { open, write };

  // Scripts of a tab's own come once, when it is opened.
  const fetched = new Set();
  window.shortlist.fetchScript = (name) => {
    if (fetched.has(name)) return;
    fetched.add(name);
    const root = window.gradio_config.root.replace(/\/$/, "");
    document.head.append(Object.assign(document.createElement("script"), { src: `${root}/script/${name}` }));
  };

  let opened = false;
  function followTabs(changes) {
    if (!opened && selected()) {
      opened = true;
      open();
    } else if (changes.some(({ target }) => target.ariaSelected === "true") && selected() !== wanted()) {
      write({ tab: selected() === first ? "" : selected(), row: "" }, { step: true });
    }
  }

  // An open dialog has a step of its own in the history.
  const isMarked = () => Boolean(history.state?.dialog);
  let wasOpen = false;
  function followDialog() {
    // In a tab that is not shown, such as Compare's when the map opened it, a dialog is not either: its copy is.
    const hidden = [...document.querySelectorAll("dialog[open]")].find((one) => !one.getClientRects().length);
    if (hidden) {
      hidden.close();
      const copy = document.querySelector(".gradio-container").appendChild(hidden.cloneNode(true));
      copy.addEventListener("close", () => copy.remove());
      copy.showModal();
    }
    const isOpen = Boolean(dialog());
    if (isOpen && !wasOpen) history.pushState({ dialog: true }, "", location.href);
    else if (!isOpen && wasOpen && isMarked()) history.back();
    wasOpen = isOpen;
  }
  const forgetDialog = () => isMarked() && history.replaceState(null, "", location.href);

  document.addEventListener("click", (happened) => {
    const link = happened.target.closest?.("a[data-tab]");
    if (!link || happened.ctrlKey || happened.metaKey || happened.shiftKey) return;
    happened.preventDefault();
    open(link.dataset.tab);
  });

  // The same listing once more is the same HTML, which Gradio does not show anew.
  let last;
  document.addEventListener("click", (happened) => {
    if (happened.target.id !== "sl-opener") return;
    const asked = window.shortlist.opened + location.search;
    if (asked === last) document.querySelector(".sl-dialog")?.showModal();
    last = asked;
  });

  // The comparison's part of an address, in any order.
  const compared = (text) =>
    String([...partsOf(text)].filter(([name, value]) => value && !mine.includes(name) && !name.startsWith("__")).sort());
  const isCompared = () => compared(document.querySelector(".sl-state")?.dataset.address ?? "") === compared(location.search);

  // Before the comparison's script hears of it.
  window.addEventListener(
    "popstate",
    (happened) => {
      const shown = dialog();
      if (shown) shown.close();
      else forgetDialog();
      if (!shown) open();
      if (shown || isCompared()) happened.stopImmediatePropagation();
      window.dispatchEvent(new Event("shortlist:moved"));
      announce();
    },
    true,
  );
  forgetDialog();
  new MutationObserver((changes) => {
    followTabs(changes.filter(({ attributeName }) => attributeName === "aria-selected"));
    followDialog();
    const state = document.querySelector(".sl-state:not([data-announced])");
    if (state) announce();
    state?.setAttribute("data-announced", "");
  }).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["aria-selected", "open"] });
})();
