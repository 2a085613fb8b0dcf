// Where the nodes are. Stages are bands below each other, the last stage on top, so that everything
// stands on what it is made with. In a band are columns from left to right, users before what they
// need; within a column, nodes are near the mean of their neighbours: sweeps in the manner of
// Sugiyama, Tagawa and Toda (1981), places by isotonic regression, which moves nodes that would
// touch as little as possible (in the least squares).
const rowHeight = 28, nodeHeight = 21, columnGap = 54, narrowGap = 16;
const bandGap = 40, bandPadding = 48, bandHead = 36, bandFoot = 20;

// `shape` is the height of the window for a width of 1; flat layouts are stretched towards it.
function layOut(model, isVisible, widthOf, shape) {
  const count = model.nodes.length;
  const layout = {
    x: new Float32Array(count), y: new Float32Array(count), width: new Float32Array(count),
    column: new Int32Array(count).fill(-1), band: new Int32Array(count).fill(-1),
    columns: [], bands: [], left: 0, right: 1, top: 0, bottom: 1,
  };
  const nodes = model.order.filter((node) => isVisible[node]);
  if (nodes.length === 0) return layout;
  layout.bands = makeBands(model, nodes, layout.band);
  fold(layout.bands, shape);
  for (const band of layout.bands) {
    placeRows(model, band, layout);
    closeGaps(band, layout.y);
    placeColumns(band, layout, widthOf);
  }
  stack(layout, shape, model.hasBands);
  return layout;
}

// The bands with their layers: the nodes by their longest way from a user in the same band.
function makeBands(model, nodes, bandOf) {
  const stageOf = (node) => (model.hasBands ? model.nodes[node].stage : null);
  const stages = [...new Set(nodes.map(stageOf))]
    .sort((a, b) => (b ?? -1) - (a ?? -1));
  const bands = stages.map((stage) => ({ stage, nodes: [], layers: [] }));
  const rank = new Int32Array(model.nodes.length);
  for (const node of nodes) {
    bandOf[node] = stages.indexOf(stageOf(node));
    for (const user of model.users[node]) {
      if (bandOf[user] === bandOf[node] && model.place[user] < model.place[node]) {
        rank[node] = Math.max(rank[node], rank[user] + 1);
      }
    }
    const band = bands[bandOf[node]];
    band.nodes.push(node);
    (band.layers[rank[node]] ??= { nodes: [] }).nodes.push(node);
  }
  return bands;
}

// Long layers become several columns beside each other, as long as the whole fits its window.
function fold(bands, shape) {
  for (let maximum = 28; ; maximum = Math.ceil(maximum * 1.25)) {
    let width = 0, height = 0, isFolded = false;
    for (const { layers } of bands) {
      let columns = 0, rows = 0;
      for (const layer of layers) {
        layer.columns = Math.ceil(layer.nodes.length / maximum);
        columns += layer.columns;
        rows = Math.max(rows, Math.ceil(layer.nodes.length / layer.columns));
        isFolded ||= layer.columns > 1;
      }
      width = Math.max(width, columns * 170);
      height += rows * rowHeight * 1.2 + bandHead + bandFoot + bandGap;
    }
    if (!isFolded || height >= width * shape) return;
  }
}

function placeRows(model, band, layout) {
  const { y } = layout;
  const neighbours = new Map();
  for (const layer of band.layers) {
    layer.nodes.forEach((node, row) => {
      y[node] = (row - layer.nodes.length / 2) * rowHeight / layer.columns;
      neighbours.set(node, { users: [], needs: [] });
    });
  }
  for (const node of band.nodes) {
    model.needs[node].forEach((needed, edge) => {
      if (layout.band[needed] !== layout.band[node]) return;
      const weight = model.implied[node][edge] ? 0.1 : 1;
      neighbours.get(node).needs.push([needed, weight]);
      neighbours.get(needed).users.push([node, weight]);
    });
  }
  const target = new Float32Array(model.nodes.length);
  const settle = (layer, sides) => {
    for (const node of layer.nodes) {
      let sum = 0, total = 0;
      for (const side of sides) {
        for (const [other, weight] of neighbours.get(node)[side]) { sum += y[other] * weight; total += weight; }
      }
      target[node] = total === 0 ? y[node] : sum / total;
    }
    layer.nodes.sort((a, b) => target[a] - target[b] || a - b);
    spread(layer, target, y);
  };
  const sweeps = band.nodes.length > 3000 ? 10 : 24;
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    const isLate = sweep > sweeps / 2;
    for (const layer of band.layers) settle(layer, isLate ? ["users", "needs"] : ["users"]);
    for (const layer of band.layers.toReversed()) settle(layer, isLate ? ["needs", "users"] : ["needs"]);
  }
}

