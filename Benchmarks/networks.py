"""What the measurements share: the project's networks in PyTorch, Fashion-MNIST, memory formats."""

import gzip
from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn

FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")  # Debian's dataset-fashion-mnist
USUAL_BATCH = {"lenet": 256, "cnn": 64}
MEMORY_FORMATS = {
    "contiguous": torch.contiguous_format,
    "channels_last": torch.channels_last,
}


def network(name, classes=10):
    """`lenet` or `cnn` for images of [1, 28, 28], the parameters named as gpu-train names them."""
    if name == "lenet":
        layers = dict(
            conv1=nn.Conv2d(1, 6, 5, padding=2), relu1=nn.ReLU(), pool1=nn.MaxPool2d(2),
            conv2=nn.Conv2d(6, 16, 5), relu2=nn.ReLU(), pool2=nn.MaxPool2d(2),
            flatten=nn.Flatten(),
            fc1=nn.Linear(16 * 5 * 5, 120), relu3=nn.ReLU(),
            fc2=nn.Linear(120, 84), relu4=nn.ReLU(),
            fc3=nn.Linear(84, classes))
    else:
        layers = dict(
            conv1=nn.Conv2d(1, 32, 3), relu1=nn.ReLU(),
            conv2=nn.Conv2d(32, 64, 3), relu2=nn.ReLU(), pool=nn.MaxPool2d(2),
            flatten=nn.Flatten(),
            fc1=nn.Linear(64 * 12 * 12, 128), relu3=nn.ReLU(),
            fc2=nn.Linear(128, classes))
    return nn.Sequential(OrderedDict(layers))


def fashion_mnist(part, folder=FASHION_MNIST):
    """The images [N, 1, 28, 28] as bytes and the labels [N] of `train` or `t10k`."""
    def read(kind, header):
        with gzip.open(Path(folder) / f"{part}-{kind}-ubyte.gz") as file:
            return torch.frombuffer(bytearray(file.read()), dtype=torch.uint8)[header:]

    images = read("images-idx3", 16).reshape(-1, 1, 28, 28)
    return images, read("labels-idx1", 8).long()


def mean_and_std(images):
    """The mean and the standard deviation of all values of one-channel images, in [0, 1]."""
    counts = torch.bincount(images.flatten(), minlength=256).double()
    values = torch.arange(256).double() / 255
    mean = (counts @ values / counts.sum()).item()
    return mean, (counts @ (values - mean) ** 2 / counts.sum()).sqrt().item()


def normalised(images, mean, std, dtype=torch.float32):
    """(bytes / 255 - mean) / std, as one multiplication and one addition."""
    return images.to(dtype).mul_(1 / (255 * std)).add_(-mean / std)
