#!/usr/bin/env python3
"""Follows gpu-train and PyTorch update by update from the same weights over the same batches.

PyTorch trains for an epoch first (seeded): far from the initial weights, small differences are
not yet blown up by a steep loss. Then gpu-train and PyTorch continue from those weights in the
file's order, under a rate that a cosine takes to 0. PyTorch does so twice, in float32 and in
float64: how far these two drift apart is what rounding alone does.

Differences are relative: a loss to PyTorch's loss; the path, the distance of all weights at the end
to the way that they have come. Needed is a loss within 1e-4 and a path within 1 %, or 3 times
PyTorch's own difference where that is more.
Ends with code 0 if both losses and weights agree, 1 if not.

    swift build -c release
    python Benchmarks/parity_steps.py --model lenet
    python Benchmarks/parity_steps.py --optimizer all    # each of PyTorch's, a line each
"""

import argparse
import csv
import math
import subprocess
import sys
import tempfile
from itertools import cycle, islice
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from networks import (
    FASHION_MNIST, USUAL_BATCH, fashion_mnist, mean_and_std, network, normalised)

# The arguments of each optimizer, and its highest rate.
OPTIMIZERS = {
    "SGD": dict(lr=0.02, momentum=0.9, nesterov=True, weight_decay=5e-4),
    "Adam": dict(lr=1e-3, amsgrad=True),
    "AdamW": dict(lr=1e-3, weight_decay=0.05),
    "Adagrad": dict(lr=0.01, lr_decay=0.01),
    "Adadelta": dict(lr=0.1),
    "RMSprop": dict(lr=1e-3, momentum=0.5, centered=True),
    "Adamax": dict(lr=2e-3),
    "NAdam": dict(lr=1e-3),
    "RAdam": dict(lr=1e-3),
    "Rprop": dict(lr=1e-4, step_sizes=(1e-6, 1e-3)),
    "ASGD": dict(lr=0.02, t0=10),
    "Adafactor": dict(lr=0.01),
}
LOSS, PATH, FACTOR = 1e-4, 1e-2, 3


