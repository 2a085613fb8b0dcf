// The picture on its canvases: the base holds everything, the overlay what is looked at.
const labelFont = '12px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const longestLabel = 34;
// Nearer than this, names are in the nodes.
const legibleScale = 0.72;

class Picture {
  constructor(model, base, overlay) {
    this.model = model;
    this.base = base;
    this.overlay = overlay;
    this.scale = 1; this.x = 0; this.y = 0;
    this.showsImplied = true;
    this.shown = { base: { scale: 1, x: 0, y: 0 }, cost: 0 };
    this.highlight = null;
    this.labels = model.nodes.map((node) => this.#label(node));
    const context = base.getContext("2d");
    context.font = labelFont;
    this.widths = this.labels.map((label) => Math.ceil(context.measureText(label).width) + 22);
    this.readColours();
  }

  #label(node) {
    const size = node.size === null ? "" : ", " + bytes(node.size);
    const name = node.kind === "stage" ? `${node.name}: ${number(node.count)}${size}` : node.name;
    if (name.length <= longestLabel) return name;
    return name.slice(0, longestLabel - 13) + "…" + name.slice(-12);
  }

  readColours() {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => style.getPropertyValue("--" + name).trim();
    this.colours = {};
    for (const name of ["ground", "surface", "ink", "soft", "edge", "rule", "needs", "users", "way"]) {
      this.colours[name] = read(name);
    }
    this.tints = {};
    for (const name of ["seed", "boot", "final", "system", "check", "other"]) {
      this.tints[name] = {
        line: read(name + "-line"), fill: read(name + "-fill"), strong: read(name + "-strong"),
        band: read(name + "-band"),
      };
    }
  }

  resize(width, height) {
    this.width = width; this.height = height;
    this.ratio = window.devicePixelRatio || 1;
    for (const canvas of [this.base, this.overlay]) {
      canvas.width = Math.round(width * this.ratio);
      canvas.height = Math.round(height * this.ratio);
      canvas.style.width = width + "px";
      canvas.style.height = height + "px";
    }
  }

  // MARK: The view

