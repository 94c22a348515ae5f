// Numbers and times for readers, the same everywhere.

/// At most `digits` significant digits, thousands apart: 69,988, 0.0312, 3.2×10⁻⁹.
export function number_text(value, digits = 5) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e12) return grouped(value.toFixed(0));
  if (size >= 1e9 || size < 1e-4) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    return `${signed(trimmed(mantissa))}×10${superscript(Number(exponent))}`;
  }
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return grouped(trimmed(value.toFixed(decimals)));
}

function trimmed(text) {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function signed(text) {
  return text.replace("-", "−");
}

function grouped(text) {
  const [whole, fraction] = text.split(".");
  const digits = whole.replace("-", "");
  const apart = digits.replace(/\B(?=(\d{3})+$)/g, ",");
  return signed(whole.startsWith("-") ? "-" : "") + apart + (fraction ? `.${fraction}` : "");
}

function superscript(exponent) {
  const raised = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
  return [...String(exponent)].map((c) => raised[c]).join("");
}

export function with_unit(value, unit) {
  const text = number_text(value);
  return unit && text !== "–" ? `${text} ${unit}` : text;
}

export function counted(count, noun, plural = `${noun}s`) {
  return `${number_text(count)} ${count === 1 ? noun : plural}`;
}

export function percent(part, whole) {
  return whole === 0 ? "–" : `${number_text(100 * part / whole, 3)} %`;
}

/// A share that is reached, never rounded up: 99.96 % is not 100 %.
export function reached(part, whole) {
  return whole === 0 ? "–" : `${number_text(Math.floor(1000 * part / whole + 1e-9) / 10)} %`;
}

/// A function that writes the numbers of a column under one another: as many decimals for each.
export function column_format(column) {
  let most = 0;
  let least = Infinity;
  let whole = true;
  for (let i = 0; i < column.count; ++i) {
    const size = Math.abs(column.at(i) ?? 0);
    most = Math.max(most, size);
    if (size > 0) least = Math.min(least, size);
    whole = whole && Number.isInteger(size);
  }
  if (whole || most >= 1e9 || most < 1e-4) return number_text;
  const decimals = Math.min(6, Math.max(0, 4 - Math.floor(Math.log10(most))));
  if (least < 10 ** -decimals) return number_text;
  return (value) => value === null ? "–" : grouped(value.toFixed(decimals));
}

/// 95 s, 12.5 min, 3.2 h
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 120) return `${number_text(seconds, 3)} s`;
  if (seconds < 7200) return `${number_text(seconds / 60, 3)} min`;
  return `${number_text(seconds / 3600, 3)} h`;
}

/// Seconds since 1970 as 2026-01-31 12:00 UTC.
export function time_text(seconds) {
  if (!seconds) return "–";
  return new Date(seconds * 1000).toISOString().replace("T", " ").slice(0, 19) + " UTC";
}

/// `ppa.area_um2 (µm²)`
export function titled(column) {
  return column.unit ? `${column.name} (${column.unit})` : column.name;
}
