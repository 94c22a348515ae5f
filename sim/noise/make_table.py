"""The table of the inverse normal distribution, as integers: sim/noise/normal_table.h and the
memory in rtl/behavioural/cim_noise.v, both from the same numbers. docs/noise.md explains it.

    make_table.py          write both files
    make_table.py --check  compare both files; exit status 1 where one differs

The upper tail z(p) = -inverse_cdf(p) is cut at p = 2^-33, 2^-32, ... 2^-2 into 32 octaves, and
each octave into 16 equal segments. A segment has the parabola through the exact z at its two ends
and its middle, so that neighbours meet:

    z = value - t (slope - t curve),  t in [0, 1) from the lower end of p to the upper end

z falls and is convex, so that all three are positive. The numbers are computed with 50 decimal
digits of decimal arithmetic, which rounds correctly: all machines make the same files.
"""

import decimal
import pathlib
import statistics
import sys
from decimal import Decimal

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADER = ROOT / "sim/noise/normal_table.h"
VERILOG = ROOT / "rtl/behavioural/cim_noise.v"

OCTAVES = 32
SEGMENTS = 16  # of an octave
FRACTION_BITS = 28  # of the coefficients
WIDTHS = (31, 24, 18)  # bits of value, slope and curve

decimal.getcontext().prec = 50
PI = Decimal("3.14159265358979323846264338327950288419716939937510582")
HALF = Decimal("0.5")


def density(z):
    return (-z * z / 2).exp() / (2 * PI).sqrt()


def upper_tail(z):
    """P(Z > z) of a standard normal Z, z >= 0: 1/2 - density (z + z^3/3 + z^5/(3 5) + ...). At
    z = 6.4 the difference loses ten of the fifty digits."""
    term, total, n = z, Decimal(0), 1
    while term > Decimal("1e-48"):
        total += term
        n += 2
        term *= z * z / n
    return HALF - density(z) * total


def upper_quantile(p):
    """z with P(Z > z) = p, 0 < p <= 1/2, by Newton's steps from the double next to it."""
    if p == HALF:
        return Decimal(0)
    z = Decimal(-statistics.NormalDist().inv_cdf(float(p)))
    for _ in range(3):  # 15 digits -> 30 -> all
        z += (upper_tail(z) - p) / density(z)
    return z


def in_units(coefficient):
    return int((coefficient * 2 ** FRACTION_BITS).to_integral_value(decimal.ROUND_HALF_EVEN))


def table():
    """(value, slope, curve) of each segment, [octave * SEGMENTS + segment]; octave o has
    2^(o-33) <= p < 2^(o-32)."""
    rows = []
    for octave in range(OCTAVES):
        bottom = Decimal(2) ** (octave - 33)
        nodes = [upper_quantile(bottom * (1 + Decimal(i) / (2 * SEGMENTS)))
                 for i in range(2 * SEGMENTS + 1)]
        for s in range(SEGMENTS):
            low, middle, high = nodes[2 * s:2 * s + 3]
            coefficients = (low, 3 * low - 4 * middle + high, 2 * (low - 2 * middle + high))
            rows.append(tuple(in_units(c) for c in coefficients))
    assert all(0 <= c < 2 ** width for row in rows for c, width in zip(row, WIDTHS))
    return rows


def header(rows):
    lines = ["// The inverse normal distribution in integers, made by make_table.py: change that.",
             "#pragma once", "", "#include <array>", "#include <cstdint>", "",
             "namespace cimforge::noise {", "",
             "/// z = value - t (slope - t curve) for t in [0, 1); all in units of "
             f"2^-{FRACTION_BITS}.",
             "struct NormalSegment {", "  std::uint32_t value;", "  std::uint32_t slope;",
             "  std::uint32_t curve;", "};", "",
             f"/// [octave * {SEGMENTS} + segment]; octave o begins at the tail probability "
             "2^(o-33).",
             "// clang-format off",
             f"inline constexpr std::array<NormalSegment, {len(rows)}> kNormalTable = {{{{"]
    lines += ["    " + " ".join(f"{{{v}, {s}, {c}}}," for v, s, c in rows[i:i + 3])
              for i in range(0, len(rows), 3)]
    lines += ["}};", "// clang-format on", "", "}  // namespace cimforge::noise"]
    return "\n".join(lines) + "\n"


def verilog(rows, text):
    """`text` with the rows between the marks of the table."""
    begin = "    // Table: begin\n"
    end = "    // Table: end\n"
    head, rest = text.split(begin)
    _, tail = rest.split(end)
    lines = []
    for i, row in enumerate(rows):
        numbers = ", ".join(f"{width}'d{c}" for c, width in zip(row, WIDTHS))
        lines.append(f"    segments[{i}] = {{{numbers}}};\n")
    return head + begin + "".join(lines) + end + tail


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(__doc__)
        return 2
    rows = table()
    status = 0
    for file, text in ((HEADER, header(rows)), (VERILOG, verilog(rows, VERILOG.read_text()))):
        if not arguments:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            print(f"{file.relative_to(ROOT)} is not what make_table.py makes")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
