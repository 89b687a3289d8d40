// Draws the lines between the two columns, and lights a listing in both while it has hover or focus.
(() => {
  const svgName = "http://www.w3.org/2000/svg";
  const statuses = ["risen", "fallen", "unchanged", "entered", "left"];
  const stub = 22;

  const statusOf = (card) => statuses.find((status) => card.classList.contains("sl-" + status));
  const cardsOf = (compare, side) =>
    new Map([...compare.querySelectorAll(`.sl-${side} .sl-card`)].map((card) => [card.dataset.listing, card]));

  function addPath(svg, card, shape) {
    const path = document.createElementNS(svgName, "path");
    path.setAttribute("d", shape);
    path.setAttribute("class", statusOf(card));
    path.dataset.listing = card.dataset.listing;
    svg.append(path);
  }

  function draw(compare) {
    const svg = compare.querySelector(".sl-lines");
    const frame = compare.getBoundingClientRect();
    const base = cardsOf(compare, "base");
    const tuned = cardsOf(compare, "tuned");
    const at = (card, edge) => {
      const box = card.getBoundingClientRect();
      return [box[edge] - frame.left, box.top - frame.top + Math.min(28, box.height / 2)];
    };
    svg.replaceChildren();
    for (const [listing, card] of base) {
      const [x, y] = at(card, "right");
      if (tuned.has(listing)) {
        const [toX, toY] = at(tuned.get(listing), "left");
        const middle = (x + toX) / 2;
        addPath(svg, card, `M${x},${y} C${middle},${y} ${middle},${toY} ${toX},${toY}`);
      } else {
        addPath(svg, card, `M${x},${y} h${stub}`);
      }
    }
    for (const [listing, card] of tuned) {
      if (base.has(listing)) continue;
      const [x, y] = at(card, "left");
      addPath(svg, card, `M${x},${y} h${-stub}`);
    }
  }

  function light(compare, listing) {
    compare.classList.toggle("sl-some-lit", Boolean(listing));
    for (const item of compare.querySelectorAll(".sl-card, .sl-lines path")) {
      item.classList.toggle("sl-lit", item.dataset.listing === listing);
    }
  }

  function listen(event, find) {
    document.addEventListener(event, (happened) => {
      const compare = happened.target.closest?.(".sl-compare");
      if (compare) light(compare, find(happened)?.dataset.listing);
    });
  }

  const resized = new ResizeObserver((entries) => {
    for (const compare of new Set(entries.map((entry) => entry.target.closest(".sl-compare")))) {
      if (compare) draw(compare);
    }
  });

  const appeared = new MutationObserver(() => {
    for (const compare of document.querySelectorAll(".sl-compare:not([data-drawn])")) {
      compare.dataset.drawn = "yes";
      for (const part of [compare, ...compare.querySelectorAll(".sl-card")]) resized.observe(part);
      draw(compare);
    }
  });

  appeared.observe(document.documentElement, { childList: true, subtree: true });
  listen("mouseover", (happened) => happened.target.closest(".sl-card"));
  listen("mouseout", (happened) => happened.relatedTarget?.closest?.(".sl-card"));
  listen("focusin", (happened) => happened.target.closest(".sl-card"));
  listen("focusout", (happened) => happened.relatedTarget?.closest?.(".sl-card"));
})();
