"""Writes foreign.tsv: what the schedulers of other libraries give, for the tests beside it.

Usage: pip install torch timm transformers keras
       KERAS_BACKEND=torch python make_foreign.py
       (the numbers are from torch 2.13, timm 1.0.31, transformers 5.24, Keras 3.15)

One line per case: spec, base rate, clock, number of ticks, the sum of all rates, the sum of all
rates weighted by (k * 7919) % 1000 + 1, some rates as tick=rate, an empty field.

timm is told the epoch at the end of each, and the update after each, as its train.py does. Keras
computes in single precision: its documented formulas are taken in double here, and compared with
Keras itself to 1e-6 (at large arguments to what single precision leaves).
"""

import importlib.util
import math
import os
import sys
import types
import warnings

os.environ.setdefault("KERAS_BACKEND", "torch")

# timm's schedulers alone: the rest of it would need torchvision.
shell = types.ModuleType("timm")
shell.__path__ = importlib.util.find_spec("timm").submodule_search_locations
sys.modules["timm"] = shell

import keras
import timm.scheduler.cosine_lr
import timm.scheduler.multistep_lr
import timm.scheduler.plateau_lr
import timm.scheduler.poly_lr
import timm.scheduler.step_lr
import timm.scheduler.tanh_lr
import torch
import transformers
from torch.optim.swa_utils import SWALR

warnings.filterwarnings("ignore")

TIMM = [
    ("CosineLRScheduler(t_initial=25, lr_min=1e-5, warmup_t=5, warmup_lr_init=1e-4)", 0.1, 40),
    ("CosineLRScheduler(300, 1e-5, 1, 1, 1, 20, 1e-6, True)", 0.3, 400),
    ("CosineLRScheduler(optimizer, t_initial=10, cycle_mul=2, cycle_decay=0.5, cycle_limit=3,"
     " lr_min=0.001, warmup_t=3)", 0.1, 90),
    ("CosineLRScheduler(t_initial=100, t_in_epochs=False, k_decay=1.5, warmup_t=10,"
     " warmup_prefix=True, cycle_limit=2, cycle_decay=0.1)", 0.2, 300),
    ("CosineLRScheduler(t_initial=30)", 0.1, 30),
    ("CosineLRScheduler(t_initial=20, cycle_mul=1.5, cycle_limit=5)", 0.1, 300),
    ("TanhLRScheduler(t_initial=50)", 0.1, 60),
    ("TanhLRScheduler(50, -6.0, 4.0, 1e-4, warmup_t=5, warmup_lr_init=1e-3)", 0.3, 60),
    ("TanhLRScheduler(t_initial=20, lb=-5, ub=5, cycle_mul=2, cycle_decay=0.5, cycle_limit=3,"
     " warmup_t=4, warmup_prefix=True)", 0.1, 200),
    ("TanhLRScheduler(t_initial=400, t_in_epochs=False, warmup_t=30)", 0.1, 500),
    ("PolyLRScheduler(t_initial=50)", 0.1, 60),
    ("PolyLRScheduler(50, 0.9, 1e-4, warmup_t=5, warmup_lr_init=1e-3)", 0.3, 60),
    ("PolyLRScheduler(t_initial=20, power=2, cycle_mul=2, cycle_decay=0.5, cycle_limit=3, k_decay=2,"
     " warmup_t=4, warmup_prefix=True)", 0.1, 200),
    ("PolyLRScheduler(t_initial=400, power=1, t_in_epochs=False)", 0.1, 500),
    ("StepLRScheduler(decay_t=30, decay_rate=0.1)", 0.1, 100),
    ("StepLRScheduler(2.4, 0.97, 3, 1e-6)", 0.016, 200),
    ("StepLRScheduler(decay_t=7, decay_rate=0.5, warmup_t=5, warmup_prefix=False)", 0.1, 60),
    ("StepLRScheduler(decay_t=70, decay_rate=0.5, t_in_epochs=False)", 0.1, 400),
    ("MultiStepLRScheduler(decay_t=[30, 60], decay_rate=0.1)", 0.1, 100),
    ("MultiStepLRScheduler([1, 5], 0.5)", 0.1, 20),
    ("MultiStepLRScheduler([10, 20, 40], 0.3, warmup_t=5, warmup_lr_init=0.01)", 0.2, 60),
    ("MultiStepLRScheduler(decay_t=[10, 20], decay_rate=0.3, warmup_t=5, warmup_prefix=False,"
     " t_in_epochs=False)", 0.2, 60),
    ("PlateauLRScheduler()", 0.1, 200),
    ("PlateauLRScheduler(decay_rate=0.5, patience_t=3, warmup_t=5, warmup_lr_init=1e-4)", 0.1, 200),
    ("PlateauLRScheduler(0.3, 2, 0.01, 4, mode='min', lr_min=0.001, warmup_t=10)", 0.2, 200),
]

