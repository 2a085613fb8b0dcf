// A treemap to look into. The layout is in the data, in units of the map's width; a frame that is
// gone into is stretched over the window.
const data = JSON.parse(find("data").textContent);
const canvas = find("base");
// Where one path holds everything, its frame is the whole map.
const home = data.roots.length === 1 ? data.roots[0] : null;
const state = { inside: home, hovered: null };
let width = 1, height = 1, ratio = 1;

// How many frames lie around each.
const depths = data.items.map(() => 0);
data.items.forEach((item, index) => { if (item.parent !== null) depths[index] = depths[item.parent] + 1; });

function isInside(index) {
  if (state.inside === null) return true;
  while (index !== null && index !== state.inside) index = data.items[index].parent;
  return index !== null;
}

// From the map to the window.
function place([x, y, itemWidth, itemHeight]) {
  const [left, top, wide, high] = state.inside === null ? [0, 0, 1, data.height] : data.items[state.inside].frame;
  const margin = 10;
  const across = (width - 2 * margin) / wide, down = (height - 2 * margin) / high;
  return [(x - left) * across + margin, (y - top) * down + margin, itemWidth * across, itemHeight * down];
}

function paint() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue("--" + name).trim();
  const tints = [0, 1, 2, 3, 4, 5, 6, 7].map((number) => colour("tint-" + number));
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const shown = data.items.map((_, index) => index).filter(isInside);
  for (const index of shown) {
    const [x, y, wide, high] = place(data.items[index].cell);
    if (wide < 0.4 || high < 0.4) continue;
    context.fillStyle = tints[data.items[index].colour];
    context.fillRect(x, y, wide, high);
    context.strokeStyle = colour("ground");
    context.lineWidth = 1;
    context.strokeRect(x, y, wide, high);
    label(context, data.items[index], x, y, wide, high, colour("ink"), colour("soft"));
  }
  const outer = state.inside === null ? 0 : depths[state.inside];
  for (const index of shown) {
    if (data.items[index].children.length === 0) continue;
    const [x, y, wide, high] = place(data.items[index].frame);
    if (wide < 5 || high < 5) continue;
    context.strokeStyle = colour("ink");
    context.globalAlpha = 0.75;
    context.lineWidth = Math.max(0.8, 2.4 - 0.7 * (depths[index] - outer));
    context.strokeRect(x, y, wide, high);
    context.globalAlpha = 1;
  }
  if (state.hovered !== null) {
    const [x, y, wide, high] = place(data.items[state.hovered].frame);
    context.strokeStyle = colour("needs");
    context.lineWidth = 3;
    context.strokeRect(x, y, wide, high);
  }
}

function label(context, item, x, y, wide, high, ink, soft) {
  const size = Math.min(15, Math.max(10, high * 0.3));
  if (wide < 34 || high < size + 5) return;
  context.save();
  context.beginPath();
  context.rect(x, y, wide - 3, high);
  context.clip();
  context.textBaseline = "top";
  context.font = `${size}px system-ui, sans-serif`;
  context.fillStyle = ink;
  context.fillText(item.name, x + 5, y + 4);
  if (high > 2.5 * size) {
    context.font = `${size * 0.85}px system-ui, sans-serif`;
    context.fillStyle = soft;
    context.fillText(bytes(item.size), x + 5, y + 5 + size * 1.15);
  }
  context.restore();
}

// MARK: Going in and out

function enter(index) {
  state.inside = index;
  state.hovered = null;
  find("tip").hidden = true;
  tell();
  paint();
}

// The frame to go into at a point: the outermost in what is seen that holds more than itself.
function frameFor(index) {
  if (index === null) return null;
  let way = [];
  for (let at = index; at !== null && at !== state.inside; at = data.items[at].parent) way.unshift(at);
  return way.find((at) => data.items[at].children.length > 0) ?? null;
}

function out() { if (state.inside !== home) enter(data.items[state.inside].parent); }

function itemAt(event) {
  const box = canvas.getBoundingClientRect();
  const pointX = event.clientX - box.left, pointY = event.clientY - box.top;
  const found = data.items.findIndex((item, index) => {
    const [x, y, wide, high] = place(item.cell);
    return isInside(index) && pointX >= x && pointX < x + wide && pointY >= y && pointY < y + high;
  });
  return found < 0 ? null : found;
}

