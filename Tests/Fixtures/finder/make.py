#!/usr/bin/env python3
"""Writes curves.tsv beside this file: losses of range tests and what fastai suggests for them.

Run: python Tests/Fixtures/finder/make.py            (needs numpy)

This is an independent reading of fastai's published method (fastai/callback/schedule.py, LRFinder
and the functions `valley`, `steep`, `minimum`, `slide`), not a translation of the Swift code: the
longest fall is searched in quadratic time, slopes come from numpy, and a test that meets NaN goes
on to its end as fastai's does. Infinity is taken for NaN: a skipped update does not tell which.

One line a curve, fields parted by tabs:
  name, start, end, steps, knee (where the curve was made to fall; - if nowhere),
  ending (completed, diverged, not_finite), losses that the test keeps, its last smoothed loss,
  valley, steep, minimum, slide (- where the published code fails for want of points),
  the losses that are offered to the test, parted by spaces.
"""

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent
BETA, STOP = 0.98, 4.0


# --- fastai ---------------------------------------------------------------------------------------


def rates_of(start, end, steps):
    return start * (end / start) ** (np.arange(steps) / steps)


def record(losses, steps):
    """The smoothed losses that fastai's recorder holds, and why the test was over."""
    smoothed, value, best = [], 0.0, np.inf
    for count, loss in enumerate(losses[:steps], start=1):
        value = value + (1 - BETA) * (loss - value)
        smoothed.append(value / (1 - BETA**count))
        best = min(best, smoothed[-1])  # Python's min keeps best where the other is NaN
        if smoothed[-1] > STOP * best:
            return np.array(smoothed), "diverged"
    ending = "completed" if np.isfinite(smoothed).all() else "not_finite"
    return np.array(smoothed), ending