TRANSFORMERS = [
    ("get_constant_schedule(optimizer)", 0.1, 100),
    ("get_constant_schedule_with_warmup(optimizer, num_warmup_steps=30)", 5e-5, 100),
    ("get_constant_schedule_with_warmup(optimizer, 1)", 5e-5, 100),
    ("get_linear_schedule_with_warmup(optimizer, num_warmup_steps=100, num_training_steps=1000)",
     5e-5, 1100),
    ("get_linear_schedule_with_warmup(optimizer, 0, 700)", 2e-5, 750),
    ("get_linear_schedule_with_warmup(optimizer, 50, 50)", 2e-5, 70),
    ("get_cosine_schedule_with_warmup(optimizer, num_warmup_steps=100, num_training_steps=1000)",
     5e-5, 1001),
    ("get_cosine_schedule_with_warmup(optimizer, 10, 500, 2.5)", 0.1, 501),
    ("get_cosine_schedule_with_warmup(optimizer, 0, 300, num_cycles=0.25)", 0.1, 301),
    ("get_cosine_with_hard_restarts_schedule_with_warmup(optimizer, 50, 550, num_cycles=4)", 0.1, 600),
    ("get_cosine_with_hard_restarts_schedule_with_warmup(optimizer, 0, 550)", 0.1, 600),
    ("get_polynomial_decay_schedule_with_warmup(optimizer, 20, 200)", 0.1, 250),
    ("get_polynomial_decay_schedule_with_warmup(optimizer, num_warmup_steps=20, num_training_steps=200,"
     " lr_end=1e-4, power=2.0)", 0.1, 250),
    ("get_inverse_sqrt_schedule(optimizer, num_warmup_steps=40)", 0.1, 500),
    ("get_inverse_sqrt_schedule(optimizer, 0)", 0.1, 500),
    ("get_inverse_sqrt_schedule(optimizer, 40, timescale=100)", 0.1, 500),
    ("get_cosine_with_min_lr_schedule_with_warmup(optimizer, 40, 400, min_lr=0.01)", 0.1, 401),
    ("get_cosine_with_min_lr_schedule_with_warmup(optimizer, 40, 400, min_lr_rate=0.2)", 0.1, 401),
    ("get_wsd_schedule(optimizer, 40, 100, 400)", 0.1, 450),
    ("get_wsd_schedule(optimizer, 40, 100, num_stable_steps=50, warmup_type='cosine',"
     " decay_type='linear', min_lr_ratio=0.1)", 0.1, 250),
    ("get_wsd_schedule(optimizer, num_warmup_steps=40, num_decay_steps=100, num_training_steps=400,"
     " warmup_type='1-sqrt', decay_type='1-sqrt')", 0.1, 450),
    ("get_scheduler('linear', optimizer=optimizer, num_warmup_steps=10, num_training_steps=100)", 0.1, 120),
    ("get_scheduler('cosine', optimizer, 10, 100)", 0.1, 101),
    ("get_scheduler(name='constant', optimizer=optimizer)", 0.1, 20),
    ("get_scheduler('constant_with_warmup', optimizer, num_warmup_steps=10)", 0.1, 20),
    ("get_scheduler('polynomial', optimizer, num_warmup_steps=10, num_training_steps=100,"
     " scheduler_specific_kwargs=dict(lr_end=1e-3, power=3))", 0.1, 120),
    ("get_scheduler('cosine_with_restarts', optimizer, num_warmup_steps=10, num_training_steps=100,"
     " scheduler_specific_kwargs=dict(num_cycles=3))", 0.1, 120),
    ("get_scheduler('inverse_sqrt', optimizer, num_warmup_steps=10, num_training_steps=100)", 0.1, 120),
]

