#!/usr/bin/env python3
"""Times whole training steps of PyTorch, as `gpu-train benchmark` times its own.

A step is everything that training does: gather shuffled images from bytes, normalise, forward,
loss, backward, SGD with momentum, and reading the loss, which waits for the device.
Prints one line of JSON per memory format.

    python Benchmarks/pytorch_step.py --model lenet --batch-size 256 --steps 200
"""

import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F

from networks import MEMORY_FORMATS, USUAL_BATCH, network, normalised


def median_step(arguments, memory_format):
    """The median time of a step in seconds."""
    torch.manual_seed(0)
    device = torch.device(arguments.device)
    batch = arguments.batch_size
    model = network(arguments.model).to(device, memory_format=memory_format)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, fused=arguments.fused)
    images = torch.randint(0, 256, (arguments.images, 1, 28, 28), dtype=torch.uint8, device=device)
    labels = torch.randint(0, 10, (arguments.images,), device=device)
    per_epoch = arguments.images // batch

    times = []
    for step in range(arguments.warmup + arguments.steps):
        if step % per_epoch == 0:
            order = torch.randperm(arguments.images, device=device)
        start = time.perf_counter()
        picked = order[step % per_epoch * batch:][:batch]
        x = normalised(images[picked], 0.286, 0.353).contiguous(memory_format=memory_format)
        loss = F.cross_entropy(model(x), labels[picked])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()
        if step >= arguments.warmup:
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", choices=["lenet", "cnn"], default="lenet")
    parser.add_argument("--batch-size", type=int, help="default: lenet 256, cnn 64")
    parser.add_argument("--steps", type=int, default=200, help="steps that count")
    parser.add_argument("--warmup", type=int, default=20, help="steps before them")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, help="default: PyTorch's choice")
    parser.add_argument("--images", type=int, default=60000, help="images to draw from")
    parser.add_argument("--memory-format", choices=["both", *MEMORY_FORMATS], default="both")
    parser.add_argument("--fused", action=argparse.BooleanOptionalAction, default=True,
                        help="PyTorch's fused update, one pass over each parameter")
    arguments = parser.parse_args()
    arguments.batch_size = arguments.batch_size or USUAL_BATCH[arguments.model]
    if not 0 < arguments.batch_size <= arguments.images:
        parser.error(f"a batch of {arguments.batch_size} cannot be drawn from "
                     f"{arguments.images} images: choose --batch-size or --images")
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.backends.cudnn.benchmark = True

    for name, memory_format in MEMORY_FORMATS.items():
        if arguments.memory_format in ("both", name):
            seconds = median_step(arguments, memory_format)
            print(json.dumps({
                "framework": "pytorch", "version": torch.__version__, "model": arguments.model,
                "batch_size": arguments.batch_size, "memory_format": name,
                "steps": arguments.steps, "device": arguments.device,
                "threads": torch.get_num_threads(), "fused": arguments.fused,
                "median_step_ms": round(seconds * 1e3, 4),
                "images_per_second": round(arguments.batch_size / seconds, 1)}), flush=True)


if __name__ == "__main__":
    main()
