"""Writes pytorch.tsv: what PyTorch's schedulers give, for the tests beside it.

Usage: python make.py            (any torch from 2.4; the numbers are from 2.13)

One line per case: spec, base rate, clock, number of ticks, the sum of all rates, the sum of all
rates weighted by (k * 7919) % 1000 + 1, some rates as tick=rate, the same momenta if they are driven.
Only ticks are kept at which PyTorch's values are meant: none past the end of a cosine.
"""

import math
import os
import warnings

import torch
from torch.optim import lr_scheduler

warnings.filterwarnings("ignore")

TICKS = 1000

# (spec, base rate, ticks)
CASES = [
    ("StepLR(10)", 0.1, TICKS),
    ("StepLR(step_size=37, gamma=0.9)", 0.3, TICKS),
    ("StepLR(1, gamma=0.99)", 1.0, TICKS),
    ("MultiStepLR([30, 80])", 0.1, TICKS),
    ("MultiStepLR(milestones=[500, 3, 3, 999], gamma=0.5)", 0.2, TICKS),
    ("MultiStepLR([0, 1, 2], gamma=0.7)", 0.05, TICKS),
    ("ConstantLR()", 0.1, TICKS),
    ("ConstantLR(factor=0.25, total_iters=100)", 0.3, TICKS),
    ("ConstantLR(1.0, 10)", 0.3, TICKS),
    ("LinearLR()", 0.1, TICKS),
    ("LinearLR(start_factor=0.01, end_factor=0.5, total_iters=700)", 0.3, TICKS),
    ("LinearLR(1.0, 0.0, 1000)", 0.3, TICKS),
    ("ExponentialLR(gamma=0.9)", 0.1, TICKS),
    ("ExponentialLR(0.999)", 0.3, TICKS),
    ("ExponentialLR(gamma=1.0)", 0.3, TICKS),
    ("PolynomialLR()", 0.1, TICKS),
    ("PolynomialLR(total_iters=1000, power=0.9)", 0.3, TICKS),
    ("PolynomialLR(300, 2.0)", 0.3, TICKS),
    ("CosineAnnealingLR(50)", 0.1, 51),
    ("CosineAnnealingLR(T_max=1000, eta_min=0.001)", 0.3, TICKS),
    ("CosineAnnealingLR(1000)", 0.3, TICKS),
    ("CosineAnnealingWarmRestarts(10)", 0.1, TICKS),
    ("CosineAnnealingWarmRestarts(T_0=7, T_mult=2, eta_min=0.01)", 0.3, TICKS),
    ("CosineAnnealingWarmRestarts(3, 3)", 0.3, TICKS),
    ("CyclicLR(base_lr=0.01, max_lr=0.1, step_size_up=40)", 0.1, TICKS),
    ("CyclicLR(0.001, 0.3, step_size_up=30, step_size_down=70, mode='triangular2',"
     " base_momentum=0.7, max_momentum=0.95)", 0.1, TICKS),
    ("CyclicLR(0.01, 0.1, 25, mode='exp_range', gamma=0.997, cycle_momentum=False)", 0.1, TICKS),
    ("CyclicLR(0.01, 0.1, 25, 50, scale_fn=lambda x: 1 / (5 ** (x * 0.0001)),"
     " scale_mode='iterations')", 0.1, TICKS),
    ("CyclicLR(0.01, 0.1, 25, scale_fn=lambda x: 0.5 * (1 + math.sin(x * math.pi / 2.0)))", 0.1, TICKS),
    ("OneCycleLR(max_lr=0.1, total_steps=1000)", 0.05, TICKS),
    ("OneCycleLR(0.3, epochs=10, steps_per_epoch=97, pct_start=0.45, anneal_strategy='linear',"
     " base_momentum=0.8, max_momentum=0.9, div_factor=10., final_div_factor=100.)", 0.05, 970),
    ("OneCycleLR(1.0, 333, three_phase=True)", 0.05, 333),
    ("OneCycleLR(1.0, 100, pct_start=0.25, three_phase=True, anneal_strategy='linear',"
     " cycle_momentum=False)", 0.05, 100),
    ("OneCycleLR(max_lr=0.1, total_steps=3)", 0.05, 3),
    ("LambdaLR(lambda e: 0.95 ** e)", 0.1, TICKS),
    ("LambdaLR(lr_lambda=lambda epoch: 1 / (1 + epoch // 30))", 0.3, TICKS),
    ("LambdaLR(lambda e: (e + 1) / 10 if e < 10 else 0.5 * (1 + math.cos(math.pi * e / 1000)))", 0.3, TICKS),
    ("MultiplicativeLR(lambda e: 0.99)", 0.1, TICKS),
    ("MultiplicativeLR(lr_lambda=lambda epoch: 1 - 1 / (epoch + 10))", 0.3, TICKS),
    ("MultiplicativeLR(lambda e: 0.5 if e % 100 == 0 else 1)", 0.3, TICKS),
    ("SequentialLR([ConstantLR(factor=0.1, total_iters=20), ExponentialLR(gamma=0.9)], milestones=[20])",
     0.05, 300),
    ("SequentialLR([LinearLR(0.1, total_iters=5), CosineAnnealingLR(95)], milestones=[5])", 0.3, 101),
    ("SequentialLR(schedulers=[LinearLR(0.01, total_iters=50), StepLR(30, 0.5), PolynomialLR(100)],"
     " milestones=[50, 200])", 0.3, TICKS),
    ("ChainedScheduler([ConstantLR(factor=0.1, total_iters=2), ExponentialLR(gamma=0.9)])", 1.0, 300),
    ("ChainedScheduler([LinearLR(0.1, total_iters=100), MultiStepLR([300, 600], gamma=0.3)])", 0.3, TICKS),
    ("ChainedScheduler([LinearLR(0.1, total_iters=50), CosineAnnealingLR(1000)])", 0.3, TICKS),
    ("ReduceLROnPlateau()", 0.1, TICKS),
    ("ReduceLROnPlateau('min', factor=0.5, patience=3, threshold=0.01, cooldown=5, min_lr=0.001)", 0.3, TICKS),
    ("ReduceLROnPlateau(mode='max', factor=0.8, patience=0, threshold=0.002, threshold_mode='abs',"
     " eps=0.0001)", 0.3, TICKS),
    ("ReduceLROnPlateau(factor=0.3, patience=7, threshold_mode='abs', threshold=0.01, cooldown=20)", 0.3, TICKS),
]


