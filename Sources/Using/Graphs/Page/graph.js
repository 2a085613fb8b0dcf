// Brings it all together: what a pointer, a key or a button does.
const model = new Model(JSON.parse(find("data").textContent));
const picture = new Picture(model, find("base"), find("overlay"));
const state = { selected: null, hovered: null, pickingFrom: null, way: null, focus: null, hiddenStages: new Set() };
const closures = { below: null, above: null };
let waiting = 0;

const panel = new Panel(model, find("panel"), { select, pick, focus, clear });

// MARK: What is seen

function isShown() {
  const shown = new Uint8Array(model.nodes.length);
  for (let node = 0; node < shown.length; node += 1) {
    const isHidden = state.hiddenStages.has(model.nodes[node].stage);
    shown[node] = !isHidden && (state.focus === null || state.focus[node]) ? 1 : 0;
  }
  return shown;
}

function arrange() {
  picture.layout = layOut(model, isShown(), (node) => picture.widths[node], picture.height / picture.width);
  picture.fit();
  paint();
}

function paintLater() {
  clearTimeout(waiting);
  waiting = setTimeout(paint, 140);
}

function paint() {
  clearTimeout(waiting);
  picture.paintBase();
  picture.paintOverlay();
  picture.paintMap(find("map"));
}

function moved() {
  picture.move(paintLater);
  picture.paintMap(find("map"));
}

function update() {
  picture.highlight = highlight();
  picture.paintOverlay();
}

// MARK: What is looked at

function highlight() {
  const { way, selected, hovered } = state;
  if (way) {
    const edges = way.slice(1).map((node, index) => [way[index], node, "way", 2.6]);
    return { dims: true, edges, nodes: way.map((node) => [node, "way"]) };
  }
  if (selected !== null) {
    const edges = [], nodes = [];
    for (const [closure, colour] of [[closures.below, "needs"], [closures.above, "users"]]) {
      for (const node of closure.members) {
        if (node !== selected) nodes.push([node, null]);
        model.needs[node].forEach((needed, edge) => {
          if (closure.has[needed] && node !== selected && needed !== selected && !model.implied[node][edge]) {
            edges.push([node, needed, colour, 0.8]);
          }
        });
      }
    }
    for (const node of model.needs[selected]) { edges.push([selected, node, "needs", 1.8]); nodes.push([node, "needs"]); }
    for (const node of model.users[selected]) { edges.push([node, selected, "users", 1.8]); nodes.push([node, "users"]); }
    nodes.push([selected, "ink"]);
    if (hovered !== null && hovered !== selected) nodes.push([hovered, "ink"]);
    return { dims: true, edges, nodes };
  }
  if (hovered !== null) {
    const edges = [
      ...model.needs[hovered].map((node) => [hovered, node, "needs", 1.6]),
      ...model.users[hovered].map((node) => [node, hovered, "users", 1.6]),
    ];
    const nodes = [
      ...model.needs[hovered].map((node) => [node, "needs"]), ...model.users[hovered].map((node) => [node, "users"]),
      [hovered, "ink"],
    ];
    return { dims: false, edges, nodes };
  }
  return null;
}

function select(node) {
  if (state.pickingFrom !== null) return between(state.pickingFrom, node);
  if (picture.layout.column[node] < 0) {
    // What is hidden comes back when it is asked for.
    state.focus = null;
    state.hiddenStages.delete(model.nodes[node].stage);
    drawStages();
    arrange();
  }
  Object.assign(state, { selected: node, way: null, hovered: null });
  closures.below = model.closure(node, model.needs);
  closures.above = model.closure(node, model.users);
  panel.listed.clear();
  panel.node(node, closures.below, closures.above);
  hideTip();
  if (!picture.isOnScreen(node) || picture.scale < 0.3) { picture.show(node); paint(); }
  update();
  history.replaceState(null, "", "#" + encodeURIComponent(model.nodes[node].path));
}

function pick(node) {
  state.pickingFrom = node;
  panel.picking(node);
}

function between(first, second) {
  const forward = model.way(first, second);
  const way = forward ?? model.way(second, first);
  const [start, end] = forward || !way ? [first, second] : [second, first];
  Object.assign(state, { pickingFrom: null, selected: null, hovered: null, way: way ?? [start, end] });
  if (way?.some((node) => picture.layout.column[node] < 0)) {
    state.focus = null;
    state.hiddenStages.clear();
    drawStages();
    arrange();
  }
  panel.way(start, end, way);
  hideTip();
  picture.highlight = highlight();
  if (!way) picture.highlight.edges = [];
  picture.fit();
  paint();
}

function focus(node, direction) {
  state.focus = closures[direction].has;
  arrange();
  update();
}

function clear() {
  const hadFocus = state.focus !== null;
  const wasNothing = state.selected === null && state.way === null && state.pickingFrom === null;
  Object.assign(state, { selected: null, way: null, pickingFrom: null, hovered: null });
  panel.overview();
  if (hadFocus && wasNothing) { state.focus = null; arrange(); }
  history.replaceState(null, "", "#");
  update();
}