// Gives the nodes of a layer, sorted by target, rows as near to their targets as there is room.
function spread(layer, target, y) {
  const { nodes, columns } = layer;
  const rows = Math.ceil(nodes.length / columns);
  // Blocks of rows that touch each other: the mean of what they want, less the rows before.
  const blocks = [];
  for (let row = 0; row < rows; row += 1) {
    const members = nodes.slice(row * columns, (row + 1) * columns);
    const mean = members.reduce((sum, node) => sum + target[node], 0) / members.length;
    let block = { sum: mean - row * rowHeight, count: 1 };
    while (blocks.length > 0) {
      const last = blocks[blocks.length - 1];
      if (last.sum / last.count < block.sum / block.count) break;
      block = { sum: last.sum + block.sum, count: last.count + block.count };
      blocks.pop();
    }
    blocks.push(block);
  }
  let row = 0;
  for (const block of blocks) {
    for (let index = 0; index < block.count; index += 1, row += 1) {
      const place = block.sum / block.count + row * rowHeight;
      for (const node of nodes.slice(row * columns, (row + 1) * columns)) y[node] = place;
    }
  }
}

// Strips of a band in which there is no node at all are made narrow.
function closeGaps(band, y) {
  const order = band.nodes.toSorted((a, b) => y[a] - y[b]);
  let before = y[order[0]], shift = 0;
  for (const node of order) {
    shift += Math.max(0, y[node] - before - 2 * rowHeight);
    before = y[node];
    y[node] -= shift;
  }
}

function placeColumns(band, layout, widthOf) {
  let x = 0;
  band.top = Infinity;
  band.bottom = -Infinity;
  for (const layer of band.layers) {
    for (let column = 0; column < layer.columns; column += 1) {
      const members = layer.nodes.filter((_, row) => row % layer.columns === column);
      const width = members.reduce((most, node) => Math.max(most, widthOf(node)), 0);
      for (const node of members) {
        layout.width[node] = widthOf(node);
        layout.x[node] = x + (width - layout.width[node]) / 2;
        layout.column[node] = layout.columns.length;
        band.top = Math.min(band.top, layout.y[node]);
        band.bottom = Math.max(band.bottom, layout.y[node]);
      }
      layout.columns.push(members.sort((a, b) => layout.y[a] - layout.y[b]));
      x += width + (column + 1 < layer.columns ? narrowGap : columnGap);
    }
  }
  band.width = x - columnGap;
}

// Puts the bands below each other, all as wide as the widest.
function stack(layout, shape, hasHeads) {
  const { bands } = layout;
  const [head, foot] = hasHeads ? [bandHead, bandFoot] : [8, 8];
  const width = bands.reduce((most, band) => Math.max(most, band.width), 0) + 2 * bandPadding;
  const inner = bands.reduce((sum, band) => sum + band.bottom - band.top, 0);
  const outer = bands.length * (head + foot + rowHeight) + (bands.length - 1) * bandGap;
  const stretch = Math.min(1.9, Math.max(1, (width * shape - outer) / Math.max(1, inner)));
  let y = 0;
  for (const band of bands) {
    const first = y + head + rowHeight / 2, top = band.top;
    const left = (width - band.width) / 2;
    for (const node of band.nodes) {
      layout.x[node] += left;
      layout.y[node] = first + (layout.y[node] - top) * stretch;
    }
    band.bottom = first + (band.bottom - top) * stretch + rowHeight / 2 + foot;
    band.top = y;
    y = band.bottom + bandGap;
  }
  layout.right = width;
  layout.bottom = y - bandGap;
}