SWA = [
    ("SWALR(optimizer, swa_lr=0.05)", 0.2, 20),
    ("SWALR(optimizer, 0.05, 5, 'linear')", 0.2, 12),
    ("SWALR(optimizer, anneal_strategy='linear', anneal_epochs=20, swa_lr=0.3)", 0.1, 40),
    ("SWALR(optimizer, swa_lr=0.05, anneal_epochs=0)", 0.2, 5),
]

KERAS = [
    ("ExponentialDecay(0.1, decay_steps=1000, decay_rate=0.96)", 3000),
    ("ExponentialDecay(initial_learning_rate=0.1, decay_steps=100, decay_rate=0.5, staircase=True)", 1000),
    ("ExponentialDecay(0.01, 300, 0.9, True, name='decay')", 1000),
    ("InverseTimeDecay(0.1, 100, 0.5)", 1000),
    ("InverseTimeDecay(0.1, decay_steps=100, decay_rate=0.5, staircase=True)", 1000),
    ("InverseTimeDecay(0.3, 1.0, 0.01)", 1000),
    ("PolynomialDecay(0.1, 500)", 700),
    ("PolynomialDecay(initial_learning_rate=0.1, decay_steps=500, end_learning_rate=0.01, power=0.5)", 700),
    ("PolynomialDecay(0.1, 200, 0.01, 2.0, cycle=True)", 1000),
    ("CosineDecay(0.1, 500)", 700),
    ("CosineDecay(0.1, decay_steps=500, alpha=0.1)", 700),
    ("CosineDecay(0.0, 500, warmup_target=0.1, warmup_steps=100)", 700),
    ("CosineDecay(0.01, 400, 0.05, 'cosine', 0.1, 50)", 500),
    ("CosineDecayRestarts(0.1, 1000)", 6000),
    ("CosineDecayRestarts(0.1, 100, t_mul=1.0, m_mul=0.9, alpha=0.1)", 1000),
    ("CosineDecayRestarts(initial_learning_rate=0.1, first_decay_steps=50, t_mul=2.0, m_mul=0.5)", 1000),
    ("CosineDecayRestarts(0.1, 64, 1.5, 0.8, 0.01)", 1000),
    ("PiecewiseConstantDecay([100, 200], [0.1, 0.01, 0.001])", 300),
    ("PiecewiseConstantDecay(boundaries=[3, 5, 50], values=[1.0, 0.5, 0.25, 0.1])", 80),
    ("PiecewiseConstantDecay([10], values=[0.1, 0.2])", 30),
]


def metric(k):
    """A loss that falls with noise; the tests compute the same doubles."""
    return 1 / (1 + k * 0.01) + (k * 7919 + 13) % 1000 * 0.0001


def optimizer_of(base):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)


def timm_rates(spec, base, ticks):
    optimizer = optimizer_of(base)
    name = spec.split("(")[0]
    cls = next(getattr(m, name) for n, m in sys.modules.items() if n.startswith("timm.scheduler.") and hasattr(m, name))
    call = lambda *a, **k: cls(*(a if a and a[0] is optimizer else (optimizer, *a)), **k)
    scheduler = eval(spec, {name: call, "optimizer": optimizer})
    rates = []
    for k in range(ticks):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        if "t_in_epochs=False" in spec:
            scheduler.step_update(k + 1)
        elif "Plateau" in spec:
            scheduler.step(k + 1, metric(k) if "min'" in spec else 1 - metric(k))
        else:
            scheduler.step(k + 1)
    return rates, "step" if "t_in_epochs=False" in spec else "epoch"