  fit() {
    const { left, right, top, bottom } = this.layout;
    const space = 24;
    this.scale = Math.min(
      1.25, (this.width - 2 * space) / (right - left), (this.height - 2 * space) / (bottom - top));
    this.x = (this.width - (left + right) * this.scale) / 2;
    this.y = (this.height - (top + bottom) * this.scale) / 2;
  }

  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const scale = Math.min(4, Math.max(0.01, this.scale * factor));
    this.x = x - (x - this.x) * scale / this.scale;
    this.y = y - (y - this.y) * scale / this.scale;
    this.scale = scale;
  }

  // Brings a node into the middle, near enough to read it and, when that can be, with all that it
  // has to do with directly.
  show(node) {
    const { x, y, width } = this.layout;
    const middle = x[node] + width[node] / 2;
    const near = [...this.model.needs[node], ...this.model.users[node]].filter((other) => this.layout.column[other] >= 0);
    let across = 200, up = 120;
    for (const other of near) {
      across = Math.max(across, Math.abs(x[other] + width[other] / 2 - middle) + width[other]);
      up = Math.max(up, Math.abs(y[other] - y[node]) + rowHeight);
    }
    const scale = Math.min(this.width / 2 / across, this.height / 2 / up);
    this.scale = Math.min(1, Math.max(0.5, scale));
    this.x = this.width / 2 - middle * this.scale;
    this.y = this.height / 2 - y[node] * this.scale;
  }

  isOnScreen(node) {
    const { x, y } = this.screen(node);
    return x > 60 && x < this.width - 60 && y > 60 && y < this.height - 40;
  }

  // The middle of a node on the screen.
  screen(node) {
    return {
      x: (this.layout.x[node] + this.layout.width[node] / 2) * this.scale + this.x,
      y: this.layout.y[node] * this.scale + this.y,
    };
  }

  nodeAt(screenX, screenY) {
    const x = (screenX - this.x) / this.scale, y = (screenY - this.y) / this.scale;
    const slack = Math.max(0, 5 / this.scale - nodeHeight / 2);
    const { layout } = this;
    for (let node = 0; node < this.labels.length; node += 1) {
      if (layout.column[node] >= 0 && Math.abs(layout.y[node] - y) <= nodeHeight / 2 + slack
        && x >= layout.x[node] - slack && x <= layout.x[node] + layout.width[node] + slack) return node;
    }
    return null;
  }

  // MARK: Painting

  // While a finger or wheel moves a large picture, what was painted moves; it is painted anew after.
  move(paintLater) {
    const { base, cost } = this.shown;
    if (cost > 14) {
      const scale = this.scale / base.scale;
      this.base.style.transform =
        `translate(${this.x - base.x * scale}px, ${this.y - base.y * scale}px) scale(${scale})`;
      paintLater();
    } else {
      this.paintBase();
    }
    this.paintOverlay();
  }

  paintBase() {
    const start = performance.now();
    const context = this.#begin(this.base);
    this.base.style.transform = "";
    this.#bands(context);
    this.#edges(context);
    const nodes = this.#visibleNodes();
    for (const node of nodes) this.#node(context, node);
    context.restore();
    if (this.scale < legibleScale) this.#legibleNodes(context, nodes);
    this.#headings(context);
    this.shown = {
      base: { scale: this.scale, x: this.x, y: this.y }, cost: performance.now() - start,
    };
  }

  #begin(canvas) {
    const context = canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.save();
    context.translate(this.x, this.y);
    context.scale(this.scale, this.scale);
    this.view = {
      left: -this.x / this.scale, right: (this.width - this.x) / this.scale,
      top: -this.y / this.scale, bottom: (this.height - this.y) / this.scale,
    };
    return context;
  }

  #visibleNodes() {
    const { view, layout } = this;
    const nodes = [];
    for (const column of layout.columns) {
      for (const node of column) {
        if (layout.x[node] < view.right && layout.x[node] + layout.width[node] > view.left
          && layout.y[node] + rowHeight > view.top && layout.y[node] - rowHeight < view.bottom) nodes.push(node);
      }
    }
    return nodes;
  }

  #bandTint(band) {
    return this.tints[band.stage === null ? "other" : stageTint(this.model.stages[band.stage])];
  }

  #bands(context) {
    if (!this.model.hasBands) return;
    for (const band of this.layout.bands) {
      const tint = this.#bandTint(band);
      context.beginPath();
      context.roundRect(0, band.top, this.layout.right, band.bottom - band.top, 14);
      context.fillStyle = tint.band;
      context.fill();
      context.strokeStyle = tint.strong;
      context.lineWidth = 1.2 / Math.max(this.scale, 0.4);
      context.stroke();
    }
  }

  // The stages' names keep their size and stay in sight.
  #headings(context) {
    if (!this.model.hasBands) return;
    context.textBaseline = "middle";
    for (const band of this.layout.bands) {
      const left = Math.max(this.x + 12, 12);
      const bottom = band.bottom * this.scale + this.y - 12;
      const y = Math.min(Math.max(band.top * this.scale + this.y + 17, 17), bottom);
      if (y < 12 || y > this.height || left > this.layout.right * this.scale + this.x - 40) continue;
      const tint = this.#bandTint(band);
      const name = band.stage === null ? "no stage" : this.model.stages[band.stage];
      const size = this.model.size(band.nodes);
      const more = ` · ${number(this.model.things(band.nodes))}${size > 0 ? " · " + bytes(size) : ""}`;
      context.font = "600 13px system-ui, sans-serif";
      const width = context.measureText(name).width;
      context.font = "12px system-ui, sans-serif";
      context.fillStyle = tint.band;
      context.globalAlpha = 0.85;
      context.fillRect(left - 3, y - 10, width + context.measureText(more).width + 6, 20);
      context.globalAlpha = 1;
      context.fillStyle = tint.line;
      context.fillText(more, left + width, y);
      context.font = "600 13px system-ui, sans-serif";
      context.fillText(name, left, y);
    }
  }

  #edges(context) {
    const plain = new Path2D(), implied = new Path2D();
    let hasImplied = false;
    for (const column of this.layout.columns) {
      for (const node of column) {
        this.model.needs[node].forEach((needed, edge) => {
          if (this.layout.column[needed] < 0) return;
          const isImplied = this.model.implied[node][edge] === 1;
          if (isImplied && !this.showsImplied) return;
          hasImplied ||= isImplied;
          this.#edge(isImplied ? implied : plain, node, needed);
        });
      }
    }
    context.strokeStyle = this.colours.edge;
    context.lineWidth = Math.max(0.3 / this.scale, Math.min(1.1, Math.max(0.7, 0.45 / this.scale)));
    const density = Math.min(1, 900 / Math.max(1, this.model.edgeCount));
    if (hasImplied) {
      context.globalAlpha = 0.06 + 0.12 * density;
      context.stroke(implied);
    }
    context.globalAlpha = 0.28 + 0.42 * density;
    context.stroke(plain);
    context.globalAlpha = 1;
  }

  // A curve from the right side of what needs to the left side of what is needed; between bands,
  // from its lower side to the upper, or the other way round.
  #edge(path, from, to) {
    const { x, y, width, band } = this.layout;
    const { view } = this;
    const isInBand = band[from] === band[to];
    const side = band[to] > band[from] ? nodeHeight / 2 : -nodeHeight / 2;
    const start = isInBand ? [x[from] + width[from], y[from]] : [x[from] + width[from] / 2, y[from] + side];
    const end = isInBand ? [x[to], y[to]] : [x[to] + width[to] / 2, y[to] - side];
    if (Math.min(start[0], end[0]) - 80 > view.right || Math.max(start[0], end[0]) + 80 < view.left
      || Math.min(start[1], end[1]) > view.bottom || Math.max(start[1], end[1]) < view.top) return;
    path.moveTo(...start);
    if (isInBand) {
      const reach = end[0] > start[0] ? Math.max(20, (end[0] - start[0]) * 0.45) : 70;
      path.bezierCurveTo(start[0] + reach, start[1], end[0] - reach, end[1], ...end);
    } else {
      const reach = (end[1] - start[1]) * 0.5;
      path.bezierCurveTo(start[0], start[1] + reach, end[0], end[1] - reach, ...end);
    }
  }

  #node(context, node, emphasis = null) {
    const { x, y, width } = this.layout;
    const { kind, root } = this.model.nodes[node];
    const tint = this.tints[this.model.tint(node)];
    const left = x[node], top = y[node] - nodeHeight / 2;
    if (this.scale < 0.16 && !emphasis) {
      const least = 2.6 / this.scale;
      context.fillStyle = tint.line;
      context.globalAlpha = root ? 1 : 0.5;
      context.fillRect(left, top, Math.max(width[node], least), Math.max(nodeHeight, least));
      context.globalAlpha = 1;
      return;
    }
    shape(context, kind, left, top, width[node], nodeHeight);
    context.fillStyle = root || emphasis ? tint.strong : tint.fill;
    context.fill();
    context.strokeStyle = emphasis ?? tint.line;
    context.lineWidth = emphasis ? Math.max(2, 1.6 / this.scale) : root ? 2.4 : 1;
    context.stroke();
    if (this.scale < legibleScale) return;
    context.fillStyle = this.colours.ink;
    context.font = labelFont;
    context.textBaseline = "middle";
    context.fillText(this.labels[node], left + 11, y[node] + 0.5);
  }

  // From far away nodes are too small for names. Those for which there is room are drawn as large as
  // a name needs: first what was asked for, then what most others need.
  #legibleNodes(context, nodes, colours = new Map()) {
    const isInput = (node) => ["fetch", "source"].includes(this.model.nodes[node].kind);
    const weight = (node) => (colours.get(node) ? 1e7 : 0) + (colours.get(node) === "ink" ? 1e8 : 0)
      + (this.model.nodes[node].root ? 1e6 : 0) - (isInput(node) ? 1e3 : 0)
      + this.model.users[node].length + Math.log10(1 + (this.model.nodes[node].size ?? 0));
    const wanted = nodes.toSorted((a, b) => weight(b) - weight(a) || a - b).slice(0, 600);
    const taken = [];
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "middle";
    for (const node of wanted) {
      const place = this.screen(node);
      const half = context.measureText(this.labels[node]).width / 2 + 8;
      if (place.x < 0 || place.x > this.width || place.y < 8 || place.y > this.height) continue;
      // At the edge of the window a name stays whole.
      place.x = Math.min(Math.max(place.x, half + 3), this.width - half - 3);
      const isFree = taken.every((other) => Math.abs(other.x - place.x) > other.half + half
        || Math.abs(other.y - place.y) > 17);
      if (!isFree) continue;
      taken.push({ ...place, half });
      const tint = this.tints[this.model.tint(node)], { kind, root } = this.model.nodes[node];
      const colour = colours.get(node) ?? null;
      shape(context, kind, place.x - half, place.y - 8, 2 * half, 16);
      context.fillStyle = root || colour ? tint.strong : tint.fill;
      context.fill();
      context.strokeStyle = colour ? this.colours[colour] : tint.line;
      context.lineWidth = colour || root ? (kind === "fetch" ? 1.4 : 2) : 0.8;
      context.stroke();
      context.fillStyle = this.colours.ink;
      context.fillText(this.labels[node], place.x - half + 8, place.y + 0.5);
      if (taken.length >= 220) break;
    }
  }

  // What is looked at: `edges` as lists of [from, to, colour, weight], `nodes` as [node, colour or null].
  paintOverlay() {
    const context = this.#begin(this.overlay);
    this.base.style.opacity = this.highlight?.dims ? 0.22 : 1;
    if (this.highlight) {
      const paths = new Map();
      for (const [from, to, colour, weight] of this.highlight.edges) {
        if (this.layout.column[from] < 0 || this.layout.column[to] < 0) continue;
        const key = colour + " " + weight;
        if (!paths.has(key)) paths.set(key, { path: new Path2D(), colour, weight });
        this.#edge(paths.get(key).path, from, to);
      }
      for (const { path, colour, weight } of [...paths.values()].sort((a, b) => a.weight - b.weight)) {
        context.strokeStyle = this.colours[colour];
        // Of very many, each is fainter.
        const faint = Math.max(0.12, Math.min(0.4, 150 / this.highlight.edges.length));
        context.globalAlpha = weight < 1 ? faint : 0.95;
        context.lineWidth = Math.max(weight, 0.75 * weight / this.scale);
        context.stroke(path);
      }
      context.globalAlpha = 1;
      for (const [from, to, colour, weight] of this.highlight.edges) {
        if (weight >= 1 && this.layout.column[from] >= 0 && this.layout.column[to] >= 0) this.#arrow(context, from, to, colour);
      }
      for (const [node, colour] of this.highlight.nodes) {
        if (this.layout.column[node] >= 0) this.#node(context, node, colour ? this.colours[colour] : null);
      }
    }
    context.restore();
    if (this.highlight && this.scale < legibleScale) {
      const colours = new Map(this.highlight.nodes.filter(([node]) => this.layout.column[node] >= 0));
      this.#legibleNodes(context, [...colours.keys()], colours);
    }
  }

  #arrow(context, from, to, colour) {
    const { x, y, width, band } = this.layout;
    const size = Math.max(7, 4 / this.scale);
    context.save();
    if (band[from] === band[to]) {
      context.translate(x[to], y[to]);
    } else {
      const isDown = band[to] > band[from];
      context.translate(x[to] + width[to] / 2, y[to] + (isDown ? -nodeHeight / 2 : nodeHeight / 2));
      context.rotate(isDown ? Math.PI / 2 : -Math.PI / 2);
    }
    context.beginPath();
    context.moveTo(0, 0);
    context.lineTo(-size, -size * 0.45);
    context.lineTo(-size, size * 0.45);
    context.fillStyle = this.colours[colour];
    context.fill();
    context.restore();
  }

  // The whole in small, with a frame around what is seen.
  paintMap(canvas) {
    const width = 190, { left, right, top, bottom } = this.layout;
    const scale = Math.min(width / (right - left), 120 / (bottom - top));
    const size = { width: Math.ceil((right - left) * scale), height: Math.ceil((bottom - top) * scale) };
    const isNeeded = (right - left) * this.scale > this.width * 1.15 || (bottom - top) * this.scale > this.height * 1.15;
    canvas.hidden = !isNeeded;
    if (!isNeeded) return;
    canvas.width = size.width * this.ratio; canvas.height = size.height * this.ratio;
    canvas.style.width = size.width + "px"; canvas.style.height = size.height + "px";
    const context = canvas.getContext("2d");
    context.scale(this.ratio * scale, this.ratio * scale);
    context.translate(-left, -top);
    for (const column of this.layout.columns) {
      for (const node of column) {
        const tint = this.tints[this.model.tint(node)];
        context.fillStyle = this.model.nodes[node].root ? tint.line : tint.strong;
        context.fillRect(
          this.layout.x[node], this.layout.y[node] - nodeHeight / 2,
          Math.max(this.layout.width[node], 1 / scale), Math.max(nodeHeight, 1 / scale));
      }
    }
    context.strokeStyle = this.colours.needs;
    context.lineWidth = 1.5 / scale;
    context.strokeRect(
      -this.x / this.scale, -this.y / this.scale, this.width / this.scale, this.height / this.scale);
    this.mapScale = scale;
  }
}