// MARK: Pointing

const pointers = new Map();
let dragged = 0;
const overlay = find("overlay");

function place(event) {
  const box = overlay.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

overlay.addEventListener("pointerdown", (event) => {
  overlay.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, place(event));
  dragged = 0;
});
overlay.addEventListener("pointermove", (event) => {
  const now = place(event), before = pointers.get(event.pointerId);
  if (!before) return hover(now);
  if (pointers.size === 2) {
    const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    const length = (point) => Math.hypot(point.x - other.x, point.y - other.y);
    picture.zoom(length(now) / Math.max(1, length(before)), (now.x + other.x) / 2, (now.y + other.y) / 2);
  } else {
    picture.x += now.x - before.x;
    picture.y += now.y - before.y;
  }
  dragged += Math.hypot(now.x - before.x, now.y - before.y);
  pointers.set(event.pointerId, now);
  if (dragged > 3) { overlay.style.cursor = "grabbing"; hideTip(); moved(); }
});
for (const name of ["pointerup", "pointercancel"]) {
  overlay.addEventListener(name, (event) => {
    pointers.delete(event.pointerId);
    overlay.style.cursor = "";
    if (name === "pointercancel" || dragged > 3) return;
    const point = place(event);
    const node = picture.nodeAt(point.x, point.y);
    if (node === null) { if (state.pickingFrom === null) clear(); return; }
    if (event.shiftKey && state.selected !== null && state.selected !== node) between(state.selected, node);
    else select(node);
  });
}
overlay.addEventListener("pointerleave", () => hover(null));
overlay.addEventListener("wheel", (event) => {
  event.preventDefault();
  const { x, y } = place(event);
  const step = event.deltaMode === 1 ? 16 : 1;
  picture.zoom(Math.exp(-event.deltaY * step * (event.ctrlKey ? 0.01 : 0.0016)), x, y);
  moved();
}, { passive: false });
overlay.addEventListener("dblclick", (event) => { const { x, y } = place(event); picture.zoom(1.8, x, y); moved(); });

function hover(point) {
  const node = point === null ? null : picture.nodeAt(point.x, point.y);
  overlay.style.cursor = node === null ? "" : "pointer";
  if (node !== state.hovered) { state.hovered = node; update(); }
  if (node === null) hideTip(); else tip(node, point);
}

function hideTip() { find("tip").hidden = true; }

function tip(index, point) {
  const node = model.nodes[index];
  const below = model.closure(index, model.needs).members;
  const isReferences = model.relation === "references";
  const members = isReferences ? below : below.filter((member) => member !== index);
  const total = model.size(members);
  const lines = [
    [node.stage === null ? null : model.stages[node.stage], kindName(node.kind, node.count)].filter(Boolean).join(" · "),
    node.count > 1 ? null : node.path.slice(0, 32),
    node.size === null ? null : `size ${bytes(node.size)}`,
    `${model.words.below} ${number(model.things(members))}${total > 0 ? ", " + bytes(total) : ""}`,
    `${model.words.needs} ${model.needs[index].length}, ${model.words.users} ${model.users[index].length}`,
  ];
  const box = find("tip");
  box.replaceChildren(
    element("b", {}, node.name), ...lines.filter(Boolean).map((line) => element("div", {}, line)));
  box.hidden = false;
  const { width, height } = box.getBoundingClientRect();
  const x = point.x + 16 + width > picture.width ? point.x - width - 12 : point.x + 16;
  const y = Math.min(point.y + 14, picture.height - height - 8);
  box.style.left = Math.max(4, x) + "px";
  box.style.top = Math.max(4, y) + "px";
}

// MARK: Keys

function walk(nodes) {
  const shown = nodes.filter((node) => picture.layout.column[node] >= 0);
  const from = picture.layout.y[state.selected];
  const near = shown.toSorted((a, b) => Math.abs(picture.layout.y[a] - from) - Math.abs(picture.layout.y[b] - from));
  if (near.length > 0) select(near[0]);
}

function neighbour(step) {
  const column = picture.layout.columns[picture.layout.column[state.selected]];
  const node = column?.[column.indexOf(state.selected) + step];
  if (node !== undefined) select(node);
}

document.addEventListener("keydown", (event) => {
  if (event.target instanceof HTMLInputElement) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { key } = event;
  if (key === "/") find("search").focus();
  else if (key === "Escape") clear();
  else if (key === "0") { picture.fit(); paint(); }
  else if (key === "+" || key === "=") { picture.zoom(1.3); moved(); }
  else if (key === "-") { picture.zoom(1 / 1.3); moved(); }
  else if (key.startsWith("Arrow") && state.selected === null) { select(model.nodes.findIndex((node) => node.root)); }
  else if (key === "ArrowRight") walk(model.needs[state.selected]);
  else if (key === "ArrowLeft") walk(model.users[state.selected]);
  else if (key === "ArrowUp") neighbour(-1);
  else if (key === "ArrowDown") neighbour(1);
  else return;
  event.preventDefault();
});

