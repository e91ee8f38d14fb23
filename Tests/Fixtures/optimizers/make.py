#!/usr/bin/env python3
"""Writes pytorch.safetensors: 200 updates of PyTorch's optimizers on fixed gradients.

Run: python Tests/Fixtures/optimizers/make.py    (needs torch and safetensors; made with torch 2.13)

Each tensor is named by its optimizer, in PyTorch's own words, and holds a row for each of STEPS:
the 30 weights after that many updates in float64, and how far a run in float32 was astray then,
the norm of the difference over the norm of the weights.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

COUNT, STEPS = 30, (1, 2, 7, 50, 200)

CASES = """
SGD(lr=0.05)
SGD(lr=0.1, momentum=0.9, dampening=0.3, weight_decay=0.01)
SGD(lr=0.02, momentum=0.95, weight_decay=0.001, nesterov=True, maximize=True)
Adagrad()
Adagrad(lr=0.1, lr_decay=0.02, weight_decay=0.01, eps=1e-6)
Adagrad(lr=0.05, initial_accumulator_value=0.1, maximize=True)
Adadelta()
Adadelta(lr=0.5, rho=0.95, eps=1e-4, weight_decay=0.01)
Adadelta(lr=2.0, rho=0.5, maximize=True)
RMSprop()
RMSprop(lr=0.002, alpha=0.9, momentum=0.8, weight_decay=0.01)
RMSprop(lr=0.005, eps=1e-3, momentum=0.9, centered=True)
RMSprop(lr=0.005, alpha=0.95, centered=True, maximize=True)
Adam()
Adam(lr=0.01, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.01)
Adam(lr=0.02, weight_decay=0.02, amsgrad=True, maximize=True)
Adam(lr=0.01, betas=(0.0, 0.9), weight_decay=0.1, decoupled_weight_decay=True)
AdamW()
AdamW(lr=0.01, betas=(0.95, 0.98), weight_decay=0.1, maximize=True)
AdamW(lr=0.005, eps=1e-4, weight_decay=0.0, amsgrad=True)
Adamax()
Adamax(lr=0.01, betas=(0.7, 0.9), weight_decay=0.01)
Adamax(lr=0.005, betas=(0.95, 0.9999), eps=1e-3, maximize=True)
NAdam()
NAdam(lr=0.01, betas=(0.8, 0.99), weight_decay=0.01, momentum_decay=0.04)
NAdam(lr=0.005, weight_decay=0.1, decoupled_weight_decay=True, maximize=True)
RAdam()
RAdam(lr=0.01, betas=(0.8, 0.9), weight_decay=0.01)
RAdam(lr=0.005, eps=1e-4, weight_decay=0.1, decoupled_weight_decay=True, maximize=True)
Rprop()
Rprop(lr=0.001, etas=(0.3, 1.5), step_sizes=(1e-4, 0.1))
Rprop(lr=0.1, step_sizes=(1e-5, 0.5), maximize=True)
ASGD()
ASGD(lr=0.1, lambd=0.01, alpha=0.5, t0=20, weight_decay=0.01)
ASGD(lr=0.05, lambd=0.001, t0=0, maximize=True)
""".strip().splitlines()


def start(dtype):
    """Weights that are exact in float32."""
    return torch.tensor([(i * 37 % 61 - 30) / 32 for i in range(COUNT)], dtype=dtype)


def gradient(step, dtype):
    """Gradients that are exact in float32, of sizes from 1 to 1/64; every eleventh is 0."""
    return torch.tensor(
        [
            0 if i % 11 == 5 else ((step * 7919 + i * 104729 + step * i * 31) % 2001 - 900) / 1024 / 2 ** (i % 7)
            for i in range(COUNT)
        ],
        dtype=dtype,
    )


def run(case, dtype):
    w = torch.nn.Parameter(start(dtype))
    name, arguments = case[:-1].split("(", 1)
    settings = eval(f"dict({arguments})")
    optimizer = getattr(torch.optim, name)([w], **settings, foreach=False)
    rows = []
    for step in range(1, STEPS[-1] + 1):
        w.grad = gradient(step - 1, dtype)
        optimizer.step()
        if step in STEPS:
            rows.append(w.detach().double().clone())
    return torch.stack(rows)


def main():
    tensors = {}
    for case in CASES:
        exact, single = run(case, torch.float64), run(case, torch.float32)
        astray = (single - exact).norm(dim=1, keepdim=True) / exact.norm(dim=1, keepdim=True)
        tensors[case] = torch.cat([exact, astray], dim=1).contiguous()
        print(f"{astray.max():.1e} {case}")
    save_file(tensors, Path(__file__).parent / "pytorch.safetensors")


main()
