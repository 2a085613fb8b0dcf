// What is told beside the picture.
function capital(text) { return text[0].toUpperCase() + text.slice(1); }

class Panel {
  // `act` is what can be asked for: select(node), pick(node), focus(node, direction), clear().
  constructor(model, root, act) {
    this.model = model;
    this.root = root;
    this.act = act;
    this.listed = new Map();
  }

  #fill(...children) {
    this.root.replaceChildren(...children.filter((child) => child !== null));
    this.root.scrollTop = 0;
  }

  #dot(node) { return element("span", { class: "dot is-" + this.model.tint(node) }); }

  #entry(node, meta = null) {
    const { size } = this.model.nodes[node];
    const text = meta ?? (size === null ? "" : bytes(size));
    return element(
      "li", {},
      element(
        "button", { type: "button", "data-node": node, onclick: () => this.act.select(node) },
        this.#dot(node), element("span", {}, this.model.nodes[node].name), element("span", { class: "meta" }, text)));
  }

  // A list of nodes by size, of a long one the beginning.
  #list(title, nodes, key) {
    if (nodes.length === 0) return element("div", {}, element("h3", {}, `${title}: nothing`));
    const weight = (node) => this.model.nodes[node].size ?? 0;
    const sorted = nodes.toSorted((a, b) => weight(b) - weight(a) || a - b);
    const limit = this.listed.get(key) ?? 40;
    const list = element("ul", { class: "list" }, ...sorted.slice(0, limit).map((node) => this.#entry(node)));
    if (sorted.length > limit) {
      const more = element(
        "button", { type: "button", class: "all", onclick: () => { this.listed.set(key, Infinity); this.again(); } },
        `${number(sorted.length - limit)} more`);
      list.append(element("li", {}, more));
    }
    return element("div", { id: key }, element("h3", {}, `${title} ${number(nodes.length)}`), list);
  }

  overview() {
    this.again = () => this.overview();
    const { model } = this;
    const all = model.nodes.map((_, node) => node);
    const parts = [
      element("h2", {}, model.title),
      element("p", { class: "hint" }, `${model.words.about}: lines lead there, to the right or to another stage.`),
      this.#facts([
        ["nodes", number(all.length)],
        ["standing for", model.things(all) > all.length ? number(model.things(all)) : null],
        ["edges", number(model.edgeCount)],
        ["bytes in the store", model.size(all) > 0 ? bytes(model.size(all)) : null],
      ]),
    ];
    if (model.stages.length > 0) {
      parts.push(element("h3", {}, "Stages"), element("table", { class: "legend" }, ...this.#stages(all)));
    }
    parts.push(element("h3", {}, "Shapes"), element("table", { class: "legend" }, ...this.#kinds(all)));
    const large = all.filter((node) => model.nodes[node].size > 0)
      .sort((a, b) => model.nodes[b].size - model.nodes[a].size).slice(0, 8);
    if (large.length > 0) {
      parts.push(element("h3", {}, "Largest"), element("ul", { class: "list" }, ...large.map((node) => this.#entry(node))));
    }
    const key = (text) => element("kbd", {}, text);
    parts.push(
      element("h3", {}, "How to look"),
      element(
        "p", { class: "hint" }, "Drag to move, wheel to zoom, click to select. ", key("/"), " search, ", key("←"), " ", key("→"),
        " walk, ", key("0"), " all, ", key("Esc"), " back. With one node selected, ", key("Shift"),
        "-click another for the way between them."));
    this.#fill(...parts);
  }

  #stages(all) {
    const { model } = this;
    const rows = model.stages.map((name, stage) => {
      const members = all.filter((node) => model.nodes[node].stage === stage);
      const size = model.size(members);
      return element(
        "tr", { class: "is-" + stageTint(name) },
        element("td", {}, element("span", { class: "dot", style: null })),
        element("td", {}, name, element("small", {}, stageMeanings[name] ?? "")),
        element("td", { class: "number" }, number(model.things(members))),
        element("td", { class: "number" }, size > 0 ? bytes(size) : ""));
    });
    return rows.reverse();
  }

  #kinds(all) {
    return Object.keys(kindNames).flatMap((kind) => {
      const members = all.filter((node) => this.model.nodes[node].kind === kind);
      if (members.length === 0) return [];
      const canvas = element("canvas", { width: 68, height: 40 });
      const context = canvas.getContext("2d");
      const style = getComputedStyle(document.documentElement);
      context.scale(2, 2);
      shape(context, kind, 1.5, 2.5, 30, 14);
      context.fillStyle = style.getPropertyValue("--other-fill");
      context.fill();
      context.strokeStyle = style.getPropertyValue("--ink");
      context.stroke();
      const count = members.reduce(
        (sum, node) => sum + (isFold(this.model.nodes[node]) ? this.model.nodes[node].count : 1), 0);
      return [element(
        "tr", {}, element("td", {}, canvas), element("td", {}, kindName(kind, count)),
        element("td", { class: "number" }, number(count)))];
    });
  }

  #facts(facts) {
    return element("dl", {}, ...facts.filter(([, value]) => value !== null)
      .flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
  }

  node(index, below, above) {
    this.again = () => this.node(index, below, above);
    const { model, act } = this;
    const node = model.nodes[index];
    const others = (members) => members.filter((member) => member !== index);
    const { words } = model, isReferences = model.relation === "references";
    const needs = others(below.members), users = others(above.members);
    const button = (text, onclick, title) => element("button", { type: "button", onclick, title }, text);
    this.#fill(
      element("h2", {}, node.name),
      element("div", { class: "path" }, node.count > 1 ? "" : `${model.directory}/${node.path}`),
      this.#facts([
        ["kind", node.count > 1 ? `${node.count} ${kindName(node.kind, 2)}` : kindName(node.kind, 1)],
        ["stage", node.stage === null ? null : model.stages[node.stage]],
        ["size", node.size === null ? (isReferences ? null : "not in the store") : bytes(node.size)],
        [words.below, this.#sum(isReferences ? below.members : needs)],
        [words.above, this.#sum(users)],
      ]),
      element(
        "div", { class: "row" },
        button(`only what it ${words.needs === "needs" ? "needs" : "leads to"}`, () => act.focus(index, "below"), "Draw only this and what its edges lead to"),
        button(`only what ${words.needs === "needs" ? "needs it" : "leads to it"}`, () => act.focus(index, "above"), "Draw only this and what leads to it"),
        button("way to…", () => act.pick(index), "Then click another node"),
        button("back", () => act.clear(), "Select nothing (Esc)")),
      this.#list(capital(words.needs), model.needs[index], "needs"),
      this.#list(capital(words.users), model.users[index], "users"),
      node.details.length === 0 ? null : element("h3", {}, node.count > 1 ? "Members" : "Details"),
      element("ul", { class: "details" }, ...node.details.map((line) => element("li", {}, line))));
  }

  #sum(members) {
    if (members.length === 0) return "nothing";
    const size = this.model.size(members);
    return number(this.model.things(members)) + (size > 0 ? `, ${bytes(size)}` : "");
  }

  picking(index) {
    this.again = () => this.picking(index);
    this.#fill(
      element("h2", {}, "The way between two"),
      element("p", { class: "hint" }, `From ${this.model.nodes[index].name}: click the other node, or search for it.`),
      element("div", { class: "row" }, element("button", { type: "button", onclick: () => this.act.clear() }, "back")));
  }

  way(start, end, way) {
    this.again = () => this.way(start, end, way);
    const names = [this.model.nodes[start].name, this.model.nodes[end].name];
    this.#fill(
      element("h2", {}, way ? `From ${names[0]} to ${names[1]}` : "No way"),
      element("p", { class: "hint" }, way
        ? `A shortest way: ${way.length - 1} ${way.length === 2 ? "step" : "steps"}.`
        : `No edges lead from ${names[0]} to ${names[1]} or back.`),
      element("ul", { class: "list", id: "way" }, ...(way ?? [start, end]).map((node) => this.#entry(node))),
      element("div", { class: "row" }, element("button", { type: "button", onclick: () => this.act.clear() }, "back")));
  }
}
