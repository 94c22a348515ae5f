// From values to places, and the ticks of an axis.
import { number_text } from "./format.js";

/// The nearest of 1, 2 and 5 times a power of ten.
export function round_width(width) {
  const power = 10 ** Math.floor(Math.log10(width));
  const part = width / power;
  return power * (part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10);
}

/// An axis over values with a place from 0 to 1 for each, and about `target` ticks. Logarithmic
/// only where all values are above 0.
export function make_scale(values, logarithmic, target = 6) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) [low, high] = [0, 1];
  const log = logarithmic && low > 0;
  if (log) return log_scale(low, high);
  if (low === high) {
    const room = low === 0 ? 1 : Math.abs(low) * 0.1;
    low -= room;
    high += room;
  }
  const step = round_width((high - low) / target);
  low = Math.floor(low / step + 1e-9) * step;
  high = Math.ceil(high / step - 1e-9) * step;
  const ticks = [];
  const count = Math.round((high - low) / step);
  for (let i = 0; i <= count; ++i) ticks.push(low + i * step);
  // 0.1 + 0.2 is no label.
  const decimals = Math.max(0, Math.min(15, -Math.floor(Math.log10(step))));
  return {
    log: false, low, high,
    ticks: ticks.map((t) => Number(t.toFixed(decimals))),
    place: (value) => (value - low) / (high - low),
  };
}

function log_scale(low, high) {
  if (low === high) [low, high] = [low / 2, high * 2];
  const margin = (Math.log10(high) - Math.log10(low)) * 0.03;
  const from = Math.log10(low) - margin;
  const to = Math.log10(high) + margin;
  const factors = to - from > 6 ? [1] : to - from > 1 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
  const ticks = [];
  for (let e = Math.floor(from); e <= to; ++e) {
    for (const factor of factors) {
      const tick = factor * 10 ** e;
      if (Math.log10(tick) >= from && Math.log10(tick) <= to) ticks.push(tick);
    }
  }
  return {
    log: true, low: 10 ** from, high: 10 ** to,
    ticks: ticks.length > 1 ? ticks : [low, high],
    place: (value) => (Math.log10(value) - from) / (to - from),
  };
}

export function tick_text(value) {
  return number_text(value, 4);
}

/// Bins of equal width at round values: [{ from, to, count }]. The last one holds its upper edge.
export function make_bins(values) {
  if (values.length === 0) return [];
  const target = Math.min(30, Math.max(6, Math.ceil(Math.sqrt(values.length) * 1.5)));
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const whole = values.every(Number.isInteger);
  let width = low === high ? (low === 0 ? 1 : Math.abs(low) * 0.1) : round_width((high - low) / target);
  if (whole) width = Math.max(1, Math.round(width));
  const first = Math.floor(low / width + 1e-9);
  const count = Math.max(1, Math.floor(high / width + 1e-9) - first + 1);
  const bins = [];
  for (let i = 0; i < count; ++i) {
    bins.push({ from: (first + i) * width, to: (first + i + 1) * width, count: 0 });
  }
  for (const value of values) {
    const i = Math.floor(value / width + 1e-9) - first;
    bins[Math.min(Math.max(i, 0), count - 1)].count += 1;
  }
  return bins;
}
