// The graph by numbers: who needs what, and what can be asked of that.
class Model {
  constructor(data) {
    this.nodes = data.nodes.map((node) => {
      // Bands tell which builds are final, so they need no shape of their own.
      const kind = node.kind === "final" ? "build" : node.kind;
      // Many downloads or sources that go to the same place may be one node.
      const name = isFold(node) ? `${node.count} ${kindName(kind, node.count)}` : node.name;
      return { ...node, kind, name };
    });
    this.stages = data.stages;
    // Where the nodes are stages themselves, bands would say it twice.
    this.hasBands = data.stages.length > 0 && data.relation !== "stage";
    this.relation = data.relation;
    this.words = relations[data.relation] ?? relations.derivation;
    this.title = data.title;
    this.directory = data.directory;
    this.needs = this.nodes.map(() => []);
    this.users = this.nodes.map(() => []);
    for (let edge = 0; edge < data.edges.length; edge += 2) {
      const from = data.edges[edge], to = data.edges[edge + 1];
      if (from === to) continue;
      this.needs[from].push(to);
      this.users[to].push(from);
    }
    this.edgeCount = data.edges.length / 2;
    this.order = this.#usersFirst();
    this.place = new Int32Array(this.nodes.length);
    this.order.forEach((node, place) => { this.place[node] = place; });
    this.implied = this.#impliedEdges();
  }

  // All nodes, users before what they need; of a circle somebody has to be first.
  #usersFirst() {
    const waiting = this.users.map((users) => users.length);
    const order = [];
    const isDone = new Uint8Array(this.nodes.length);
    let candidate = 0, next = 0;
    const take = (node) => { isDone[node] = 1; order.push(node); };
    waiting.forEach((count, node) => { if (count === 0) take(node); });
    while (order.length < this.nodes.length || next < order.length) {
      if (next === order.length) {
        while (isDone[candidate]) candidate += 1;
        take(candidate);
      }
      for (const needed of this.needs[order[next++]]) {
        waiting[needed] -= 1;
        if (waiting[needed] === 0 && !isDone[needed]) take(needed);
      }
    }
    return order;
  }

  // For every node, which of its edges only say what a longer way says too. A row of bits for each
  // node holds what it reaches; above 20 000 nodes that would be too much memory.
  #impliedEdges() {
    const count = this.nodes.length, width = (count + 31) >> 5;
    const implied = this.needs.map((needs) => new Uint8Array(needs.length));
    if (count > 20000) return implied;
    const reach = new Uint32Array(count * width);
    for (let place = count - 1; place >= 0; place -= 1) {
      const node = this.order[place], row = node * width;
      // What is near comes first: what it reaches need not be said again.
      const near = this.needs[node].map((_, edge) => edge)
        .sort((a, b) => this.place[this.needs[node][a]] - this.place[this.needs[node][b]]);
      for (const edge of near) {
        const needed = this.needs[node][edge];
        if (this.place[needed] < place) continue;
        if (reach[row + (needed >> 5)] >>> (needed & 31) & 1) {
          implied[node][edge] = 1;
          continue;
        }
        reach[row + (needed >> 5)] |= 1 << (needed & 31);
        const other = needed * width;
        for (let word = 0; word < width; word += 1) reach[row + word] |= reach[other + word];
      }
    }
    return implied;
  }

  // Everything that `lists` (needs or users) lead to from `start`, itself included.
  closure(start, lists) {
    const has = new Uint8Array(this.nodes.length);
    const members = [start];
    has[start] = 1;
    for (let next = 0; next < members.length; next += 1) {
      for (const other of lists[members[next]]) {
        if (!has[other]) { has[other] = 1; members.push(other); }
      }
    }
    return { has, members };
  }

  // A shortest way from `start` to `end` over what is needed; null without one.
  way(start, end) {
    const previous = new Int32Array(this.nodes.length).fill(-1);
    previous[start] = start;
    const queue = [start];
    for (let next = 0; next < queue.length && previous[end] < 0; next += 1) {
      for (const needed of this.needs[queue[next]]) {
        if (previous[needed] < 0) { previous[needed] = queue[next]; queue.push(needed); }
      }
    }
    if (previous[end] < 0) return null;
    const way = [end];
    while (way[0] !== start) way.unshift(previous[way[0]]);
    return way;
  }

  // The sum of the sizes of `members` that are known.
  size(members) {
    return members.reduce((sum, node) => sum + (this.nodes[node].size ?? 0), 0);
  }

  things(members) {
    return members.reduce((sum, node) => sum + this.nodes[node].count, 0);
  }

  // The name of the colours of a node: its stage's, or without stages those of its kind.
  tint(node) {
    const { stage, kind } = this.nodes[node];
    if (this.stages.length === 0) return kindTints[kind] ?? "other";
    return stage === null ? "other" : stageTint(this.stages[stage]);
  }
}

// What each type of graph tells, and the words for both directions of its edges.
const buildWords = { needs: "needs", users: "needed by", below: "built from", above: "goes into" };
const relations = {
  derivation: { ...buildWords, about: "What this is built from, down to where it begins" },
  package: { ...buildWords, about: "The packages that recipes name" },
  bag: { ...buildWords, about: "The packages that recipes name, and what every build needs" },
  "bag-with-sources": { ...buildWords, about: "The packages this is built from, and their downloads" },
  "reverse-package": {
    about: "The packages that are built from this", needs: "needed by", users: "needs", below: "goes into", above: "built from",
  },
  references: {
    about: "What store items refer to when they are used", needs: "refers to", users: "referred to by", below: "closure",
    above: "in the closures of",
  },
  referrers: {
    about: "What refers to these store items", needs: "referred to by", users: "refers to", below: "in the closures of",
    above: "reaches",
  },
  stage: { ...buildWords, about: "The stages of the bootstrap, and what each needs of others" },
  sources: { ...buildWords, about: "What was downloaded or added, and for which packages" },
};

const kindTints = {
  build: "final", stage: "final", item: "final", fetch: "system", seed: "seed", source: "other", check: "check",
};
const kindNames = {
  build: ["build", "builds"], stage: ["stage", "stages"],
  item: ["store item", "store items"], fetch: ["download", "downloads"],
  seed: ["seed", "seeds"], source: ["source", "sources"], check: ["check", "checks"],
};
const stageMeanings = {
  seed: "binaries from elsewhere", boot: "the first compilers, made with seeds",
  final: "made with our own compiler", system: "what is delivered", check: "tests of all that",
};

// Whether a node stands for many downloads or sources that go to the same place.
function isFold({ kind, count }) { return count > 1 && ["fetch", "source"].includes(kind); }

function stageTint(name) { return name in stageMeanings ? name : "other"; }

function kindName(kind, count) {
  const names = kindNames[kind] ?? [kind, kind + "s"];
  return count === 1 ? names[0] : names[1];
}
