"""Number formats as another implementation has them: number_golden.txt, which number_test.cpp reads.

    pip install numpy ml_dtypes
    number_golden.py          write the file
    number_golden.py --check  compare it; exit status 1 where it differs

Lines of the file, for formats of 8 bits and fewer:

    decode FORMAT values      of code 0, 1, ...
    encode FORMAT value code  a value that float32 holds, and the code nearest to it

and for those of 16 bits a hash (FNV-1a, 64 bits) of what would be there:

    decode_hash FORMAT hash   of the 8 bytes of each value as float64, low byte first, NaN as 0x7ff8...
    encode_hash FORMAT hash   of the 2 bytes of each code, low byte first

The values that are encoded are, for each code from 0 to the largest finite one: its value, the
middle between it and the next one (past the largest: the next that there would be), and the
neighbours of that middle in float32; then the least float32, 2 times the largest value, infinity and,
where the format has it, NaN. Overflow gives what a conversion without saturation gives.
"""

import pathlib
import sys

import ml_dtypes
import numpy as np

FILE = pathlib.Path(__file__).with_name("number_golden.txt")

SMALL = {
    "fp8_e4m3": (ml_dtypes.float8_e4m3fn, 8),
    "fp8_e5m2": (ml_dtypes.float8_e5m2, 8),
    "fp6_e3m2": (ml_dtypes.float6_e3m2fn, 6),
    "fp6_e2m3": (ml_dtypes.float6_e2m3fn, 6),
    "fp4_e2m1": (ml_dtypes.float4_e2m1fn, 4),
}
WIDE = {"fp16": np.float16, "bf16": ml_dtypes.bfloat16}


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def decoded(dtype, bits):
    storage = np.uint8 if bits <= 8 else np.uint16
    return np.arange(1 << bits, dtype=storage).view(dtype).astype(np.float64)


def encoded(dtype, bits):
    """The values that are encoded, and their codes."""
    positive = decoded(dtype, bits)[: 1 << (bits - 1)]
    finite = positive[np.isfinite(positive)]
    above = np.append(finite[1:], finite[-1] + (finite[-1] - finite[-2]))
    middle = ((finite + above) / 2).astype(np.float32)
    assert (middle.astype(np.float64) == (finite + above) / 2).all()
    with np.errstate(all="ignore"):
        rows = np.stack([
            finite.astype(np.float32),
            middle,
            np.nextafter(middle, np.float32(0)),
            np.nextafter(middle, np.float32(np.inf)),
        ], axis=1)
        ends = [np.float32(2.0**-149), np.float32(2 * finite[-1]), np.float32(np.inf)]
        if np.isnan(positive).any():
            ends.append(np.float32(np.nan))
        values = np.append(rows.reshape(-1), np.array(ends, dtype=np.float32))
        storage = np.uint8 if bits <= 8 else np.uint16
        return values, values.astype(dtype).view(storage)


def text():
    lines = [f"# Made by number_golden.py with ml_dtypes {ml_dtypes.__version__}."]
    for name, (dtype, bits) in SMALL.items():
        values = [np.format_float_positional(v, trim="-") for v in decoded(dtype, bits)]
        lines.append(f"decode {name} {' '.join(values)}")
    scales = np.arange(256, dtype=np.uint8).view(ml_dtypes.float8_e8m0fnu).astype(np.float64)
    lines.append("decode e8m0 " + " ".join(repr(float(v)) for v in scales))
    for name, (dtype, bits) in SMALL.items():
        for value, code in zip(*encoded(dtype, bits)):
            lines.append(f"encode {name} {float(value)!r} {code}")
    for name, dtype in WIDE.items():
        values = decoded(dtype, 16)
        patterns = values.view(np.uint64)
        patterns[np.isnan(values)] = 0x7FF8000000000000
        lines.append(f"decode_hash {name} {fnv(patterns.astype('<u8').tobytes())}")
        lines.append(f"encode_hash {name} {fnv(encoded(dtype, 16)[1].astype('<u2').tobytes())}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(0 if FILE.read_text() == text() else 1)
    FILE.write_text(text())
