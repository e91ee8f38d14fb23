internal import Networks
internal import OpenCL
internal import Optimizers
internal import Reports
internal import Training

/// Times training steps on random images.
func measure(_ request: BenchmarkRequest, log: Log) throws -> BenchmarkResult {
  let (benchmark, device) = try prepare(request, profiling: false, log: log)
  func median(_ times: [Double]) -> Double {
    let sorted = times.sorted()
    return 1000 * (sorted[(times.count - 1) / 2] + sorted[times.count / 2]) / 2
  }
  let step = try median(benchmark.measure(steps: request.steps))
  let pipelined = try benchmark.measurePipelined(steps: request.steps)
  return BenchmarkResult(
    model: request.settings.model, batchSize: request.settings.batchSize,
    accumulate: request.settings.accumulate, steps: request.steps,
    medianStepMilliseconds: step,
    pipelinedImagesPerSecond: Double(request.settings.batchSize * request.settings.accumulate)
      / pipelined,
    launchesPerStep: benchmark.launchesPerStep,
    medianUpdateMilliseconds: try median(benchmark.measureUpdates(times: request.steps)),
    updateBytes: benchmark.bytesPerUpdate, parameters: benchmark.parameterCount,
    device: device.name)
}

/// Times every launch of a training step.
func profileRows(_ request: BenchmarkRequest, log: Log) throws -> [LaunchRow] {
  let (benchmark, _) = try prepare(request, profiling: true, log: log)
  return try benchmark.profile(steps: request.steps).map { launch, seconds in
    LaunchRow(
      launch: launch.label == launch.name ? launch.name : "\(launch.label) \(launch.name)",
      shape: launch.grid.description, milliseconds: seconds * 1000, operations: launch.flops,
      bytes: launch.bytes)
  }
}

/// The benchmark with its kernels compiled and its caches warm.
private func prepare(
  _ request: BenchmarkRequest, profiling: Bool, log: Log
) throws -> (Training.Benchmark, Device) {
  let settings = request.settings
  let (input, layers) = (Shape(1, 28, 28), try Architecture.layers(settings.model, classes: 10))
  _ = try NetworkOutline(input: input, layers: layers)
  let device = try Device.select(settings.device)
  let notice = DelayedNotice.compiling(on: log)
  defer { notice.stop() }
  let network = try Network(
    on: Queue(device, profiling: profiling), input: input, batch: settings.batchSize,
    seed: settings.seed, layers: layers)
  let options = try Trainer.Options(settings)
  let benchmark = try Training.Benchmark(
    network, optimizer: OptimizerSpec(parsing: settings.optimizer).optimizer,
    clipping: options.clipping, average: options.averageDecay?.average,
    accumulate: settings.accumulate)
  _ = try benchmark.measure(steps: 10)
  return (benchmark, device)
}
