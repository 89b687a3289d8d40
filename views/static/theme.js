// Light or dark as somebody chose it, before anything is painted: it stands in the HTML, as Gradio adds scripts late.
(() => {
  const key = "shortlist-theme";
  const root = document.documentElement;
  const isTheme = (name) => ["light", "dark"].includes(name);
  let chosen = new URLSearchParams(location.search).get("__theme");
  try {
    if (!isTheme(chosen)) chosen = localStorage.getItem(key);
  } catch {
    // Storage may be forbidden, as in some frames.
  }

  // Gradio's page has two colours before it has a theme, and sets the body's class when it starts and with the system.
  function apply() {
    if (!isTheme(chosen)) return;
    root.style.cssText = chosen === "dark" ? "--bg: var(--bg-dark)" : "--bg-dark: var(--bg)";
    document.body?.classList.toggle("dark", chosen === "dark");
  }
  const follow = new MutationObserver(apply);
  apply();
  new MutationObserver((_, once) => {
    if (!document.body) return;
    once.disconnect();
    apply();
    follow.observe(document.body, { attributeFilter: ["class"] });
  }).observe(root, { childList: true });

  document.addEventListener("click", (happened) => {
    if (!happened.target.closest?.(".sl-theme")) return;
    chosen = document.body.classList.contains("dark") ? "light" : "dark";
    apply();
    const address = new URL(location);
    if (address.searchParams.has("__theme")) {
      address.searchParams.set("__theme", chosen);
      history.replaceState(history.state, "", address);
    }
    try {
      localStorage.setItem(key, chosen);
    } catch {
      // It lasts as long as the page, then.
    }
  });
})();