def train(weights, model_name, batches, dtype, mean, std, name, options, steps=None):
    """The loss before each update and the weights after the last; over `steps` to a rate of 0."""
    model = network(model_name)
    if weights is not None:
        model.load_state_dict(weights)
    model.to(dtype)
    optimizer = getattr(torch.optim, name)(model.parameters(), **options)
    scheduler = steps and torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    losses = []
    for images, labels in batches:
        loss = F.cross_entropy(model(normalised(images, mean, std, dtype)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if scheduler:
            scheduler.step()
        losses.append(loss.item())
    return losses, {name: value.detach() for name, value in model.state_dict().items()}


def run_gpu_train(arguments, folder, start, name, options):
    """The same run by gpu-train: its losses, its last weights."""
    out = folder / name
    spec = ", ".join(f"{key}={value}" for key, value in options.items())
    command = [
        arguments.binary, "train", "--device", arguments.device, "--no-shuffle",
        "--init", str(start), "--log-every", "1", "--max-steps", str(arguments.steps),
        "--optimizer", f"{name}({spec})", "--decay-biases", "true",
        "--clock", "step", "--schedule", f"CosineAnnealingLR(T_max={arguments.steps})",
        "--batch-size", str(arguments.batch_size), "--model", arguments.model,
        "--progress", "none", "--out", str(out)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        sys.exit(f"{command[0]} could not be started ({error.strerror}). "
                 "Build it with `swift build -c release` or name it with --binary.")
    if done.returncode != 0:
        sys.exit(f"gpu-train ended with code {done.returncode}:\n{done.stderr}")
    with open(out / "steps.csv", newline="") as file:
        losses = [float(row["loss"]) for row in csv.DictReader(file)]
    if len(losses) != arguments.steps:
        sys.exit(f"steps.csv has {len(losses)} rows, expected {arguments.steps}")
    return losses, load_file(out / "weights" / "last.safetensors")


def loss_differences(losses, expected):
    return [abs(a - b) / abs(b) for a, b in zip(losses, expected)]


def path_difference(weights, expected, start):
    """How far the weights are from where they should be, relative to the way from the start."""
    if weights.keys() != expected.keys():
        sys.exit(f"weights are named {sorted(weights)}, expected {sorted(expected)}")

    def distance(a, b):
        return math.sqrt(sum(
            ((a[name].double() - b[name].double()) ** 2).sum().item() for name in b))
    return distance(weights, expected) / distance(start, expected)


def worst(differences):
    """The largest; NaN if one is NaN."""
    return max(differences, key=lambda value: math.inf if math.isnan(value) else value)


def agrees(difference, spread, needed):
    """Whether a difference is allowed; a NaN never is."""
    return difference <= max(needed, FACTOR * spread)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", default=".build/release/gpu-train")
    parser.add_argument("--device", default="0", help="gpu-train's device")
    parser.add_argument("--model", choices=["lenet", "cnn"], default="lenet")
    parser.add_argument("--optimizer", choices=[*OPTIMIZERS, "all"], default="SGD")
    parser.add_argument("--batch-size", type=int, help="default: lenet 256, cnn 64")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--pretrain-steps", type=int, help="default: one epoch")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, help="PyTorch's threads; default: its choice")
    parser.add_argument("--data", default=FASHION_MNIST, help="folder of the four .gz files")
    parser.add_argument("--losses", action="store_true", help="print the loss of every step")
    arguments = parser.parse_args()
    arguments.batch_size = arguments.batch_size or USUAL_BATCH[arguments.model]
    if arguments.threads:
        torch.set_num_threads(arguments.threads)

    images, labels = fashion_mnist("train", arguments.data)
    mean, std = mean_and_std(images)
    order = list(zip(images.split(arguments.batch_size), labels.split(arguments.batch_size)))

    torch.manual_seed(arguments.seed)
    shuffled = torch.randperm(len(images)).split(arguments.batch_size)
    count = len(shuffled) if arguments.pretrain_steps is None else arguments.pretrain_steps
    batches = ((images[picked], labels[picked]) for picked in islice(cycle(shuffled), count))
    losses, start = train(
        None, arguments.model, batches, torch.float32, mean, std, "SGD",
        dict(lr=0.02, momentum=0.9))
    if losses:
        print(f"trained {count} updates: loss {losses[0]:.4f} to {losses[-1]:.4f}", flush=True)

    print(f"{arguments.model}, {arguments.steps} updates; differences of gpu-train and PyTorch "
          "float32, in brackets of PyTorch float32 and float64")
    all_agree = True
    names = OPTIMIZERS if arguments.optimizer == "all" else [arguments.optimizer]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "start.safetensors"
        save_file(start, file)
        for name in names:
            options = OPTIMIZERS[name]
            ours = run_gpu_train(arguments, Path(folder), file, name, options)
            single, double = (
                train(start, arguments.model, islice(cycle(order), arguments.steps), dtype, mean,
                      std, name, options, steps=arguments.steps)
                for dtype in (torch.float32, torch.float64))
            losses = loss_differences(ours[0], single[0])
            spreads = loss_differences(single[0], double[0])
            if arguments.losses:
                for step, row in enumerate(zip(ours[0], single[0], losses, spreads), 1):
                    print("{:4}  {:9.6f}  {:8.6f}  {:.1e}  ({:.1e})".format(step, *row))
            loss, spread = worst(losses), worst(spreads)
            path = path_difference(ours[1], single[1], start)
            path_spread = path_difference(single[1], double[1], start)
            agree = agrees(loss, spread, LOSS) and agrees(path, path_spread, PATH)
            all_agree = all_agree and agree
            print(f"{name:10} loss {loss:.1e} ({spread:.1e})  path {path:.1e} ({path_spread:.1e})  "
                  f"{'agrees' if agree else 'DIFFERS'}", flush=True)
    sys.exit(0 if all_agree else 1)


if __name__ == "__main__":
    main()
