#!/usr/bin/env python3
"""Times gpu-train against PyTorch in one run, in turn, so that both see the same machine.

Each round times gpu-train, then PyTorch in both memory formats; the medians over the rounds are
compared. The ratio is over PyTorch's better format: above 1, gpu-train is faster.

    swift build -c release
    python Benchmarks/compare.py --model lenet --rounds 5
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

from networks import USUAL_BATCH

FOLDER = Path(__file__).parent


def lines_of_json(command):
    """What a benchmark printed; its own error text if it failed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        sys.exit(f"{command[0]} could not be started ({error.strerror}). "
                 "Build it with `swift build -c release` or name it with --binary.")
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with code {done.returncode}:\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", default=".build/release/gpu-train")
    parser.add_argument("--model", choices=["lenet", "cnn"], default="lenet")
    parser.add_argument("--batch-size", type=int, help="default: lenet 256, cnn 64")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="0", help="gpu-train's device")
    parser.add_argument("--torch-device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, help="PyTorch's threads; default: its choice")
    parser.add_argument("--json", action="store_true", help="print every timing, a line each")
    arguments = parser.parse_args()
    batch = arguments.batch_size or USUAL_BATCH[arguments.model]

    work = ["--model", arguments.model, "--batch-size", str(batch), "--steps", str(arguments.steps)]
    ours = [arguments.binary, "benchmark", "--device", arguments.device, *work, "--json"]
    theirs = [sys.executable, str(FOLDER / "pytorch_step.py"), *work,
              "--device", arguments.torch_device]
    if arguments.threads:
        theirs += ["--threads", str(arguments.threads)]

    times = {}
    launches = pipelined = None
    for round_number in range(arguments.rounds):
        print(f"round {round_number + 1} of {arguments.rounds}", file=sys.stderr, flush=True)
        for result in lines_of_json(ours) + lines_of_json(theirs):
            if arguments.json:
                print(json.dumps(result), flush=True)
            if result.get("framework") == "pytorch":
                name = f"PyTorch {result['version']}, {result['memory_format']}"
            else:
                name = f"gpu-train, {result['device']}"
                launches = result["launches_per_step"]
                pipelined = result.get("pipelined_images_per_second", pipelined)
            times.setdefault(name, []).append(result["median_step_ms"])

    medians = {name: statistics.median(values) for name, values in times.items()}
    best = min(value for name, value in medians.items() if name.startswith("PyTorch"))
    print(f"\n{arguments.model}, batch {batch}: medians over {arguments.rounds} rounds "
          f"of {arguments.steps} steps\n")
    print("| | ms per step | fastest to slowest round | images/s | ratio |")
    print("|---|---|---|---|---|")
    for name, milliseconds in medians.items():
        values = times[name]
        print(f"| {name} | {milliseconds:.3f} | {min(values):.3f} - {max(values):.3f} "
              f"| {batch / milliseconds * 1e3:.0f} | {best / milliseconds:.2f} |")
    if pipelined:
        print(f"\nWithout waiting for each step: {pipelined:.0f} images/s.")
    if launches:
        print(f"Launches per step: {launches}.")


if __name__ == "__main__":
    main()
