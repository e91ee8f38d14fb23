#!/usr/bin/env python3
"""Follows gpu-train and PyTorch update by update from the same weights over the same batches.

PyTorch trains for an epoch first (seeded): far from the initial weights, small differences are
not yet blown up by a steep loss. Then gpu-train and PyTorch continue from those weights in the
file's order with SGD, Nesterov momentum and weight decay. PyTorch does so twice, in float32 and in
float64: how far these two drift apart is what rounding alone does.

Differences are relative: a loss to PyTorch's loss, a weight to the largest of its tensor. Needed
is a difference of at most 1e-4, or of 3 times PyTorch's own where that is more.
Ends with code 0 if both losses and weights agree, 1 if not.

    swift build -c release
    python Benchmarks/parity_steps.py --model lenet
    python Benchmarks/parity_steps.py --torch-only       # just PyTorch's own drift
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

LEARNING_RATE = 0.02
SGD = dict(momentum=0.9, nesterov=True, weight_decay=5e-4)
FLOOR, FACTOR = 1e-4, 3


def train(weights, model_name, batches, dtype, mean, std, lr=LEARNING_RATE, sgd=SGD):
    """The loss before each update and the weights after the last."""
    model = network(model_name)
    if weights is not None:
        model.load_state_dict(weights)
    model.to(dtype)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, **sgd)
    losses = []
    for images, labels in batches:
        loss = F.cross_entropy(model(normalised(images, mean, std, dtype)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, {name: value.detach() for name, value in model.state_dict().items()}


def run_gpu_train(arguments, folder, start):
    """The same run by gpu-train: its losses, its last weights."""
    out = folder / "run"
    command = [
        arguments.binary, "train", "--device", arguments.device, "--no-shuffle",
        "--init", str(start), "--log-every", "1", "--max-steps", str(arguments.steps),
        "--optimizer", "SGD(momentum=0.9, nesterov=True, weight_decay=5e-4)",
        "--lr", str(LEARNING_RATE), "--schedule", "constant",
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


def weight_differences(weights, expected):
    """For each tensor the largest difference, relative to its largest weight."""
    if weights.keys() != expected.keys():
        sys.exit(f"weights are named {sorted(weights)}, expected {sorted(expected)}")
    return {
        name: ((weights[name].double() - value.double()).abs().max()
               / value.double().abs().max()).item()
        for name, value in expected.items()}


def worst(differences):
    """The largest; NaN if one is NaN."""
    return max(differences, key=lambda value: math.inf if math.isnan(value) else value)


def verdict(name, difference, spread):
    """Prints whether a difference is allowed; a NaN never is."""
    allowed = max(FLOOR, FACTOR * spread)
    agrees = difference <= allowed
    print(f"{name}: gpu-train against PyTorch float32 {difference:.2e}, "
          f"PyTorch float32 against float64 {spread:.2e}, allowed {allowed:.2e}: "
          f"{'agrees' if agrees else 'DIFFERS'}")
    return agrees


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", default=".build/release/gpu-train")
    parser.add_argument("--device", default="0", help="gpu-train's device")
    parser.add_argument("--model", choices=["lenet", "cnn"], default="lenet")
    parser.add_argument("--batch-size", type=int, help="default: lenet 256, cnn 64")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--pretrain-steps", type=int, help="default: one epoch")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, help="PyTorch's threads; default: its choice")
    parser.add_argument("--data", default=FASHION_MNIST, help="folder of the four .gz files")
    parser.add_argument("--torch-only", action="store_true", help="leave gpu-train out")
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
    losses, weights = train(
        None, arguments.model, batches, torch.float32, mean, std, sgd=dict(momentum=0.9))
    if losses:
        print(f"trained {count} updates: loss {losses[0]:.4f} to {losses[-1]:.4f}", flush=True)

    def steps():
        return islice(cycle(order), arguments.steps)

    with tempfile.TemporaryDirectory() as name:
        start = Path(name) / "start.safetensors"
        save_file(weights, start)
        if not arguments.torch_only:
            our_losses, our_weights = run_gpu_train(arguments, Path(name), start)

    single_losses, single = train(weights, arguments.model, steps(), torch.float32, mean, std)
    double_losses, double = train(weights, arguments.model, steps(), torch.float64, mean, std)
    loss_spread = loss_differences(single_losses, double_losses)
    weight_spread = weight_differences(single, double)

    if arguments.torch_only:
        print("step  loss      float32 against float64")
        for step, (loss, spread) in enumerate(zip(single_losses, loss_spread), 1):
            print(f"{step:4}  {loss:.6f}  {spread:.2e}")
        print(f"PyTorch float32 against float64: losses {worst(loss_spread):.2e}, "
              f"weights {worst(weight_spread.values()):.2e}")
        return

    loss_difference = loss_differences(our_losses, single_losses)
    weight_difference = weight_differences(our_weights, single)
    print("step  gpu-train  PyTorch   difference  float32 against float64")
    for step, row in enumerate(
            zip(our_losses, single_losses, loss_difference, loss_spread), 1):
        print("{:4}  {:9.6f}  {:8.6f}  {:.2e}    {:.2e}".format(step, *row))
    print("weights: difference, float32 against float64")
    for name, difference in weight_difference.items():
        print(f"  {name:14} {difference:.2e}  {weight_spread[name]:.2e}")
    agree = [
        verdict("losses", worst(loss_difference), worst(loss_spread)),
        verdict("weights", worst(weight_difference.values()), worst(weight_spread.values()))]
    sys.exit(0 if all(agree) else 1)


if __name__ == "__main__":
    main()
