#!/usr/bin/env python3
"""Exact integer inference of network.toml from its .npy files; prints the accuracy.

This is the reference that a run on the macro has to match.  It shares no code with train.py,
so that a mistake in the training's view of the arithmetic would show as lost accuracy here.

    python3 evaluate.py            # network.toml beside this script
    python3 evaluate.py other.toml
"""

import argparse
import pathlib
import tomllib

import numpy as np

# Format name -> lowest and highest code.
FORMATS = {"int4": (-8, 7)}


def load(path, dtype, dimensions):
    """Load a .npy file, insisting on format 1.0, C order, its type and dimensions."""
    with open(path, "rb") as file:
        version = np.lib.format.read_magic(file)
        if version != (1, 0):
            raise SystemExit(f"{path.name}: .npy version {version}, expected (1, 0)")
        _, fortran_order, stored = np.lib.format.read_array_header_1_0(file)
    array = np.load(path)
    if fortran_order or stored != np.dtype(dtype) or array.ndim != dimensions:
        raise SystemExit(
            f"{path.name}: {stored} of {array.ndim} dimensions (Fortran order {fortran_order}), "
            f"expected {dtype} of {dimensions} dimensions in C order"
        )
    return array


def check_range(array, name, form):
    """Stop if a code of the array lies outside the format."""
    low, high = FORMATS[form]
    if array.min() < low or array.max() > high:
        raise SystemExit(f"{name}: codes {array.min()}..{array.max()} do not fit {form}")


def run_layer(x, layer, folder, weight_format):
    """One layer on x (images, inputs) int64 codes.

    Returns int64 codes (images, outputs), or float64 scores (images, outputs) for a layer
    without an output format.  Rounding is half to even, in double precision.
    """
    weights = load(folder / layer["weights"], "<i1", 2)
    bias = load(folder / layer["bias"], "<i4", 1)
    scale = load(folder / layer["scale"], "<f4", 1)
    check_range(weights, layer["weights"], weight_format)
    if weights.shape != (x.shape[1], len(bias)) or scale.shape != bias.shape:
        raise SystemExit(f"layer {layer['name']}: shapes of weights, bias and scale disagree")

    acc = x @ weights.astype(np.int64) + bias.astype(np.int64)
    print(
        f"layer {layer['name']}: {weights.shape[0]} -> {weights.shape[1]}, "
        f"weights {weights.min()}..{weights.max()}, inputs {x.min()}..{x.max()}, "
        f"accumulators {acc.min()}..{acc.max()}"
    )
    scaled = acc.astype(np.float64) * scale.astype(np.float64)
    if "output" not in layer:
        return scaled
    low, high = FORMATS[layer["output"]]
    if layer["activation"] == "relu":
        low = 0
    return np.clip(np.rint(scaled), low, high).astype(np.int64)


def infer(x, layers, folder, weight_format="int4"):
    """x (images, inputs) input codes -> float64 scores (images, classes)."""
    x = x.astype(np.int64)
    for layer in layers:
        x = run_layer(x, layer, folder, weight_format)
    return x


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", type=pathlib.Path, nargs="?",
                        default=pathlib.Path(__file__).parent / "network.toml")
    path = parser.parse_args().network
    with open(path, "rb") as file:
        network = tomllib.load(file)

    images = load(path.parent / network["input"]["data"], "<i1", 2)
    labels = load(path.parent / network["input"]["labels"], "<u1", 1)
    check_range(images, network["input"]["data"], network["input"]["format"])
    if len(images) != len(labels):
        raise SystemExit(f"{len(images)} images but {len(labels)} labels")

    scores = infer(images, network["layer"], path.parent)
    # argmax takes the first of equal maxima.
    right = scores.argmax(axis=1) == labels
    for digit in np.unique(labels):
        of_class = right[labels == digit]
        print(f"digit {digit}: {np.count_nonzero(of_class)} of {len(of_class)}")
    print(f"accuracy: {np.count_nonzero(right)} of {len(right)} = {100 * right.mean():.2f} %")


if __name__ == "__main__":
    main()
