#!/usr/bin/env python3
"""Writes layerwise.safetensors: 200 updates of optimizers that look at more than one weight.

Run: python Tests/Fixtures/optimizers/make_layerwise.py    (needs torch, safetensors, timm,
prodigyopt, dadaptation and dog-optimizer; made with torch 2.13, timm 1.0.31, prodigyopt 1.1.2,
dadaptation 3.2 and dog-optimizer 1.0.3)

Each tensor is named by its optimizer, as the project writes it, and holds a row for each of STEPS:
all weights of SHAPES after that many updates in float64, rounded to float32, and how far a run in
float32 was astray then, the norm of the difference over the norm of the weights.
"""

from pathlib import Path

import dadaptation
import dog
import prodigyopt
import timm.optim
import torch
from safetensors.torch import save_file

STEPS = (1, 7, 50, 200)
# A convolution of 5 filters on 2 x 3 x 4 pixels and dense layers of 3 and 7.
SHAPES = ((5, 2, 2, 2), (5,), (3, 30), (3,), (7, 3), (7,))
COUNT = sum(torch.Size(shape).numel() for shape in SHAPES)

CASES = """
LARS()
LARS(lr=2.0, momentum=0.9, weight_decay=0.01, nesterov=True)
LARS(lr=5.0, momentum=0.8, dampening=0.3, trust_coeff=0.002, eps=1e-4, always_adapt=True)
LARS(lr=0.02, momentum=0.9, weight_decay=0.1, trust_coeff=0.02, trust_clip=True)
LAMB()
LAMB(lr=0.01, betas=(0.8, 0.99), weight_decay=0.1, max_grad_norm=None, trust_clip=True)
LAMB(lr=0.002, bias_correction=False, weight_decay=0.0, always_adapt=True)
LAMB(lr=0.002, eps=1e-4, grad_averaging=False, max_grad_norm=0.5)
Adafactor()
Adafactor(lr=0.1, beta2_decay=-0.5, eps=(1e-3, 0.01), weight_decay=0.1)
Adafactor(lr=0.05, d=2.0, eps=(None, 0.1), maximize=True)
Prodigy()
Prodigy(betas=(0.8, 0.99), weight_decay=0.1, d0=0.01, use_bias_correction=True, growth_rate=1.05)
Prodigy(lr=0.5, beta3=0.99, weight_decay=0.01, decouple=False, safeguard_warmup=True, d_coef=2.0, d0=0.01)
Prodigy(lr=0.3, betas=(0.0, 0.99), d0=0.001, eps=1e-4, d_coef=0.5)
DAdaptSGD()
DAdaptSGD(momentum=0.9, weight_decay=0.01, d0=1e-4)
DAdaptSGD(lr=0.5, momentum=0.5, d0=1e-3, growth_rate=1.1)
DAdaptAdam()
DAdaptAdam(betas=(0.8, 0.99), weight_decay=0.01, d0=0.01, use_bias_correction=True)
DAdaptAdam(lr=0.5, weight_decay=0.1, decouple=True, d0=1e-5, eps=1e-4, growth_rate=1.2)
DoG()
DoG(reps_rel=1e-4, weight_decay=0.01, eps=1e-3)
DoG(lr=0.5, reps_rel=0.01)
DoG(init_eta=0.01)
Muon()
Muon(lr=0.02, weight_decay=0.01, momentum=0.9, nesterov=False, adamw_scale=0.1, output_layer=True)
Muon(lr=0.01, adjust_lr_fn=match_rms_adamw, adamw_betas=(0.9, 0.95), adamw_eps=1e-6)
Muon(lr=0.005, ns_coefficients=(1.5, -0.5, 0.0), ns_steps=8, eps=1e-3)
""".strip().splitlines()


