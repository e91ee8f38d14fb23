internal import Reports

/// Times training steps on random images.
func measure(_ request: BenchmarkRequest, log: Log) throws -> BenchmarkResult {
  throw NotWired(command: "benchmark")
}

/// Times every launch of a training step.
func profileRows(_ request: BenchmarkRequest, log: Log) throws -> [LaunchRow] {
  throw NotWired(command: "benchmark")
}
