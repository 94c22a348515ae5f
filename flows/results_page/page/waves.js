// Waves from WaveDrom's JSON: clock, levels, data, unknown, and an edge with a label.
import { s } from "./dom.js";

const cell = 44;
const lane = 30;
const high = 20;

/// Cells of one lane: "1..0" becomes [{ kind, from, to, label }].
export function segments(signal) {
  const result = [];
  let label = 0;
  [...signal.wave].forEach((kind, k) => {
    if (kind === "." && signal.wave[0] !== "p") {
      result[result.length - 1].to = k + 1;
    } else if (signal.wave[0] === "p") {
      result.push({ kind: "p", from: k, to: k + 1 });
    } else {
      result.push({ kind, from: k, to: k + 1, label: kind === "=" ? signal.data[label++] : null });
    }
  });
  return result;
}

export function waves_svg(json) {
  const signals = json.signal;
  const names = signals.map((signal) => signal.name ?? "");
  const left = Math.max(...names.map((name) => name.length)) * 7.6 + 18;
  const cells = Math.max(...signals.map((signal) => signal.wave?.length ?? 0));
  const width = left + cells * cell + 12;
  const parts = [];
  const nodes = {};
  let top = 26;
  const x = (k) => left + k * cell;
  for (let k = 0; k < cells; ++k) {
    parts.push(s("text", { class: "tick middle", x: x(k), y: 14 }, String(k)));
  }
  signals.forEach((signal) => {
    if (!signal.wave) {
      top += lane * 0.4;
      return;
    }
    const up = top + (lane - high) / 2;
    const down = up + high;
    parts.push(s("text", { class: "lane end", x: left - 10, y: down - 5 }, signal.name));
    let level = "";
    let before = null;
    for (const { kind, from, to, label } of segments(signal)) {
      const [a, b] = [x(from), x(to)];
      if (kind === "p") {
        level += `${before === null ? `M${a} ${down}` : ""}V${up}H${a + cell / 2}V${down}H${b}`;
      } else if (kind === "0" || kind === "1") {
        const y = kind === "1" ? up : down;
        level += before === null ? `M${a} ${y}H${b}` : `V${y}H${b}`;
      } else {
        const shape = `M${a + 3} ${up}H${b - 3}L${b} ${(up + down) / 2}L${b - 3} ${down}H${a + 3}L${a} ${(up + down) / 2}z`;
        parts.push(s("path", { class: kind === "=" ? "value" : "unknown", d: shape }));
        if (label) parts.push(s("text", { class: "middle data", x: (a + b) / 2, y: down - 5 }, label));
      }
      before = kind;
    }
    if (level) parts.push(s("path", { class: "level", d: level }));
    [...(signal.node ?? "")].forEach((name, k) => {
      if (name !== ".") nodes[name] = { x: x(k), y: down };
    });
    top += lane;
  });
  for (const edge of json.edge ?? []) {
    const [, from, to, text] = /^(\w)\+(\w)\s*(.*)$/.exec(edge) ?? [];
    if (!nodes[from] || !nodes[to]) continue;
    const [a, b] = [nodes[from].x, nodes[to].x];
    const y = nodes[from].y + 8;
    parts.unshift(s("path", { class: "mark", d: `M${a} 20V${top}M${b} 20V${top}` }));
    parts.push(s("path", { class: "edge", d: `M${a} ${y - 4}v8M${a} ${y}H${b}M${b} ${y - 4}v8` }));
    parts.push(s("text", { class: "edge-text", x: Math.min(a, b) + Math.abs(b - a) + 6, y: y + 4 }, text));
  }
  return s("svg", { class: "waves", viewBox: `0 0 ${width} ${top + 8}`, width, height: top + 8, role: "img",
    "aria-label": description(json) }, parts);
}

/// The waves in words, a lane a sentence.
export function description(json) {
  const lanes = json.signal.filter((signal) => signal.wave && signal.wave[0] !== "p").map((signal) => {
    const said = segments(signal).map(({ kind, from, to, label }) => {
      const what = kind === "=" ? label : kind === "1" ? "high" : kind === "0" ? "low" : "unknown";
      return `${what} in ${to - from === 1 ? `cycle ${from}` : `cycles ${from} to ${to - 1}`}`;
    });
    return `${signal.name}: ${said.join(", ")}.`;
  });
  return [...(json.edge ?? []).map((edge) => edge.replace(/^\w\+\w\s*/, "") + "."), ...lanes].join(" ");
}
