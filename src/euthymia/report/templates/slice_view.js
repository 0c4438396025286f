(() => {
  "use strict";
  const box = document.getElementById("cuts"), held = document.getElementById("slice-scene");
  if (!box || !held) return;
  const scene = JSON.parse(held.textContent), head = JSON.parse(document.getElementById("head-scene").textContent);
  const bytes = text => { const raw = atob(text), out = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i); return out; };
  const [ni, nj, nk] = scene.shape, count = ni * nj * nk;
  const tags = new Uint8Array(count), values = new Uint8Array(count);
  { const coded = bytes(scene.labels), strength = bytes(scene.strength);
    for (let at = 0, to = 0; at < coded.length; at++) {
      const tag = coded[at] >> 4; let n = coded[at] & 15;
      if (!n) { n = coded[at + 1] + 256 * coded[at + 2]; at += 2; }
      tags.fill(tag, to, to + n); to += n;
    }
    for (let i = 0, k = 0; i < count; i++) if (tags[i] === 1 || tags[i] === 2) values[i] = strength[k++]; }
  const where = p => { const [i, j, k] = [0, 1, 2].map(x => Math.round((p[x] - scene.low[x]) / scene.step));
    return i < 0 || j < 0 || k < 0 || i >= ni || j >= nj || k >= nk ? -1 : (i * nj + j) * nk + k; };
  const table = bytes(head.tables.strength), tissue = new Uint8Array(39);
  for (const tag in scene.tissues) tissue.set(scene.tissues[tag], 3 * tag);
  const names = Object.fromEntries(scene.names);

  const coil = head.parts.find(part => part.name === "coil");
  const steps = new Uint16Array(bytes(coil.points).buffer), corners = new Float64Array(steps.length);
  for (let i = 0; i < steps.length; i++) corners[i] = 1000 * (head.low[i % 3] + steps[i] * head.reach / 65535);
  const triangles = coil.index === "u16" ? new Uint16Array(bytes(coil.triangles).buffer) : new Uint32Array(bytes(coil.triangles).buffer);

  const minus = (value, digits) => value.toFixed(digits).replace(/^-(0(\.0+)?)$/, "$1").replace("-", "−");
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const views = scene.views.map(view => {
    const figure = box.querySelector(`[data-view=${view.name}]`), canvas = figure.querySelector("canvas");
    const wide = Math.round(view.size[0] / 0.75), tall = Math.round(view.size[1] / 0.75);
    canvas.width = wide; canvas.height = tall;
    const paper = canvas.getContext("2d");
    return { ...view, figure, paper, wide, tall, pixels: paper && paper.createImageData(wide, tall),
      range: figure.querySelector("input"), place: figure.querySelector(".cut-place"),
      title: figure.querySelector("title"), words: figure.querySelector("desc"),
      said: figure.querySelector("desc").textContent, coil: figure.querySelector(".moving .coil-cut"),
      ring: figure.querySelector(".moving .target-ring"), lines: figure.querySelector(".moving .lines"), drawn: null };
  });
  if (views.some(v => !v.paper)) return;
  const anatomic = { sagittal: 0, coronal: 1, axial: 2 };
  let point = [...scene.target], aside = 0, painted = true;
  const depth = v => v.name in anatomic ? point[anatomic[v.name]] : dot(v.corner, v.across) + aside;
  const flat = (v, p) => [0, 1, 2].reduce((s, x) => [s[0] + (p[x] - v.corner[x]) * v.right[x], s[1] + (p[x] - v.corner[x]) * v.down[x]], [0, 0]);

  const paint = v => {
    const at = depth(v), key = `${at.toFixed(2)} ${painted}`;
    if (v.drawn === key) return;
    v.drawn = key;
    const start = [0, 1, 2].map(x => v.corner[x] + (at - dot(v.corner, v.across)) * v.across[x]);
    const data = v.pixels.data, dx = v.size[0] / v.wide, dy = v.size[1] / v.tall;
    const [a, b, c] = v.right.map(x => x * dx / scene.step), [d, e, f] = v.down.map(x => x * dy / scene.step);
    const [x0, y0, z0] = [0, 1, 2].map(x => (start[x] + (v.right[x] * dx + v.down[x] * dy) / 2 - scene.low[x]) / scene.step + 0.5);
    for (let row = 0, to = 0; row < v.tall; row++) {
      let x = x0 + row * d, y = y0 + row * e, z = z0 + row * f;
      for (let column = 0; column < v.wide; column++, to += 4, x += a, y += b, z += c) {
        const inside = x >= 0 && y >= 0 && z >= 0 && x < ni && y < nj && z < nk;
        const i = inside ? ((x | 0) * nj + (y | 0)) * nk + (z | 0) : 0, tag = inside ? tags[i] : 0;
        data[to + 3] = tag ? 255 : 0;
        if (!tag) continue;
        const brain = painted && tag < 3, from = brain ? table : tissue, k = 3 * (brain ? values[i] : tag);
        const shade = brain && tag === 1 ? scene.shade : 1;
        for (let n = 0; n < 3; n++) data[to + n] = from[k + n] * shade;
      }
    }
    v.paper.putImageData(v.pixels, 0, 0);
    let path = "";
    for (let t = 0; t < triangles.length; t += 3) {
      const ends = [];
      for (const [a, b] of [[0, 1], [1, 2], [2, 0]]) {
        const p = [...corners.subarray(3 * triangles[t + a], 3 * triangles[t + a] + 3)], q = [...corners.subarray(3 * triangles[t + b], 3 * triangles[t + b] + 3)];
        const f = dot(p, v.across) - at, g = dot(q, v.across) - at;
        if ((f >= 0) !== (g >= 0)) ends.push(flat(v, [0, 1, 2].map(x => p[x] + f / (f - g) * (q[x] - p[x]))));
      }
      if (ends.length === 2) path += `M${ends[0].map(e => e.toFixed(1)).join(" ")}L${ends[1].map(e => e.toFixed(1)).join(" ")}`;
    }
    v.coil.setAttribute("d", path);
    const off = Math.abs(dot(scene.target, v.across) - at);
    v.ring.setAttribute("r", Math.sqrt(Math.max(scene.ring ** 2 - off * off, 0)).toFixed(2));
    const letter = v.name in anatomic ? "xyz"[anatomic[v.name]] + " = " : "";
    const words = letter ? `${letter}${minus(at, 1)} mm` : Math.abs(aside) < 0.05 ? "" : `${Math.abs(aside).toFixed(1)} mm ${aside > 0 ? "away from" : "towards"} the handle`;
    v.place.textContent = words; v.range.value = letter ? at : aside;
    v.range.setAttribute("aria-valuetext", words || "through the middle of the coil");
    v.first ??= key;  // what is said of the strongest place is true of the first slice only
    v.words.textContent = v.first.split(" ")[0] === key.split(" ")[0] ? v.said : v.said.split(". ")[0] + ".";
    v.title.textContent = `${v.figure.querySelector("strong").textContent} slice${words ? ", " + words : ""}`;
  };
  const readout = box.querySelector(".readout");
  const draw = () => {
    for (const v of views) {
      paint(v);
      const [x, y] = flat(v, point);
      v.lines.setAttribute("d", v.name in anatomic ? `M0 ${y.toFixed(1)}H${v.size[0]}M${x.toFixed(1)} 0V${v.size[1]}` : "");
    }
    const i = where(point), tag = i < 0 ? 0 : tags[i], v = i < 0 ? 0 : values[i];
    const strength = tag !== 1 && tag !== 2 ? "" : ` · ${v === 255 ? "above " : ""}${(Math.min(v, 254) / 254 * scene.scale).toPrecision(2)} V/m`;
    readout.textContent = `${["x", "y", "z"].map((n, k) => `${n} ${minus(point[k], 0)}`).join(", ")} mm · ${tag ? names[tag] : "outside the head"}${strength}`;
  };
  let waiting = false;
  const ask = () => { if (!waiting) { waiting = true; requestAnimationFrame(() => { waiting = false; draw(); }); } };
  for (const v of views) {
    if (v.name in anatomic) { const axis = anatomic[v.name];
      v.range.min = Math.ceil(scene.low[axis]); v.range.max = Math.floor(scene.low[axis] + scene.step * (scene.shape[axis] - 1));
    } else { v.range.min = -60; v.range.max = 60; }
    v.range.addEventListener("input", () => { if (v.name in anatomic) point[anatomic[v.name]] = +v.range.value; else aside = +v.range.value; ask(); });
    v.figure.querySelector(".cut-picture").addEventListener("click", e => {
      const frame = e.currentTarget.getBoundingClientRect(), k = Math.max(v.size[0] / frame.width, v.size[1] / frame.height);
      const r = (e.clientX - frame.left - frame.width / 2) * k + v.size[0] / 2, d = (e.clientY - frame.top - frame.height / 2) * k + v.size[1] / 2;
      const shift = depth(v) - dot(v.corner, v.across);
      point = [0, 1, 2].map(x => v.corner[x] + r * v.right[x] + d * v.down[x] + shift * v.across[x]); ask(); });
  }
  for (const b of box.querySelectorAll("button[data-to]")) b.addEventListener("click", () => {
    point = [...scene[b.dataset.to]]; aside = 0; ask(); });
  box.querySelector("input[name=painted]").addEventListener("change", e => { painted = e.target.checked; ask(); });
  box.querySelector("input[name=marks]").addEventListener("change", e => box.classList.toggle("bare", !e.target.checked));
  draw(); box.classList.add("live");
})();
