internal import Reports
internal import Training

/// A trainer as the command sees it: the seam between flags, files and screen on this side and the
/// device on the other.
protocol TrainingSession {
  /// The settings as used: what was left open is filled in.
  var settings: Settings { get }
  /// Where and from what the run is made.
  var environment: RunEnvironment { get }
  /// What a reader wants to know before the first step, one fact per line.
  var facts: [String] { get }
  /// What is probably not as the user wants it.
  var warnings: [String] { get }
  /// The first part of the run folder's name, `NAME` in `runs/NAME-N`.
  var name: String { get }
  /// Batches of one epoch.
  var stepsPerEpoch: Int { get }
  /// Batches of the whole run, with `--max-steps` taken into account.
  var totalSteps: Int { get }

  /// Trains to the end of the next epoch.
  ///
  /// - Parameter observe: Called after each batch; where it returns false, training ends there.
  /// - Returns: How the call ended.
  /// - Throws: What the device or the observer throws, or that the run diverged.
  func nextEpoch(_ observe: (StepOutcome) throws -> Bool) throws -> EpochOutcome

  /// Writes the weights, and whatever else going on needs, into the run's folder.
  ///
  /// - Throws: `DiskError`, or what reading the device throws.
  func save(in folder: RunFolder, isBest: Bool) throws
}

/// What the command learns after each batch.
struct StepOutcome {
  /// The epoch under way, from 1.
  var epoch: Int
  /// Batches of this epoch that are done.
  var step: Int
  /// The rate of the last update.
  var learningRate: Double
  /// Mean loss and accuracy of the epoch so far, as of the last time the device was asked.
  var train: Score?
  /// Rows that became known with this batch; none between two log intervals.
  var logged: [StepRow] = []
}

/// How a call to train an epoch ended.
enum EpochOutcome {
  /// The epoch is complete; `isBest` where the monitored figure is the best so far.
  case finished(EpochRow, isBest: Bool)
  /// The observer ended it.
  case stopped
  /// There is no further epoch.
  case over
}
