// A comparison as a file: CSV and JSON as the server makes them, the chart as a picture drawn here.
(() => {
  const shortlist = window.shortlist;
  const width = 1200;
  const row = 46;
  const column = 500;
  const query = () => document.querySelector("#sl-query textarea").value.trim();
  const types = { csv: "text/csv", json: "application/json" };

  function download(kind, blob) {
    const name = query().toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60).replace(/^-|-$/g, "");
    shortlist.save(`shortlist-${name || "comparison"}.${kind}`, blob);
  }
  shortlist.saveAs = (text) => download(shortlist.saving, new Blob([text], { type: types[shortlist.saving] }));

  function drawPicture() {
    const compare = document.querySelector(".sl-compare");
    const sides = ["base", "tuned"].map((side) => compare.querySelector(".sl-" + side));
    const cards = sides.map((side) => [...side.querySelectorAll(".sl-card")]);
    const top = 118;
    const height = top + row * Math.max(...cards.map((list) => list.length)) + 40;
    const canvas = Object.assign(document.createElement("canvas"), { width: 2 * width, height: 2 * height });
    const pen = canvas.getContext("2d");
    const style = getComputedStyle(compare);
    const colour = (name) => style.getPropertyValue("--sl-" + name).trim();
    const colours = { risen: "up", entered: "up", fallen: "down", left: "down" };
    const statusOf = (card) => colour(Object.entries(colours).find(([name]) => card.classList.contains("sl-" + name))?.[1] ?? "same");
    const write = (text, x, y, { size = 15, weight = 400, fill = "ink", room = width - 40, align = "left" } = {}) => {
      Object.assign(pen, { font: `${weight} ${size}px system-ui, sans-serif`, fillStyle: fill.startsWith("#") ? fill : colour(fill), textAlign: align });
      let shown = text;
      while (pen.measureText(shown).width > room && shown.length > 1) shown = shown.replace(/…$/, "").slice(0, -1) + "…";
      pen.fillText(shown, x, y);
    };
    const heading = (side) => side.querySelector("h2").textContent;
    const said = (part, selector) => part.querySelector(selector)?.textContent.trim().replace(/\s+/g, " ") ?? "";
    pen.scale(2, 2);
    pen.fillStyle = colour("paper");
    pen.fillRect(0, 0, width, height);
    write(query(), 20, 34, { size: 22, weight: 700 });
    write(said(document, ".sl-told p"), 20, 60, { fill: "soft" });
    const lefts = [20, width - 20 - column];
    sides.forEach((side, number) => {
      write(heading(side), lefts[number], 98, { size: 17, weight: 700, room: column / 2 });
      write(said(side, ".sl-model"), lefts[number] + column, 98, { size: 13, fill: "soft", room: column / 2, align: "right" });
    });
    const middle = (number) => top + row * number + (row - 6) / 2;
    const places = cards.map((list) => new Map(list.map((card, number) => [card.dataset.listing, number])));
    const line = (card, from, to, x, toX) => {
      const bend = (x + toX) / 2;
      Object.assign(pen, { strokeStyle: statusOf(card), lineWidth: Math.min(6, 1.2 + 0.9 * Math.log2(1 + Number(card.dataset.places))), globalAlpha: 0.6 });
      pen.beginPath();
      pen.moveTo(x, from);
      pen.bezierCurveTo(bend, from, bend, to, toX, to);
      pen.stroke();
      pen.globalAlpha = 1;
    };
    const edges = [lefts[0] + column, lefts[1]];
    cards.forEach((list, side) =>
      list.forEach((card, number) => {
        const x = lefts[side];
        pen.fillStyle = colour("card");
        pen.fillRect(x, top + row * number, column, row - 6);
        pen.fillStyle = statusOf(card);
        pen.fillRect(x, top + row * number, 4, row - 6);
        write(card.dataset.rank, x + 22, middle(number) + 5, { weight: 700, fill: "soft", align: "center" });
        write(said(card, "h3"), x + 42, middle(number) - 2, { weight: 650, room: column - 160 });
        write(said(card, ".sl-place"), x + 42, middle(number) + 14, { size: 12, fill: "soft", room: column - 160 });
        write(said(card, ".sl-move"), x + column - 10, middle(number) + 5, { size: 13, weight: 650, fill: statusOf(card), align: "right" });
        const other = places[1 - side].get(card.dataset.listing);
        if (other === undefined) line(card, middle(number), middle(number), edges[side], edges[side] + (side ? -30 : 30));
        else if (!side) line(card, middle(number), middle(other), ...edges);
      }),
    );
    write("Shortlist", width - 20, height - 14, { size: 13, fill: "soft", align: "right" });
    return canvas;
  }

  document.addEventListener("click", (happened) => {
    const kind = happened.target.closest?.("[data-save]")?.dataset.save;
    if (!kind) return;
    shortlist.saving = kind;
    if (kind === "png") drawPicture().toBlob((blob) => download(kind, blob));
    else document.querySelector("#sl-exporter")?.click();
  });
})();
