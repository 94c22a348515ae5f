#!/usr/bin/env python3
"""Exact integer inference of the .npy files beside this script; prints the accuracy.

It shares no code with train.py, so that a mistake in the training's view of the arithmetic would
show as lost accuracy here.
"""

import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent


def load(name):
    return np.load(HERE / f"{name}.npy")


def layer(name, x):
    """x (images, inputs) of +1 and -1 -> integer sums (images, outputs), bias included."""
    weights = load(f"{name}_weights").astype(np.int64)
    for what, values in (("inputs", x), ("weights", weights)):
        if not np.all(np.abs(values) == 1):
            raise SystemExit(f"layer {name}: {what} are not all +1 or -1")
    return x @ weights + load(f"{name}_bias")


def main():
    hidden = np.where(layer("hidden", load("test_images").astype(np.int64)) >= 0, 1, -1)
    scores = layer("scores", hidden) * load("scores_scale").astype(np.float64)
    right = scores.argmax(axis=1) == load("test_labels")
    print(f"{np.count_nonzero(right)} of {len(right)} right, {100 * right.mean():.2f} %")


if __name__ == "__main__":
    main()
