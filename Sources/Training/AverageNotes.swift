internal import Glibc
internal import Reports
internal import Schedules

extension Settings.AverageDecay {
  /// What an average with this decay holds at the end of a run that is short for it; nil where the
  /// run is long enough.
  func note(for run: Run) -> Note? {
    let (updates, horizon) = (Double(run.totalSteps), 1 / (1 - limit))
    let first = pow(limit, updates - 1)
    let share = "the first weights still make up \(significantText(first * 100, digits: 2)) % of it"
    guard horizon > updates else {
      guard case .constant = self, first > 0.01 else { return nil }
      return Note(
        .note,
        "\(share) at the end, of the average of the weights: such a short run takes a smaller "
          + "--ema, or one that ramps up, --ema \(shortestText(limit))")
    }
    let ending =
      switch self {
      case .ramped:
        "its ramp ends at a decay of "
          + significantText((1 + updates) / (10 + updates), digits: 3)
      case .constant: share + " at the end"
      }
    // An average over a tenth of the run.
    let fitting = updates >= 20 ? 1 - 10 / updates : 0.5
    return Note(
      .warning,
      "--ema \(shortestText(limit)) averages over some \(shortestText(horizon.rounded())) "
        + "updates (1 / (1 - decay)), and the whole run has \(run.totalSteps): \(ending). Try --ema "
        + "\(significantText(fitting, digits: 2)), or train longer")
  }
}
