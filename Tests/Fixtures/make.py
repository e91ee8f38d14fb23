#!/usr/bin/env python3
"""Writes the fixtures beside this file: what PyTorch computes for a few layers and for LeNet.

Run: python Tests/Fixtures/make.py        (needs torch and safetensors; made with torch 2.13, CPU)

operations.safetensors      every operation over odd shapes, in float64; `*.geometry` says the shape
lenet-batch.safetensors     eight images as bytes, their labels, the mean and std to normalise by
lenet-start.safetensors     LeNet's initial weights (float32) and nothing else
lenet-gradients.safetensors logits, loss and all gradients at the start
lenet-updates.safetensors   weights after ten updates (see SGD below), and the loss before each

The two LeNet results come from a run in float64, rounded to float32 where they are large.
Beside them stands how far a run in float32 went astray: `float32.loss` and so on, and for each
tensor `spread.NAME`, the largest difference between the two runs.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

FOLDER = Path(__file__).parent
MEAN, STD = 0.286, 0.353
SGD = dict(lr=0.02, momentum=0.9, nesterov=True, weight_decay=1e-3)

generator = torch.Generator().manual_seed(1998)


def random(*shape):
    return torch.rand(*shape, generator=generator, dtype=torch.float64) * 2 - 1


def backward(y, *inputs):
    """A random output gradient, and what it makes of the gradients of `inputs`."""
    dy = random(*y.shape)
    return dy, torch.autograd.grad(y, inputs, dy)


def convolutions(out):
    # N, C, H, W, K, R, S, stride, padding, dilation (rows, columns), groups
    for case, (n, c, h, w, k, r, s, *rest) in enumerate([
        (2, 1, 7, 5, 3, 5, 5, 1, 1, 2, 2, 1, 1, 1),
        (3, 4, 9, 8, 6, 3, 2, 2, 3, 1, 0, 1, 1, 2),
        (1, 3, 11, 10, 5, 3, 3, 1, 2, 2, 3, 2, 3, 1),
        (2, 4, 6, 7, 8, 1, 3, 2, 1, 0, 1, 1, 2, 4),
    ]):
        stride, padding, dilation, groups = rest[0:2], rest[2:4], rest[4:6], rest[6]
        x = random(n, c, h, w).requires_grad_()
        filters = random(k, c // groups, r, s).requires_grad_()
        b = random(k).requires_grad_()
        y = F.conv2d(x, filters, b, stride, padding, dilation, groups)
        dy, (dx, dw, db) = backward(y, x, filters, b)
        geometry = torch.tensor([c, h, w, k, r, s, *rest])
        for name, value in dict(
            geometry=geometry, x=x, w=filters, b=b, y=y, dy=dy, dx=dx, dw=dw, db=db
        ).items():
            out[f"conv.{case}.{name}"] = value


def pools(out):
    # N, C, H, W, R, S, stride, padding (rows, columns)
    for case, (n, c, h, w, r, s, *rest) in enumerate([
        (2, 3, 8, 6, 2, 2, 2, 2, 0, 0),
        (1, 2, 9, 7, 3, 2, 2, 1, 1, 1),
        (2, 1, 5, 8, 2, 4, 1, 3, 1, 2),
    ]):
        # Few values, so that windows hold several equal maxima.
        x = torch.randint(0, 4, (n, c, h, w), generator=generator).double().requires_grad_()
        geometry = torch.tensor([c, h, w, r, s, *rest])
        shape = dict(kernel_size=(r, s), stride=rest[0:2], padding=rest[2:4])
        y, indices = F.max_pool2d(x, **shape, return_indices=True)
        dy, (dx,) = backward(y, x)
        with_nan = x.detach().clone()
        with_nan[torch.rand(x.shape, generator=generator) < 0.1] = float("nan")
        _, nan_indices = F.max_pool2d(with_nan, **shape, return_indices=True)
        for name, value in dict(
            geometry=geometry, x=x, y=y, indices=indices, dy=dy, dx=dx,
            with_nan=with_nan, nan_indices=nan_indices,
        ).items():
            out[f"maxpool.{case}.{name}"] = value
        y = F.avg_pool2d(x, **shape)
        dy, (dx,) = backward(y, x)
        for name, value in dict(geometry=geometry, x=x, y=y, dy=dy, dx=dx).items():
            out[f"avgpool.{case}.{name}"] = value


def dense_and_relu(out):
    x, w, b = random(3, 7).requires_grad_(), random(5, 7).requires_grad_(), random(5).requires_grad_()
    y = F.linear(x, w, b)
    dy, (dx, dw, db) = backward(y, x, w, b)
    for name, value in dict(x=x, w=w, b=b, y=y, dy=dy, dx=dx, dw=dw, db=db).items():
        out[f"dense.{name}"] = value

    x = torch.tensor([-1.5, -0.0, 0.0, 2.5, float("nan"), float("inf"), float("-inf"), 1e-300],
                     dtype=torch.float64, requires_grad=True)
    y = F.relu(x)
    dy, (dx,) = backward(y, x)
    for name, value in dict(x=x, y=y, dy=dy, dx=dx).items():
        out[f"relu.{name}"] = value


def cross_entropy(out):
    x = (random(6, 5) * 4)
    x[1, 2] = 900.0  # would overflow without the shift by the maximum
    x[4] = torch.tensor([1.0, 3.0, 3.0, 0.0, 3.0])  # the first of equal logits is the prediction
    labels = torch.tensor([4, 2, 0, 1, 1, 3])
    x.requires_grad_()
    for active in (6, 5, 1):
        loss = F.cross_entropy(x[:active], labels[:active])
        (dx,) = torch.autograd.grad(loss, x)
        out[f"loss.{active}.mean"] = loss
        out[f"loss.{active}.dx"] = dx
        out[f"loss.{active}.correct"] = (x[:active].argmax(1) == labels[:active]).sum()
    out["loss.x"], out["loss.labels"] = x, labels
    out["loss.per_image"] = F.cross_entropy(x, labels, reduction="none")


def sgd(out):
    w, gradients = random(9), random(4, 9)
    out["sgd.w"], out["sgd.gradients"] = w, gradients
    for name, settings in dict(
        plain=dict(),
        decay=dict(weight_decay=0.1),
        momentum=dict(momentum=0.9),
        dampening=dict(momentum=0.8, dampening=0.3, weight_decay=0.01),
        nesterov=dict(momentum=0.9, nesterov=True, weight_decay=0.05),
        maximize=dict(momentum=0.9, weight_decay=0.05, maximize=True),
    ).items():
        parameter = nn.Parameter(w.clone())
        optimizer = torch.optim.SGD([parameter], lr=0.1, **settings)
        for gradient in gradients:
            parameter.grad = gradient.clone()
            optimizer.step()
        out[f"sgd.{name}"] = parameter


def lenet():
    return nn.ModuleDict(dict(
        conv1=nn.Conv2d(1, 6, 5, padding=2), conv2=nn.Conv2d(6, 16, 5),
        fc1=nn.Linear(400, 120), fc2=nn.Linear(120, 84), fc3=nn.Linear(84, 10)))


def forward(layers, x):
    x = F.max_pool2d(F.relu(layers["conv1"](x)), 2)
    x = F.max_pool2d(F.relu(layers["conv2"](x)), 2).flatten(1)
    return layers["fc3"](F.relu(layers["fc2"](F.relu(layers["fc1"](x)))))


def train(weights, images, labels, dtype):
    """Ten updates on one batch: the results at the start, the losses, the weights at the end."""
    layers = lenet()
    layers.load_state_dict(weights)
    layers.to(dtype)
    x = (images.to(dtype) / 255 - MEAN) / STD
    optimizer = torch.optim.SGD(layers.parameters(), **SGD)
    start, losses = None, []
    for _ in range(10):
        logits = forward(layers, x)
        loss = F.cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.detach())
        if start is None:
            start = dict(logits=logits.detach(), loss=loss.detach())
            start |= {name: p.grad.clone() for name, p in layers.named_parameters()}
        optimizer.step()
    return start, torch.stack(losses), layers.state_dict()


def with_spread(float64, float32):
    """Large tensors rounded to float32, each with its largest difference between the runs."""
    out = {}
    for name, value in float64.items():
        out[name] = value.float() if value.numel() > 100 else value
        out[f"spread.{name}"] = (value - float32[name].double()).abs().max()
    return out


def save(name, tensors):
    tensors = {key: value.detach().clone().contiguous() for key, value in tensors.items()}
    file = FOLDER / f"{name}.safetensors"
    save_file(tensors, file)
    file.chmod(0o644)


def main():
    torch.set_num_threads(1)
    operations = {}
    for write in (convolutions, pools, dense_and_relu, cross_entropy, sgd):
        write(operations)
    save("operations", operations)

    torch.manual_seed(1998)
    weights = lenet().state_dict()
    images = torch.randint(0, 256, (8, 1, 28, 28), generator=generator, dtype=torch.uint8)
    labels = torch.randint(0, 10, (8,), generator=generator)
    mean, std = (torch.tensor([value], dtype=torch.float64) for value in (MEAN, STD))
    save("lenet-batch", dict(images=images, labels=labels, mean=mean, std=std))
    save("lenet-start", weights)

    start64, losses64, end64 = train(weights, images, labels, torch.float64)
    start32, losses32, end32 = train(weights, images, labels, torch.float32)
    small = {f"float32.{name}": start32[name] for name in ("logits", "loss")}
    save("lenet-gradients", with_spread(start64, start32) | small)
    save("lenet-updates", with_spread(end64, end32) | {
        "losses": losses64, "float32.losses": losses32,
        "spread.losses": (losses64 - losses32.double()).abs().max()})
    print("losses", " ".join(f"{value:.6f}" for value in losses64))
    print("largest difference between float32 and float64:",
          f"losses {(losses64 - losses32).abs().max():.1e},",
          f"weights {max((end64[n] - end32[n]).abs().max() for n in end64):.1e}")


if __name__ == "__main__":
    main()
