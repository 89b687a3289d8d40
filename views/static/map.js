// The map: dots on canvas, both maps under one zoom; numbers that keep apart; a click opens the listing.
(() => {
  const size = 10000;
  const reach = 12;
  const apart = 22;
  const movers = 24;
  const many = 5000;
  const style = (name, part = document.body) => getComputedStyle(part).getPropertyValue(name);
  const maps = new WeakMap();
  const pair = (text) => text.split(" ").map(Number);
  const placeOf = (places, row) => [places[2 * row], places[2 * row + 1]];

  function read(atlas) {
    const points = JSON.parse(atlas.dataset.points);
    const rows = points.id.map((_, row) => row);
    const far = (row) => Math.hypot(points.tuned[2 * row] - points.base[2 * row], points.tuned[2 * row + 1] - points.base[2 * row + 1]);
    const best = new Set([...atlas.querySelectorAll(".sl-no")].map(({ dataset }) => dataset.id));
    const farthest = () => [...rows].sort((one, other) => far(other) - far(one)).slice(0, movers);
    const moved = best.size ? rows.filter((row) => best.has(points.id[row])) : farthest();
    const families = Map.groupBy(rows, (row) => points.family[row]);
    return { ...points, families, moved: moved.filter((row) => far(row) > size / 50), zoom: 1, x: size / 2, y: size / 2 };
  }
  const mapOf = (atlas) => maps.get(atlas) ?? maps.set(atlas, read(atlas)).get(atlas);

  // Returns what turns a place into pixels of the canvas.
  function viewOf({ zoom, x, y }, canvas) {
    const wide = canvas.clientWidth;
    const unit = ((wide - 24) / size) * zoom;
    return { x, y, wide, unit, at: ([toX, toY]) => [(toX - x) * unit + wide / 2, (toY - y) * unit + wide / 2] };
  }

  function stroke(paint, width, draw) {
    Object.assign(paint, { strokeStyle: style("--sl-ink"), lineWidth: width }).beginPath();
    draw();
    paint.stroke();
  }
  function line(paint, from, to) {
    paint.moveTo(...from);
    paint.lineTo(...to);
  }

  function drawDots(paint, colour, rows, places, { x, y, unit, wide }) {
    paint.fillStyle = colour;
    paint.beginPath();
    for (const row of rows) {
      const [atX, atY] = [(places[2 * row] - x) * unit + wide / 2, (places[2 * row + 1] - y) * unit + wide / 2];
      if (atX > -9 && atY > -9 && atX < wide + 9 && atY < wide + 9) paint.moveTo(atX, atY), paint.arc(atX, atY, 2.6, 0, 7);
    }
    paint.fill();
  }

  // Four pixels a dot, as shapes would take too long.
  function drawPixels(cells, colour, rows, places, { x, y, unit, wide }, width) {
    const [red, green, blue] = colour.match(/[0-9a-f]{2}/gi).map((part) => parseInt(part, 16));
    const dense = width / wide;
    for (const row of rows) {
      const atX = (((places[2 * row] - x) * unit + wide / 2) * dense) | 0;
      const atY = (((places[2 * row + 1] - y) * unit + wide / 2) * dense) | 0;
      if (atX < 0 || atY < 0 || atX > width - 2 || atY > width - 2) continue;
      const cell = atY * width + atX;
      cells[cell] = cells[cell + 1] = cells[cell + width] = cells[cell + width + 1] = (255 << 24) | (blue << 16) | (green << 8) | red;
    }
  }

  function drawFamilies(paint, atlas, map, places, view) {
    const { width } = paint.canvas;
    const image = map.id.length > many && paint.createImageData(width, width);
    const cells = image && new Uint32Array(image.data.buffer);
    for (const [family, rows] of map.families) {
      const colour = style("--sl-dot", atlas.querySelector(`.sl-family-${family}`));
      if (image) drawPixels(cells, colour, rows, places, view, width);
      else drawDots(paint, colour, rows, places, view);
    }
    if (image) paint.putImageData(image, 0, 0);
  }

  // From where the base has a listing; they end before its number.
  function drawArrows(paint, map, { at }) {
    for (const row of map.moved) {
      const [from, to] = [map.base, map.tuned].map((places) => at(placeOf(places, row)));
      const turn = Math.atan2(to[1] - from[1], to[0] - from[0]);
      const back = (start, length, angle) => [start[0] - length * Math.cos(angle), start[1] - length * Math.sin(angle)];
      const tip = back(to, 11, turn);
      stroke(paint, 1.2, () => {
        line(paint, from, tip);
        for (const side of [-0.5, 0.5]) line(paint, tip, back(tip, 8, turn + side));
      });
    }
  }

  // Each number, best first, at the nearest free place: on a ring around its dot that covers no number before it.
  function spread(places, wide) {
    const within = (part) => Math.min(Math.max(part, 11), wide - 11);
    const placed = [];
    for (const [x, y] of places) {
      const isFree = (place) => placed.every((other) => Math.hypot(place[0] - other[0], place[1] - other[1]) >= apart);
      let place = [within(x), within(y)];
      for (let step = 0; !isFree(place) && step < 24 * wide; step++) {
        const [far, turn] = [Math.floor(step / 24), (step * Math.PI) / 12];
        place = [within(x + far * Math.cos(turn)), within(y + far * Math.sin(turn))];
      }
      placed.push(place);
    }
    return placed;
  }

  function placeNumbers(paint, plane, { at, wide }) {
    const buttons = [...plane.querySelectorAll(".sl-no")].map((button) => [button, at(pair(button.dataset.at))]);
    const seen = buttons.filter(([, place]) => place.every((part) => part > -1 && part < wide + 1));
    const places = spread(seen.map(([, place]) => place), wide);
    for (const [button] of buttons) button.hidden = true;
    seen.forEach(([button, place], number) => {
      const [x, y] = places[number];
      Object.assign(button, { hidden: false }).style.transform = `translate(${x - 10}px, ${y - 10}px)`;
      stroke(paint, 1, () => line(paint, place, [x, y]));
    });
  }

  function drawPlane(atlas, map, plane) {
    const canvas = plane.firstElementChild;
    const view = viewOf(map, canvas);
    const { side, cross } = plane.dataset;
    const dense = devicePixelRatio || 1;
    if (!view.wide) return;
    canvas.width = canvas.height = Math.round(view.wide * dense);
    const paint = canvas.getContext("2d");
    paint.scale(dense, dense);
    drawFamilies(paint, atlas, map, map[side], view);
    if (side === "tuned") drawArrows(paint, map, view);
    placeNumbers(paint, plane, view);
    if (cross) {
      const [x, y] = view.at(pair(cross));
      stroke(paint, 3, () => [-7, 7].forEach((turn) => line(paint, [x - 7, y - turn], [x + 7, y + turn])));
    }
  }
  // Once a frame, however many events there were.
  const waiting = new Set();
  function redraw(atlas) {
    if (!waiting.size)
      requestAnimationFrame(() => {
        for (const one of waiting) for (const plane of one.querySelectorAll(".sl-plane")) drawPlane(one, mapOf(one), plane);
        waiting.clear();
      });
    waiting.add(atlas);
  }

  function nearest(map, plane, { clientX, clientY }) {
    const { x, y, unit, wide } = viewOf(map, plane.firstElementChild);
    const box = plane.firstElementChild.getBoundingClientRect();
    const places = map[plane.dataset.side];
    // The pointer's place among the dots.
    const [atX, atY] = [(clientX - box.left - wide / 2) / unit + x, (clientY - box.top - wide / 2) / unit + y];
    let [best, least] = [-1, (reach / unit) ** 2];
    for (let row = 0; row < map.id.length; row++) {
      const far = (places[2 * row] - atX) ** 2 + (places[2 * row + 1] - atY) ** 2;
      if (far < least) (best = row), (least = far);
    }
    return best;
  }

  // Rings a listing's dot in both maps.
  function ring(atlas, map, row) {
    for (const plane of atlas.querySelectorAll(".sl-plane")) {
      const mark = plane.querySelector(".sl-dot-ring");
      mark.hidden = row < 0;
      if (row < 0) continue;
      const [x, y] = viewOf(map, plane.firstElementChild).at(placeOf(map[plane.dataset.side], row));
      mark.style.transform = `translate(${x - 8}px, ${y - 8}px)`;
    }
  }

  function tell(atlas, row, said, x, y) {
    const map = mapOf(atlas);
    const tip = atlas.querySelector(".sl-map-tip");
    const frame = atlas.getBoundingClientRect();
    ring(atlas, map, row);
    Object.assign(tip, { hidden: !said, textContent: said });
    tip.style.left = Math.max(0, Math.min(x - frame.left + 12, frame.width - tip.offsetWidth)) + "px";
    tip.style.top = y - frame.top + 14 + "px";
  }
  const hush = (atlas) => tell(atlas, -1, "", 0, 0);

  function move(atlas, dx, dy, times = 1) {
    const map = mapOf(atlas);
    const { unit } = viewOf(map, atlas.querySelector("canvas"));
    map.zoom = Math.min(40, Math.max(1, map.zoom * times));
    const half = size / 2 / map.zoom;
    const within = (place) => Math.min(size - half, Math.max(half, place));
    Object.assign(map, { x: within(map.x - dx / unit), y: within(map.y - dy / unit) });
    atlas.classList.toggle("sl-zoomed", map.zoom > 1);
    hush(atlas);
    redraw(atlas);
  }
  function open(id) {
    window.shortlist.opened = id;
    document.querySelector("#sl-opener")?.click();
  }

  let pressed, pointed;
  let dragged = 0;
  const keys = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60], "+": [0, 0, 1.6], "-": [0, 0, 0.625] };
  const listeners = {
    pointerdown(_, plane, happened) {
      pressed = plane && !happened.target.matches(".sl-no") ? happened : undefined;
      dragged = 0;
    },
    pointermove(atlas, plane, happened, number) {
      if (pointed && pointed !== atlas) hush(pointed);
      pointed = atlas;
      if (!plane) return atlas && hush(atlas);
      const map = mapOf(atlas);
      if (pressed?.buttons && happened.buttons) {
        const [dx, dy] = [happened.clientX - pressed.clientX, happened.clientY - pressed.clientY];
        dragged += Math.abs(dx) + Math.abs(dy);
        pressed = happened;
        return move(atlas, dx, dy);
      }
      const row = number ? map.id.indexOf(number.dataset.id) : nearest(map, plane, happened);
      tell(atlas, row, number?.dataset.said ?? map.said[row] ?? "", happened.clientX, happened.clientY);
    },
    click(atlas, plane, happened, number) {
      const { zoom } = happened.target.dataset;
      if (atlas && zoom) return move(atlas, 0, 0, Number(zoom));
      if (number) return open(number.dataset.id);
      const row = plane && dragged < 6 ? nearest(mapOf(atlas), plane, happened) : -1;
      if (row >= 0) open(mapOf(atlas).id[row]);
    },
    keydown(atlas, _, happened) {
      if (happened.key === "Escape") document.querySelectorAll(".sl-atlas").forEach(hush);
      if (!keys[happened.key] || happened.target.tagName !== "CANVAS") return;
      happened.preventDefault();
      move(atlas, ...keys[happened.key]);
    },
    focusin(atlas, _, __, number) {
      const box = number?.getBoundingClientRect();
      if (box) tell(atlas, mapOf(atlas).id.indexOf(number.dataset.id), number.dataset.said, box.right, box.bottom);
    },
    focusout: (atlas, _, __, number) => number && hush(atlas),
    wheel(atlas, plane, happened) {
      if (!plane || !(happened.ctrlKey || happened.metaKey)) return;
      happened.preventDefault();
      const box = plane.getBoundingClientRect();
      const [dx, dy] = [box.left + box.width / 2 - happened.clientX, box.top + box.height / 2 - happened.clientY];
      // What is under the pointer stays there.
      move(atlas, dx, dy);
      move(atlas, 0, 0, happened.deltaY < 0 ? 1.25 : 0.8);
      move(atlas, -dx, -dy);
    },
  };
  for (const [event, act] of Object.entries(listeners)) {
    const find = (happened) => [".sl-atlas", ".sl-plane", ".sl-no"].map((selector) => happened.target.closest?.(selector));
    const hear = (happened) => {
      const [atlas, plane, number] = find(happened);
      act(atlas, plane, happened, number);
    };
    document.addEventListener(event, hear, { passive: false });
  }
  const resized = new ResizeObserver((entries) => entries.forEach(({ target }) => redraw(target.closest(".sl-atlas"))));
  // The maps may have come before this script.
  const follow = (changes) => {
    for (const canvas of document.querySelectorAll(".sl-plane canvas:not([data-seen])")) {
      canvas.dataset.seen = "yes";
      // Gradio makes new maps out of old ones: watched already, and with other dots.
      const atlas = canvas.closest(".sl-atlas");
      maps.delete(atlas);
      resized.observe(canvas);
      redraw(atlas);
    }
    // Its colours are of the theme.
    if (changes.some(({ target }) => target === document.body)) document.querySelectorAll(".sl-atlas").forEach(redraw);
  };
  follow([]);
  new MutationObserver(follow).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["class"] });
})();
