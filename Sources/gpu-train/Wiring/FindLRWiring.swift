internal import Datasets
internal import Networks
internal import OpenCL
internal import Reports
internal import Training

/// Runs the range test of a command.
func findLearningRate(_ request: FindLRRequest, log: Log) throws -> FindLRResult {
  let notice = DelayedNotice.compiling(on: log)
  defer { notice.stop() }
  let finder = try LearningRateFinder(request.settings)
  let test = try finder.run(request.sweep) { show($0, notice, log) }
  log.status("")
  return FindLRResult(
    settings: request.settings, device: finder.network.queue.device.name,
    dataset: finder.data.name, test: test)
}

/// Shows how far a range test has come.
func show(_ test: RangeTest, _ notice: DelayedNotice, _ log: Log) {
  notice.stop()
  guard let rate = test.rates.last, let loss = test.smoothed.last else { return }
  log.status(
    "range test \(test.losses.count)/\(test.sweep.steps), rate \(RangeTest.text(rate)), "
      + "loss \(fixedText(loss, decimals: 4))")
}

/// What a range test found, in one line: the rate that is used and the other suggestions.
func summary(of test: RangeTest) -> String {
  let texts = test.suggestions.map { method, rate in
    (method, RangeTest.text(rate))
  }
  let used = texts.first { $0.0 == .valley }?.1 ?? "nan"
  let others = texts.filter { $0.0 != .valley }.map { "\($0.0.rawValue) \($0.1)" }
  return "learning rate \(used) by the range test (valley)"
    + (others.isEmpty ? "" : "; " + others.joined(separator: ", "))
}