// MARK: Search

const search = find("search"), matches = find("matches");
let found = [], active = 0;

function lookUp() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = (node) => {
    const name = model.nodes[node].name.toLowerCase();
    return name === words[0] ? 0 : name.startsWith(words[0]) ? 1 : 2;
  };
  const hits = words.length === 0 ? [] : model.nodes.map((_, node) => node).filter((node) => {
    const text = `${model.nodes[node].name} ${model.nodes[node].path}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  found = hits.sort((a, b) => rank(a) - rank(b) || model.users[b].length - model.users[a].length).slice(0, 60);
  active = 0;
  drawMatches(words.length > 0);
}

function drawMatches(isAsked) {
  matches.replaceChildren(...found.map((node, index) => element(
    "li", { role: "option", id: "match-" + index, "aria-selected": index === active ? "true" : "false", onclick: () => take(node) },
    element("span", { class: "dot is-" + model.tint(node) }), element("span", {}, model.nodes[node].name),
    element("span", { class: "meta" }, model.nodes[node].path.slice(0, 6)))));
  if (isAsked && found.length === 0) matches.append(element("li", { class: "hint" }, "nothing has that name"));
  matches.hidden = !isAsked;
  search.setAttribute("aria-expanded", String(isAsked));
  if (found.length > 0) search.setAttribute("aria-activedescendant", "match-" + active);
  matches.children[active]?.scrollIntoView({ block: "nearest" });
}

function take(node) {
  matches.hidden = true;
  search.setAttribute("aria-expanded", "false");
  search.blur();
  select(node);
  overlay.focus();
}

search.addEventListener("input", lookUp);
search.addEventListener("focus", lookUp);
search.addEventListener("blur", () => setTimeout(() => { matches.hidden = true; }, 150));
search.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") active = Math.min(found.length - 1, active + 1);
  else if (event.key === "ArrowUp") active = Math.max(0, active - 1);
  else if (event.key === "Enter" && found.length > 0) return take(found[active]);
  else if (event.key === "Escape") { search.value = ""; search.blur(); return; }
  else return;
  event.preventDefault();
  drawMatches(true);
});

// MARK: Buttons

function drawStages() {
  find("stages").replaceChildren(...model.stages.map((name, stage) => {
    const button = element(
      "button", { type: "button", class: "is-" + stageTint(name), "aria-pressed": String(!state.hiddenStages.has(stage)),
        title: `Show or hide the stage ${name}` }, name);
    button.onclick = () => {
      if (!state.hiddenStages.delete(stage)) state.hiddenStages.add(stage);
      drawStages();
      arrange();
      update();
    };
    return button;
  }).reverse());
}

find("fit").onclick = () => { picture.fit(); paint(); };
find("zoom-in").onclick = () => { picture.zoom(1.4); moved(); };
find("zoom-out").onclick = () => { picture.zoom(1 / 1.4); moved(); };
find("implied").onclick = () => setImplied(!picture.showsImplied);

function setImplied(isShown) {
  picture.showsImplied = isShown;
  find("implied").setAttribute("aria-pressed", String(isShown));
  if (picture.layout) paint();
}

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
function setTheme(isDark) {
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  picture.readColours();
  if (picture.layout) { paint(); panel.again?.(); }
}
prefersDark.addEventListener("change", (event) => setTheme(event.matches));
find("theme").onclick = () => setTheme(document.documentElement.dataset.theme !== "dark");

find("map").addEventListener("pointerdown", (event) => {
  const box = find("map").getBoundingClientRect();
  const x = (event.clientX - box.left) / picture.mapScale + picture.layout.left;
  const y = (event.clientY - box.top) / picture.mapScale + picture.layout.top;
  picture.x = picture.width / 2 - x * picture.scale;
  picture.y = picture.height / 2 - y * picture.scale;
  moved();
});

new ResizeObserver(() => {
  const { clientWidth, clientHeight } = find("stage");
  const isFirst = picture.layout === undefined;
  picture.resize(clientWidth, clientHeight);
  if (isFirst) start(); else paint();
}).observe(find("stage"));

function start() {
  find("title").textContent = model.title;
  setTheme(prefersDark.matches);
  // Where there are very many, those that longer ways imply only hide the others.
  setImplied(model.edgeCount <= 4000);
  drawStages();
  panel.overview();
  arrange();
  const asked = decodeURIComponent(location.hash.slice(1));
  const node = model.nodes.findIndex(({ path }) => path === asked);
  if (asked !== "" && node >= 0) select(node);
  document.documentElement.dataset.ready = "true";
}

// For scripts that drive the page: where a node is on the screen, and what is looked at.
window.graphPage = {
  model, state, select, between,
  find: (name) => model.nodes.findIndex((node) => node.name === name),
  position: (node) => {
    const box = overlay.getBoundingClientRect(), point = picture.screen(node);
    return { x: point.x + box.left, y: point.y + box.top };
  },
  view: () => ({ scale: picture.scale, x: picture.x, y: picture.y, cost: picture.shown.cost }),
};