def torch_rates(spec, base, ticks):
    optimizer = optimizer_of(base)
    names = {n: getattr(transformers, n) for n in dir(transformers.optimization) if n.startswith("get_")
             and hasattr(transformers, n)}
    names |= {n: getattr(transformers.optimization, n) for n in dir(transformers.optimization)
              if n.startswith("get_")}
    scheduler = eval(spec, {**names, "SWALR": SWALR, "optimizer": optimizer})
    rates = []
    for k in range(ticks):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return rates, "epoch" if "SWALR" in spec else "step"


class Formulas:
    """Keras' documented formulas in double precision."""

    def ExponentialDecay(initial_learning_rate, decay_steps, decay_rate, staircase=False, name=None):
        return lambda t: initial_learning_rate * decay_rate ** (
            t // decay_steps if staircase else t / decay_steps)

    def InverseTimeDecay(initial_learning_rate, decay_steps, decay_rate, staircase=False, name=None):
        return lambda t: initial_learning_rate / (
            1 + decay_rate * (t // decay_steps if staircase else t / decay_steps))

    def PolynomialDecay(initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0,
                        cycle=False, name=None):
        def rate(t):
            steps = decay_steps * (max(1, math.ceil(t / decay_steps)) if cycle else 1)
            t = t if cycle else min(t, steps)
            return (initial_learning_rate - end_learning_rate) * (1 - t / steps) ** power + end_learning_rate
        return rate

    def CosineDecay(initial_learning_rate, decay_steps, alpha=0.0, name=None, warmup_target=None,
                    warmup_steps=0):
        peak = initial_learning_rate if warmup_target is None else warmup_target
        ramp = 0 if warmup_target is None else warmup_steps

        def rate(t):
            if t < ramp:
                return initial_learning_rate + (peak - initial_learning_rate) * t / ramp
            t = min(t - ramp, decay_steps)
            return peak * ((1 - alpha) * 0.5 * (1 + math.cos(math.pi * t / decay_steps)) + alpha)
        return rate

    def CosineDecayRestarts(initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0,
                            name=None):
        def rate(t):
            cycle, length, height = 0, first_decay_steps, 1.0
            while t >= length:
                t, length, height = t - length, length * t_mul, height * m_mul
            cosine = 0.5 * height * (1 + math.cos(math.pi * t / length))
            return initial_learning_rate * ((1 - alpha) * cosine + alpha)
        return rate

    def PiecewiseConstantDecay(boundaries, values, name=None):
        return lambda t: values[sum(b < t for b in boundaries)]


def keras_rates(spec, ticks):
    name = spec.split("(")[0]
    formula = eval(spec, {name: getattr(Formulas, name)})
    schedule = eval(spec, {name: getattr(keras.optimizers.schedules, name)})
    rates = [float(formula(k)) for k in range(ticks)]
    for k in list(range(0, ticks, 7)):
        theirs = float(schedule(k))
        # Single precision rounds the restarts themselves.
        near = [rates[k]] + ([rates[max(0, k - 1)], rates[min(ticks - 1, k + 1)]] if "Restarts" in spec else [])
        assert any(abs(theirs - r) <= 1e-6 * max(abs(r), max(rates) * 0.5) for r in near), (spec, k, theirs, rates[k])
    return rates, "step"


def main():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "foreign.tsv")
    with open(path, "w") as file:
        def write(spec, base, ticks, rates, clock):
            kept = sorted({k for k in range(ticks) if k < 12 or k % 97 == 0 or k >= ticks - 3}
                          | {k for k in range(1, ticks) if k % 31 == 0})
            file.write("\t".join([
                spec, repr(base), clock, str(ticks), repr(math.fsum(rates)),
                repr(math.fsum(r * ((k * 7919) % 1000 + 1) for k, r in enumerate(rates))),
                " ".join(f"{k}={rates[k]!r}" for k in kept), ""]) + "\n")

        for spec, base, ticks in TIMM:
            write(spec, base, ticks, *timm_rates(spec, base, ticks))
        for spec, base, ticks in TRANSFORMERS + SWA:
            write(spec, base, ticks, *torch_rates(spec, base, ticks))
        for spec, ticks in KERAS:
            rates, clock = keras_rates(spec, ticks)
            write(spec, 0.1, ticks, rates, clock)


main()