// Each kind has the shape that it has in the DOT pictures.
function shape(context, kind, x, y, width, height) {
  const right = x + width, bottom = y + height, middle = y + height / 2;
  context.beginPath();
  if (kind === "seed") {
    context.moveTo(x + 8, y); context.lineTo(right - 8, y); context.lineTo(right, middle);
    context.lineTo(right - 8, bottom); context.lineTo(x + 8, bottom); context.lineTo(x, middle);
  } else if (kind === "check") {
    context.moveTo(x + 6, y); context.lineTo(right - 6, y); context.lineTo(right, y + 6); context.lineTo(right, bottom - 6);
    context.lineTo(right - 6, bottom); context.lineTo(x + 6, bottom); context.lineTo(x, bottom - 6); context.lineTo(x, y + 6);
  } else if (kind === "source") {
    context.moveTo(x, y); context.lineTo(right - 7, y); context.lineTo(right - 7, y + 7); context.lineTo(right, y + 7);
    context.moveTo(right - 7, y); context.lineTo(right, y + 7); context.lineTo(right, bottom); context.lineTo(x, bottom);
    context.lineTo(x, y);
    context.lineTo(right - 7, y);
  } else if (kind === "fetch") {
    // Half ellipses as curves: the controls lie 4/3 of the half axis away.
    const lid = 2.2, out = lid / 3, back = lid * 7 / 3;
    context.moveTo(x, y + lid);
    context.bezierCurveTo(x, y - out, right, y - out, right, y + lid);
    context.lineTo(right, bottom - lid);
    context.bezierCurveTo(right, bottom + out, x, bottom + out, x, bottom - lid);
    context.closePath();
    context.moveTo(x, y + lid);
    context.bezierCurveTo(x, y + back, right, y + back, right, y + lid);
  } else {
    context.roundRect(x, y, width, height, 6);
    return;
  }
  context.closePath();
}
