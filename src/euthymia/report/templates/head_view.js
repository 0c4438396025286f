(() => {
  "use strict";
  const figure = document.getElementById("head-view"), canvas = figure.querySelector("canvas");
  const gl = canvas.getContext("webgl2", { antialias: true, alpha: true, premultipliedAlpha: true });
  if (!gl) { figure.querySelector(".no-webgl").hidden = false; return; }
  const scene = JSON.parse(document.getElementById("head-scene").textContent);
  const bytes = text => { const raw = atob(text), out = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i); return out; };
  const words = text => new Uint16Array(bytes(text).buffer);

  const compile = (kind, text) => { const s = gl.createShader(kind); gl.shaderSource(s, text); gl.compileShader(s);
    if (!gl.getShaderParameter(s, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(s)); return s; };
  const program = gl.createProgram();
  gl.attachShader(program, compile(gl.VERTEX_SHADER, `#version 300 es
    in vec3 point; in vec3 normal; in float value;
    uniform mat3 turn; uniform vec3 center; uniform float zoom; uniform vec2 shape;
    out vec3 n; out float v;
    void main() { vec3 p = turn * (point - center); n = turn * normal; v = value;
      gl_Position = vec4(p.xy * zoom / shape, -p.z * 2.0, 1.0); }`));
  gl.attachShader(program, compile(gl.FRAGMENT_SHADER, `#version 300 es
    precision highp float;
    in vec3 n; in float v; uniform vec3 color; uniform float opacity; uniform bool painted; uniform sampler2D colors;
    out vec4 shown;
    void main() { vec3 m = normalize(n); float facing = abs(m.z);
      float light = 0.35 + 0.65 * abs(dot(m, normalize(vec3(0.3, 0.4, 0.87))));
      vec3 base = painted ? texture(colors, vec2(v, 0.5)).rgb : color;
      float a = opacity < 0.3 ? opacity * (0.35 + 1.6 * pow(1.0 - facing, 2.0)) : opacity;
      shown = vec4(base * light * a, a); }`));
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
  gl.useProgram(program);
  const uniform = name => gl.getUniformLocation(program, name);
  const at = { turn: uniform("turn"), center: uniform("center"), zoom: uniform("zoom"), shape: uniform("shape"),
    color: uniform("color"), opacity: uniform("opacity"), painted: uniform("painted") };

  const buffer = (name, data, size, type, norm) => { const b = gl.createBuffer(), where = gl.getAttribLocation(program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, b); gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(where); gl.vertexAttribPointer(where, size, type, norm, 0, 0); return b; };
  const parts = {};
  for (const part of scene.parts) {
    const steps = words(part.points), count = steps.length / 3, points = new Float32Array(steps.length);
    for (let i = 0; i < steps.length; i++) points[i] = scene.low[i % 3] + steps[i] * scene.reach / 65535;
    const raw = bytes(part.triangles).buffer;
    const triangles = part.index === "u16" ? new Uint16Array(raw) : new Uint32Array(raw);
    const normals = new Float32Array(points.length);
    for (let t = 0; t < triangles.length; t += 3) {
      const [i, j, k] = [3 * triangles[t], 3 * triangles[t + 1], 3 * triangles[t + 2]];
      const a = [0, 1, 2].map(x => points[j + x] - points[i + x]), b = [0, 1, 2].map(x => points[k + x] - points[i + x]);
      const c = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
      for (let x = 0; x < 3; x++) { const f = 1e6 * c[x]; normals[i + x] += f; normals[j + x] += f; normals[k + x] += f; }
    }
    const own = { ...part, count: triangles.length, arrays: {}, shown: true,
      type: part.index === "u16" ? gl.UNSIGNED_SHORT : gl.UNSIGNED_INT };
    const values = part.values || { none: null };
    for (const name in values) {
      own.arrays[name] = gl.createVertexArray(); gl.bindVertexArray(own.arrays[name]);
      buffer("point", points, 3, gl.FLOAT, false); buffer("normal", normals, 3, gl.FLOAT, false);
      buffer("value", values[name] ? words(values[name]) : new Uint16Array(count), 1, gl.UNSIGNED_SHORT, true);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, triangles, gl.STATIC_DRAW);
    }
    parts[part.name] = own;
  }
  const tables = {};
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  for (const name in scene.tables) {
    tables[name] = gl.createTexture(); gl.bindTexture(gl.TEXTURE_2D, tables[name]);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB8, 256, 1, 0, gl.RGB, gl.UNSIGNED_BYTE, bytes(scene.tables[name]));
    for (const p of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, p, gl.LINEAR);
    for (const p of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, p, gl.CLAMP_TO_EDGE);
  }

  const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const unit = a => { const l = Math.hypot(...a) || 1; return a.map(x => x / l); };
  let rows, zoom, shown = "strength", waiting = false;
  const look = eye => { const up = Math.abs(eye[2]) > 0.95 * Math.hypot(...eye) ? [0, 1, 0] : [0, 0, 1];
    const toward = unit(eye), right = unit(cross(up, toward)); rows = [right, cross(toward, right), toward]; };
  const start = () => { look(scene.eye); zoom = 9; };
  const spin = (dx, dy) => {
    const [c, s, d, e] = [Math.cos(dx), Math.sin(dx), Math.cos(dy), Math.sin(dy)];
    const about = [[c, 0, s], [e * s, d, -e * c], [-d * s, e, d * c]];
    rows = about.map(r => [0, 1, 2].map(x => r[0] * rows[0][x] + r[1] * rows[1][x] + r[2] * rows[2][x]));
    rows[0] = unit(rows[0]); rows[2] = unit(cross(rows[0], rows[1])); rows[1] = cross(rows[2], rows[0]);
  };
  const draw = () => {
    waiting = false;
    const scale = window.devicePixelRatio || 1, w = Math.round(canvas.clientWidth * scale), h = Math.round(canvas.clientHeight * scale);
    if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
    gl.viewport(0, 0, w, h); gl.clearColor(0, 0, 0, 0); gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.DEPTH_TEST); gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.uniformMatrix3fv(at.turn, false, [0, 1, 2].flatMap(x => rows.map(r => r[x])));
    gl.uniform3fv(at.center, scene.center); gl.uniform1f(at.zoom, zoom);
    gl.uniform2f(at.shape, Math.max(w / h, 1), Math.max(h / w, 1));
    for (const name of ["cortex", "target", "coil", "scalp"]) {
      const part = parts[name];
      if (!part.shown) continue;
      const solid = part.opacity === 1;
      solid ? gl.disable(gl.BLEND) : gl.enable(gl.BLEND); gl.depthMask(solid);
      if (name === "scalp") { gl.enable(gl.CULL_FACE); gl.cullFace(gl.BACK); } else gl.disable(gl.CULL_FACE);
      gl.uniform1f(at.opacity, part.opacity); gl.uniform1i(at.painted, part.values ? 1 : 0);
      gl.uniform3fv(at.color, (part.color || [0, 0, 0]).map(x => x / 255));
      gl.bindTexture(gl.TEXTURE_2D, tables[shown]); gl.bindVertexArray(part.arrays[part.values ? shown : "none"]);
      if (name === "target") {  // seen through the cortex, but paler there
        gl.enable(gl.BLEND); gl.depthMask(false); gl.depthFunc(gl.GREATER); gl.uniform1f(at.opacity, 0.45);
        gl.drawElements(gl.TRIANGLES, part.count, part.type, 0);
        gl.disable(gl.BLEND); gl.depthMask(true); gl.depthFunc(gl.LESS); gl.uniform1f(at.opacity, 1);
      }
      gl.drawElements(gl.TRIANGLES, part.count, part.type, 0);
    }
    gl.depthMask(true);
  };
  const ask = () => { if (!waiting) { waiting = true; requestAnimationFrame(draw); } };
  const magnify = factor => { zoom = Math.min(60, Math.max(3, zoom * factor)); ask(); };

  const held = new Map();
  canvas.addEventListener("pointerdown", e => { held.set(e.pointerId, [e.clientX, e.clientY]); canvas.setPointerCapture(e.pointerId); });
  for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, e => held.delete(e.pointerId));
  canvas.addEventListener("pointermove", e => {
    const from = held.get(e.pointerId); if (!from) return;
    const to = [e.clientX, e.clientY], others = [...held].filter(([id]) => id !== e.pointerId);
    if (others.length) { const o = others[0][1];
      magnify(Math.hypot(to[0] - o[0], to[1] - o[1]) / Math.max(1, Math.hypot(from[0] - o[0], from[1] - o[1])));
    } else { spin((to[0] - from[0]) * 0.01, (to[1] - from[1]) * 0.01); ask(); }
    held.set(e.pointerId, to);
  });
  canvas.addEventListener("wheel", e => { if (document.activeElement !== canvas && !e.ctrlKey) return;
    e.preventDefault(); magnify(Math.exp(-e.deltaY * 0.0015)); }, { passive: false });
  const views = { coil: scene.eye, left: [-1, 0, 0], right: [1, 0, 0], front: [0, 1, 0], top: [0, 0, 1] };
  const keys = { ArrowLeft: () => spin(-0.1, 0), ArrowRight: () => spin(0.1, 0), ArrowUp: () => spin(0, -0.1),
    ArrowDown: () => spin(0, 0.1), "+": () => magnify(1.15), "=": () => magnify(1.15), "-": () => magnify(1 / 1.15),
    0: start };
  canvas.addEventListener("keydown", e => { if (keys[e.key] && !e.ctrlKey && !e.metaKey && !e.altKey) {
    e.preventDefault(); keys[e.key](); ask(); } });
  for (const b of figure.querySelectorAll("button[data-view]")) b.addEventListener("click", () => {
    b.dataset.view === "coil" ? start() : look(views[b.dataset.view]); ask(); });
  for (const b of figure.querySelectorAll("button[data-zoom]")) b.addEventListener("click", () => magnify(+b.dataset.zoom));
  for (const i of figure.querySelectorAll("input[name=part]")) i.addEventListener("change", () => { parts[i.value].shown = i.checked; ask(); });
  for (const i of figure.querySelectorAll("input[name=paint]")) i.addEventListener("change", () => {
    shown = i.value; figure.dataset.paint = shown; ask(); });
  canvas.addEventListener("webglcontextlost", e => { e.preventDefault(); figure.classList.remove("live");
    figure.querySelector(".no-webgl").hidden = false; });
  new ResizeObserver(ask).observe(canvas);
  start(); figure.classList.add("live"); draw();
})();
