#!/usr/bin/env python3
"""Trains LeNet on Fashion-MNIST with PyTorch by gpu-train's defaults: the accuracy to be met.

SGD with momentum 0.9, rate 0.05 falling to 0 by a cosine at every update, batch 256, images
normalised by the training set's mean and standard deviation, PyTorch's default initialisation.
Ten epochs reach a mean test accuracy of about 0.903. Compare with

    gpu-train train --seed S

    python Benchmarks/train_parity.py --seeds 5
"""

import argparse
import statistics
import time

import torch
import torch.nn.functional as F

from networks import FASHION_MNIST, fashion_mnist, mean_and_std, network, normalised


def train(seed, arguments, training, test):
    """The test accuracy after the last epoch of one run."""
    torch.manual_seed(seed)
    images, labels = training
    model = network("lenet").to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=arguments.lr, momentum=0.9)
    updates = arguments.epochs * -(-len(images) // arguments.batch_size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=updates)
    for epoch in range(arguments.epochs):
        start, total = time.perf_counter(), 0.0
        for picked in torch.randperm(len(images)).split(arguments.batch_size):
            loss = F.cross_entropy(model(images[picked]), labels[picked])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(picked)
        accuracy = evaluate(model, *test)
        print(f"seed {seed} epoch {epoch + 1}: train loss {total / len(images):.4f}, "
              f"test accuracy {accuracy:.4f}, {time.perf_counter() - start:.1f} s", flush=True)
    return accuracy


@torch.no_grad()
def evaluate(model, images, labels):
    correct = 0
    for x, label in zip(images.split(1000), labels.split(1000)):
        correct += (model(x).argmax(1) == label).sum().item()
    return correct / len(labels)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3, help="runs, with seeds from 0")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--threads", type=int, help="default: PyTorch's choice")
    parser.add_argument("--data", default=FASHION_MNIST, help="folder of the four .gz files")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)

    images, labels = fashion_mnist("train", arguments.data)
    mean, std = mean_and_std(images)
    print(f"training set: mean {mean:.6f}, standard deviation {std:.6f}")
    training = (normalised(images, mean, std), labels)
    test_images, test_labels = fashion_mnist("t10k", arguments.data)
    test = (normalised(test_images, mean, std), test_labels)

    results = [train(seed, arguments, training, test) for seed in range(arguments.seeds)]
    print("test accuracies", " ".join(f"{value:.4f}" for value in results))
    print(f"mean {statistics.mean(results):.4f}", end="")
    print(f", standard deviation {statistics.stdev(results):.4f}" if len(results) > 1 else "")


if __name__ == "__main__":
    main()