// MARK: What is told

function entry(index) {
  const item = data.items[index];
  const dot = element("span", { class: "dot tint-" + item.colour });
  const button = element(
    "button", { type: "button", onclick: () => enter(item.children.length > 0 ? index : item.parent) }, dot,
    element("span", {}, item.name), element("span", { class: "meta" }, bytes(item.retained)));
  return element("li", {}, button);
}

function tell() {
  const item = state.inside === home ? null : data.items[state.inside];
  const children = state.inside === null ? data.roots : data.items[state.inside].children;
  const facts = item === null
    ? [["size of all", bytes(data.total)], ["store items", number(data.items.length)]]
    : [["own size", bytes(item.size)], ["with all it holds", bytes(item.retained)],
      ["of everything", `${(100 * item.retained / Math.max(1, data.total)).toFixed(1)} %`]];
  find("panel").replaceChildren(
    element("h2", {}, item === null ? data.title : item.name),
    element("div", { class: "path" }, item === null ? "" : `${data.directory}/${item.path}`),
    element("dl", {}, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])),
    element("p", { class: "hint" },
      "Area is size. A frame is what would be freed if the item went: itself, and what nothing else leads to. "
        + "Click a frame to look into it, Esc to leave."),
    element("h3", {}, item === null ? "What it holds" : "What would go with it"),
    element("ul", { class: "list", id: "held" }, ...children.slice(0, 200).map(entry)));
  const trail = [];
  for (let at = state.inside; at !== home; at = data.items[at].parent) trail.unshift(at);
  find("trail").replaceChildren(
    ...[home, ...trail].map((at) => element(
      "button", { type: "button", class: "is-other", onclick: () => enter(at) }, at === home ? "all" : data.items[at].name)));
  find("out").disabled = state.inside === home;
}

canvas.addEventListener("pointermove", (event) => {
  const index = itemAt(event), frame = frameFor(index), box = find("tip");
  if (frame !== state.hovered) { state.hovered = frame; paint(); }
  canvas.style.cursor = frame === null ? "" : "pointer";
  box.hidden = index === null;
  if (index === null) return;
  const item = data.items[index];
  box.replaceChildren(
    element("b", {}, item.name), element("div", {}, `own size ${bytes(item.size)}`),
    element("div", {}, `with all it holds ${bytes(item.retained)}`),
    element("div", {}, item.parent === null ? "held by nothing else alone" : `held by ${data.items[item.parent].name}`));
  const area = canvas.getBoundingClientRect(), own = box.getBoundingClientRect();
  const x = event.clientX - area.left, y = event.clientY - area.top;
  box.style.left = (x + 16 + own.width > width ? x - own.width - 12 : x + 16) + "px";
  box.style.top = Math.min(y + 14, height - own.height - 8) + "px";
});
canvas.addEventListener("pointerleave", () => { state.hovered = null; find("tip").hidden = true; paint(); });
canvas.addEventListener("click", (event) => { const frame = frameFor(itemAt(event)); if (frame !== null) enter(frame); });
document.addEventListener("keydown", (event) => { if (event.key === "Escape") out(); });
find("out").onclick = out;

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
function setTheme(isDark) {
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  paint();
}
prefersDark.addEventListener("change", (event) => setTheme(event.matches));
find("theme").onclick = () => setTheme(document.documentElement.dataset.theme !== "dark");

new ResizeObserver(() => {
  ({ clientWidth: width, clientHeight: height } = find("stage"));
  ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
  canvas.style.width = width + "px"; canvas.style.height = height + "px";
  paint();
}).observe(find("stage"));

find("title").textContent = `${data.title} · ${bytes(data.total)}`;
setTheme(prefersDark.matches);
tell();
document.documentElement.dataset.ready = "true";

// For scripts that drive the page.
window.treemapPage = {
  data, state, enter,
  find: (name) => data.items.findIndex((item) => item.name === name),
  position: (index) => {
    const [x, y, wide, high] = place(data.items[index].cell), box = canvas.getBoundingClientRect();
    return { x: x + wide / 2 + box.left, y: y + high / 2 + box.top };
  },
};
