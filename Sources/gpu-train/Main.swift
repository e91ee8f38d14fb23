import Datasets
import Foundation
import Networks
import OpenCL
import Optimizers
import Training

@main
struct Main {
  static func main() throws {
    let cnn = CommandLine.arguments.contains("cnn")
    let queue = try Queue(Device.all()[0], profiling: CommandLine.arguments.contains("profile"))
    let lenet: [any Layer] = [
      Conv(6, window: 5, padding: 2), ReLU(), MaxPool(2), Conv(16, window: 5), ReLU(), MaxPool(2),
      Dense(120), ReLU(), Dense(84), ReLU(), Dense(10),
    ]
    let big: [any Layer] = [
      Conv(32, window: 3), ReLU(), Conv(64, window: 3), ReLU(), MaxPool(2), Dense(128), ReLU(),
      Dense(10),
    ]
    let batch = cnn ? 64 : 256
    let network = try Network(on: queue, input: Shape(1, 28, 28), batch: batch, layers: cnn ? big : lenet)
    if CommandLine.arguments.contains("train") {
      let data = try FashionMNIST()
      let epochs = 10
      let trainer = try Trainer(network, on: data, epochs: epochs, optimizer: SGD(momentum: 0.9)) { clock, _ in
        RatePoint(learningRate: 0.025 * (1 + cos(Double.pi * Double(clock.step) / 2350)))
      }
      while let row = try trainer.next() { print(row) }
      return
    }
    let benchmark = try Benchmark(network, optimizer: SGD(momentum: 0.9))
    _ = try benchmark.measure(steps: 5)
    if CommandLine.arguments.contains("profile") {
      var total = 0.0
      for (launch, seconds) in try benchmark.profile(steps: 50) {
        total += seconds
        print(launch.label, launch.name, launch.grid, Int(seconds * 1e6), "us", Int(launch.flops / seconds / 1e9), "GF", Int(launch.bytes / seconds / 1e9), "GB/s")
      }
      print(total * 1e3, "ms")
    } else {
      let times = try benchmark.measure(steps: 100).sorted()
      print(benchmark.launchesPerStep, "launches", times[50] * 1e3, "ms", Double(batch) / times[50], "img/s")
    }
  }
}