def newton_schulz(u, ns_coefficients, ns_steps, eps):
    """torch.optim._muon's orthogonalization, in the dtype of u instead of bfloat16."""
    a, b, c = ns_coefficients
    x = u.T if u.size(0) > u.size(1) else u
    x = x / x.norm().clamp(min=eps)
    for _ in range(ns_steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if u.size(0) > u.size(1) else x


torch.optim._muon._zeropower_via_newtonschulz = newton_schulz


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


def pull(step, weights, dtype):
    """The same and a pull towards a solution, for rules that look for the distance to one."""
    index = torch.arange(COUNT)
    target = (index * 53 % 47 - 23).to(dtype) / 32
    slope = (weights - target) * 0.5 ** (index % 7 + 2).to(dtype)
    return torch.where(index % 11 == 5, 0, slope) + gradient(step, dtype)


def split(values, shapes=SHAPES):
    pieces = values.split([torch.Size(shape).numel() for shape in shapes])
    return [piece.clone().reshape(shape) for piece, shape in zip(pieces, shapes)]


def optimizers(name, settings, weights):
    if name == "LARS":
        return [timm.optim.Lars(weights, **settings, foreach=False)]
    if name == "LAMB":
        return [timm.optim.Lamb(weights, **settings, foreach=False)]
    if name == "Adafactor":
        # The default of the first eps is that of single precision here.
        first, second = settings.pop("eps", (None, 1e-3))
        first = torch.finfo(torch.float32).eps if first is None else first
        return [torch.optim.Adafactor(weights, **settings, eps=(first, second), foreach=False)]
    if name == "Prodigy":
        return [prodigyopt.Prodigy(weights, **settings)]
    if name == "DoG":
        return [dog.DoG(weights, **settings)]
    if name == "Muon":
        matrices = [w for w in weights if w.dim() == 2]
        if not settings.pop("output_layer", False):
            matrices = matrices[:-1]
        rest = [w for w in weights if not any(w is m for m in matrices)]
        lr = settings.get("lr", 1e-3)
        adamw = torch.optim.AdamW(
            rest,
            lr=lr * settings.pop("adamw_scale", 1),
            betas=settings.pop("adamw_betas", (0.9, 0.999)),
            eps=settings.pop("adamw_eps", 1e-8),
            weight_decay=settings.get("weight_decay", 0.1),
            foreach=False,
        )
        return [torch.optim.Muon(matrices, **settings), adamw]
    return [getattr(dadaptation, name)(weights, **settings)]


def run(case, dtype):
    name, arguments = case[:-1].split("(", 1)
    settings = eval(f"dict({arguments})", {"match_rms_adamw": "match_rms_adamw"})
    # torch.optim.Muon takes matrices only: filters are flattened.
    shapes = [(s[0], torch.Size(s[1:]).numel()) if len(s) == 4 and name == "Muon" else s for s in SHAPES]
    weights = [torch.nn.Parameter(w) for w in split(start(dtype), shapes)]
    chosen = optimizers(name, settings, weights)
    rows = []
    for step in range(1, STEPS[-1] + 1):
        values = gradient(step - 1, dtype)
        if name in ("Prodigy", "DAdaptSGD", "DAdaptAdam", "DoG"):
            values = pull(step - 1, torch.cat([w.detach().flatten() for w in weights]), dtype)
        for w, g in zip(weights, split(values, shapes)):
            w.grad = g
        for optimizer in chosen:
            optimizer.step()
        if step in STEPS:
            rows.append(torch.cat([w.detach().double().flatten() for w in weights]))
    return torch.stack(rows)


def main():
    tensors = {}
    for case in CASES:
        exact, single = run(case, torch.float64), run(case, torch.float32)
        astray = (single - exact).norm(dim=1, keepdim=True) / exact.norm(dim=1, keepdim=True)
        tensors[case] = torch.cat([exact, astray], dim=1).float().contiguous()
        moved = ((exact - start(torch.float64)).norm(dim=1) / exact.norm(dim=1)).tolist()
        print(f"{astray.max():.1e} {case} moved", " ".join(f"{m:.1e}" for m in moved))
    save_file(tensors, Path(__file__).parent / "layerwise.safetensors")


main()
