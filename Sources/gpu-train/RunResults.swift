internal import Datasets
internal import Reports
internal import Training

/// Keeps the curves of a run and draws them into `results.svg` of its folder.
final class RunResults {
  private let session: Session
  private let folder: RunFolder
  private var curves: RunCurves
  private var course: RateCourse
  private var last: EpochRow?
  private var best: EpochRow?
  private var drawn = secondsSinceBoot()

  /// Seconds between two drawings of a run that goes on: whoever looks sees what there is.
  private static let interval = 10.0

  init(_ session: Session, in folder: RunFolder) {
    self.session = session
    self.folder = folder
    let trainer = session.trainer
    curves = RunCurves(
      epochs: trainer.epochs, stepsPerEpoch: trainer.stepsPerEpoch,
      logEvery: session.settings.logEvery)
    course = RateCourse(epochs: trainer.epochs)
  }

  func add(_ row: StepRow) { curves.add(row) }

  /// Takes an epoch, and draws if it is long since the drawing before.
  ///
  /// - Throws: `DiskError`.
  func add(_ row: EpochRow) throws {
    curves.add(row)
    course.add((last?.step ?? 0)..<row.step, inEpoch: row.epoch - 1, of: session.trainer)
    last = row
    if row.test.accuracy > best?.test.accuracy ?? -1 { best = row }
    if secondsSinceBoot() - drawn > Self.interval { try draw("epoch \(row.epoch) is done") }
  }

  /// Draws what there is at the end of the run.
  ///
  /// - Parameter end: Why it ended before its last epoch.
  /// - Throws: `DiskError`.
  func write(_ end: String?) throws {
    // An epoch that was cut short has updates, too.
    let trainer = session.trainer
    let start = last?.step ?? 0
    if trainer.step > start {
      course.add(start..<trainer.step, inEpoch: last?.epoch ?? 0, of: trainer)
    }
    try draw(end)
  }

  private func draw(_ remark: String?) throws {
    drawn = secondsSinceBoot()
    curves.rates = course.points
    let result = best.map {
      "best test accuracy \(percentText($0.test.accuracy)) in epoch \($0.epoch)"
    }
    let settings = session.settings
    try DurableFile.write(
      curves.svg(
        heading: "\(settings.model) on \(session.data.name)",
        caption: [
          ([result ?? "no epoch was completed"] + [remark].compactMap { $0 })
            .joined(separator: "; "), settings.caption,
        ]), to: folder.resultsPath)
  }
}