def considered(rates, smoothed, steps):
    rates, smoothed = rates[: len(smoothed)][steps // 10 : -5], smoothed[steps // 10 : -5]
    broken = np.flatnonzero(np.isnan(smoothed))
    return (rates, smoothed) if not len(broken) else (rates[: broken[0]], smoothed[: broken[0]])


def valley(rates, losses):
    length = [1] * len(losses)
    start = end = 0
    for i in range(1, len(losses)):
        for j in range(i):
            if losses[i] < losses[j] and length[i] < length[j] + 1:
                length[i] = length[j] + 1
        if length[end] < length[i]:
            end = i
            start = end - length[end]
    section = (end - start) / 3
    return rates[start + int(section) + int(section / 2)]


def steep(rates, losses):
    return rates[np.argmin(np.diff(losses) / np.diff(np.log(rates)))]


def minimum(rates, losses):
    return rates[np.argmin(losses)] / 10


def slide(rates, losses, width=15, threshold=0.005):
    slopes = np.gradient(losses)
    right = -1
    left = right - width
    answer = rates[left]
    while left >= -len(losses) and abs(slopes[right] - slopes[left]) > threshold:
        answer = rates[left]
        right, left = right - 1, left - 1
    return answer


# --- curves ---------------------------------------------------------------------------------------


def fall(rates, knee, high=2.3, low=0.4, width=0.35):
    """A smooth step down over the logarithm of the rate, its middle at the knee."""
    return low + (high - low) / (1 + np.exp(np.log10(rates / knee) / width))


def rise(rates, limit, power=2.0):
    """A divergence that sets in at a rate."""
    return (rates / limit) ** power


def descent(rates, seed, curvature=50.0, size=40, momentum=0.0, noise=0.5):
    """The losses of stochastic gradient descent on a quadratic bowl: a real range test."""
    random = np.random.default_rng(seed)
    scales = np.geomspace(1, curvature, size)
    weights, velocity, losses = random.normal(size=size), np.zeros(size), []
    with np.errstate(over="ignore", invalid="ignore"):
        for rate in rates:
            losses.append(0.05 + 0.5 * np.mean(scales * weights**2) * random.uniform(0.8, 1.2))
            gradient = scales * (weights + noise * 0.1 * random.normal(size=size))
            velocity = momentum * velocity + gradient
            weights = weights - rate * velocity
    return np.array(losses)


def noisy(losses, seed, size):
    return losses * (1 + size * np.random.default_rng(seed).normal(size=len(losses)))


def curves():
    """Tuples of name, start, end, steps, knee, losses."""
    usual = (1e-7, 10.0, 100)
    rates = rates_of(*usual)
    for seed in range(6):
        knee = [1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1][seed]
        losses = noisy(fall(rates, knee) + rise(rates, 30 * knee), seed, [0.001, 0.005, 0.01, 0.02, 0.03, 0.05][seed])
        yield f"knee {knee:g}", *usual, knee, losses
    losses = noisy(fall(rates, 1e-2, width=0.1) + rise(rates, 0.5), 10, 0.02)
    yield "a steep fall", *usual, 1e-2, losses
    losses = noisy(fall(rates, 3e-3, width=0.8) + rise(rates, 1.0), 11, 0.02)
    yield "a gentle fall", *usual, 3e-3, losses
    losses = fall(rates, 1e-5, 2.3, 1.5, 0.2) + fall(rates, 2e-2, 0.9, 0, 0.2) + rise(rates, 1.0)
    yield "two falls with a plateau between them", *usual, 2e-2, noisy(losses, 12, 0.01)
    losses = np.minimum(fall(rates, 1e-2) + rise(rates, 0.3, 3), 2.31)
    yield "a network that dies and stays at chance", *usual, 1e-2, noisy(losses, 13, 0.01)
    yield "a sudden divergence", *usual, 3e-3, noisy(fall(rates, 3e-3) + rise(rates, 0.3, 8), 14, 0.02)
    yield "a slow divergence", *usual, 3e-3, noisy(fall(rates, 3e-3) + rise(rates, 0.5, 0.7), 15, 0.02)
    losses = noisy(fall(rates, 1e-2) + rise(rates, 1.0), 16, 0.01)
    losses[[30, 55]] *= 3
    yield "two batches that stand out", *usual, 1e-2, losses
    losses = noisy(fall(rates, 1e-2, 4.6, 3.5) + rise(rates, 1.0), 17, 0.005)
    yield "a hundred classes", *usual, 1e-2, losses
    yield "a falling end: the range is too short", *usual, 1e-2, noisy(fall(rates, 1e-2), 18, 0.01)
    losses = fall(rates, 1e-2) + rise(rates, 1.0)
    losses[rates > 1] = np.nan
    yield "NaN after the turn", *usual, 1e-2, noisy(losses, 19, 0.01)
    losses = fall(rates, 1e-2)
    losses[rates > 3e-2] = np.inf
    yield "infinity in the fall", *usual, 1e-2, noisy(losses, 20, 0.01)
    losses = fall(rates, 1e-2) + rise(rates, 1.0)
    losses[97:] = np.nan
    yield "NaN among the last five", *usual, 1e-2, noisy(losses, 25, 0.01)
    for seed in (21, 22, 23):
        yield f"descent into a bowl, seed {seed}", *usual, None, descent(rates, seed)
    yield "descent with momentum", *usual, None, descent(rates, 24, momentum=0.9)

    for steps, seed in ((30, 30), (50, 31), (300, 32), (1000, 33)):
        rates = rates_of(1e-6, 3.0, steps)
        losses = noisy(fall(rates, 1e-2) + rise(rates, 0.7), seed, 0.01)
        yield f"{steps} steps", 1e-6, 3.0, steps, 1e-2, losses
    rates = rates_of(1e-3, 1.0, 100)
    yield "a narrow range", 1e-3, 1.0, 100, 3e-2, noisy(fall(rates, 3e-2, width=0.2) + rise(rates, 0.7), 34, 0.01)
    rates = rates_of(1e-6, 1.0, 12)
    yield "twelve steps: too few for slide", 1e-6, 1.0, 12, None, fall(rates, 1e-3) + rise(rates, 0.1)


def text(value):
    return "-" if value is None else repr(float(value))


def main():
    lines = []
    for name, start, end, steps, knee, losses in curves():
        losses = np.array([float(f"{loss:.5g}") for loss in losses])
        losses[~np.isfinite(losses)] = np.nan
        rates = rates_of(start, end, steps)
        smoothed, ending = record(losses, steps)
        kept = smoothed if ending != "not_finite" else smoothed[: np.argmin(np.isfinite(smoothed))]
        window = considered(rates, smoothed, steps)
        answers = [valley(*window), steep(*window), minimum(*window)]
        answers.append(slide(*window) if len(window[0]) > 15 else None)
        offered = losses[: len(kept) + (ending == "not_finite")]
        fields = [name, repr(start), repr(end), str(steps), text(knee), ending, str(len(kept))]
        fields += [text(kept[-1])] + [text(answer) for answer in answers]
        fields.append(" ".join(f"{loss:g}" for loss in offered))
        lines.append("\t".join(fields))
    (FOLDER / "curves.tsv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