def metric(k):
    """A loss that falls with noise; the tests compute the same doubles."""
    return 1 / (1 + k * 0.01) + (k * 7919 + 13) % 1000 * 0.0001


def run(spec, base, ticks):
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=base, momentum=0.9)

    def bound(name):
        cls = getattr(lr_scheduler, name)
        if name == "ChainedScheduler":
            return lambda *a, **k: cls(*a, optimizer=optimizer, **k)
        return lambda *a, **k: cls(optimizer, *a, **k)

    names = ["StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR", "PolynomialLR",
             "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR", "OneCycleLR", "LambdaLR",
             "MultiplicativeLR", "SequentialLR", "ChainedScheduler", "ReduceLROnPlateau"]
    scheduler = eval(spec, {"math": math, **{name: bound(name) for name in names}})
    group = optimizer.param_groups[0]
    rates, momenta = [], []
    for k in range(ticks):
        rates.append(float(group["lr"]))
        momenta.append(float(group["momentum"]))
        if k + 1 == ticks:
            break
        optimizer.step()
        if "Plateau" in spec:
            scheduler.step(1 - metric(k) if "max" in spec else metric(k))
        else:
            scheduler.step()
    drives = any(name in spec for name in ["CyclicLR", "OneCycleLR"]) and "cycle_momentum=False" not in spec
    return rates, momenta if drives else None


def main():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pytorch.tsv")
    with open(path, "w") as file:
        for spec, base, ticks in CASES:
            rates, momenta = run(spec, base, ticks)
            kept = sorted({k for k in range(ticks) if k < 12 or k % 97 == 0 or k >= ticks - 3}
                          | {k for k in range(1, ticks) if k % 31 == 0})
            clock = "step" if momenta or "CyclicLR" in spec or "OneCycleLR" in spec else "epoch"
            fields = [
                spec, repr(base), clock, str(ticks), repr(math.fsum(rates)),
                repr(math.fsum(r * ((k * 7919) % 1000 + 1) for k, r in enumerate(rates))),
                " ".join(f"{k}={rates[k]!r}" for k in kept),
                " ".join(f"{k}={momenta[k]!r}" for k in kept) if momenta else "",
            ]
            file.write("\t".join(fields) + "\n")


main()
