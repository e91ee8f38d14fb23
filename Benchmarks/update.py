#!/usr/bin/env python3
"""Times one update of about 11 million weights against PyTorch, in one run, in turn.

An update is what follows the backward pass: clipping by norm, AdamW, and the exponential average
of the weights. PyTorch's is `clip_grad_norm_`, `AdamW(fused=True)` and the faster of
`torch._foreach_lerp_` and `swa_utils.AveragedModel`. Above 1, the ratio says gpu-train is faster.

    swift build -c release
    python Benchmarks/update.py --rounds 5
"""

import argparse
import statistics
import sys
import time

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from compare import lines_of_json

LAYERS = "dense(4096) relu dense(1920) relu dense(10)"
LIMIT, DECAY = 1.0, 0.999


class Update:
    """PyTorch's update of the same network by a fixed gradient."""

    def __init__(self):
        torch.manual_seed(0)
        self.model = nn.Sequential(
            nn.Linear(784, 4096), nn.ReLU(), nn.Linear(4096, 1920), nn.ReLU(), nn.Linear(1920, 10))
        self.parameters = list(self.model.parameters())
        for parameter in self.parameters:
            parameter.grad = torch.randn_like(parameter)
        self.optimizer = torch.optim.AdamW(self.parameters, fused=True)
        self.average = [parameter.detach().clone() for parameter in self.parameters]
        self.averaged = AveragedModel(self.model, multi_avg_fn=get_ema_multi_avg_fn(DECAY))

    def lerp(self):
        with torch.no_grad():
            torch._foreach_lerp_(self.average, self.parameters, 1 - DECAY)

    def averaged_model(self):
        self.averaged.update_parameters(self.model)

    def milliseconds(self, average, times):
        """The median of some updates with one way to average, after a few that warm up."""
        seconds = []
        for number in range(times + 5):
            start = time.perf_counter()
            nn.utils.clip_grad_norm_(self.parameters, LIMIT)
            self.optimizer.step()
            average()
            if number >= 5:
                seconds.append(time.perf_counter() - start)
        return 1e3 * statistics.median(seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", default=".build/release/gpu-train")
    parser.add_argument("--device", default="0", help="gpu-train's device")
    parser.add_argument("--times", type=int, default=50, help="updates of a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, help="PyTorch's threads; default: its choice")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)

    ours = [arguments.binary, "benchmark", "--device", arguments.device, "--model", LAYERS,
            "--batch-size", "16", "--optimizer", "AdamW", "--clip-norm", str(LIMIT),
            "--ema", str(DECAY), "--steps", str(arguments.times), "--json"]
    theirs = Update()
    ways = {"PyTorch, _foreach_lerp_": theirs.lerp,
            "PyTorch, AveragedModel": theirs.averaged_model}
    times = {name: [] for name in ["gpu-train", *ways]}
    for number in range(arguments.rounds):
        print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr, flush=True)
        result = lines_of_json(ours)[-1]
        times["gpu-train"].append(result["median_update_ms"])
        for name, average in ways.items():
            times[name].append(theirs.milliseconds(average, arguments.times))

    medians = {name: statistics.median(values) for name, values in times.items()}
    best = min(value for name, value in medians.items() if name != "gpu-train")
    weights = result["parameters"]
    print(f"\nAdamW, clipping by norm, average of the weights: {weights} weights, "
          f"PyTorch {torch.__version__} on {torch.get_num_threads()} threads, {result['device']}\n")
    print("| | ms an update | fastest to slowest round | ratio |")
    print("|---|---|---|---|")
    for name, value in medians.items():
        rounds = f"{min(times[name]):.2f} - {max(times[name]):.2f}"
        print(f"| {name} | {value:.2f} | {rounds} | {best / value:.2f} |")
    print(f"\ngpu-train moves {result['update_bytes'] / weights:.2f} bytes a weight "
          f"at {result['update_bytes'] / medians['gpu-train'] * 1e-6:.1f} GB/s.")


if __name__ == "__main__":
    main()
