public import Networks
public import Optimizers
public import Reports
public import Schedules

/// Everything that a training run can be told, as typed values; the names are the flags'.
///
/// Layers, optimizers, schedules and datasets stay in the text of the grammar, which their own
/// rooms read.
public struct Settings: Sendable, Equatable {
  /// Index of a device, or a part of its name.
  public var device = "0"
  /// The data to learn from, by name or path.
  public var dataset = "fashion-mnist"
  /// A named network or a list of layers.
  public var model = "lenet"
  /// Passes over the training set at most.
  public var epochs = 10
  /// Updates at most; nil sets no limit.
  public var maxSteps: Int?
  /// Images per batch.
  public var batchSize = 256
  /// Batches per update.
  public var accumulate = 1
  /// The update rule.
  public var optimizer = "SGD(momentum=0.9)"
  /// The base learning rate; nil takes the optimizer's own.
  public var learningRate: LearningRate?
  /// How the rate changes; nil is a cosine to 0 over the run.
  public var schedule: String?
  /// Values of names that pasted lines leave open, one `NAME=VALUE` a line.
  public var values: String?
  /// What was noticed in reading pasted lines.
  public var notes: [Note] = []
  /// Length of the ramp before the schedule, such as `5ep` or `500it`.
  public var warmup: String?
  /// How the momentum changes; nil leaves it to the schedule of the rate, or constant.
  public var momentumSchedule: String?
  /// How the weight decay changes; nil keeps it constant.
  public var weightDecaySchedule: String?
  /// Parameters with values of their own: `conv*: lr=0.01; *.bias: weight_decay=0`.
  public var group: String?
  /// The factor of the learning rate from each layer to the one before it.
  public var layerDecay = 1.0
  /// The norm that the whole gradient is scaled down to; nil for none.
  public var clipNorm: Double?
  /// The magnitude at which each value of the gradient is cut off; nil for none.
  public var clipValue: Double?
  /// The share of their norm that the gradient of an output's weights is scaled down to.
  public var clipAdaptive: Double?
  /// The L1 penalty of the weights.
  public var l1 = 0.0
  /// Whether weight decay and L1 penalty apply to biases too, as in PyTorch.
  public var decayBiases = true
  /// The decay of an exponential average of the weights; nil keeps none.
  public var ema: AverageDecay?
  /// When a plain average of the weights starts, such as `20ep` or `75%`; nil keeps none.
  public var swaStart: String?
  /// How the weights start.
  public var initializer = Initialization.pytorch
  /// What a schedule's bare numbers count; nil follows PyTorch's documentation.
  public var clock: Clock?
  /// What metric-driven decisions look at.
  public var monitor = Monitor.testLoss
  /// The part of the training set that is held back, from 0 to 1.
  public var validation = 0.0
  /// How bytes become numbers.
  public var normalize = Normalization.automatic
  /// What all randomness is keyed by.
  public var seed: UInt64 = 0
  /// Whether each epoch draws the images in a new order.
  public var shuffle = true
  /// A safetensors file with initial weights.
  public var initialWeights: String?
  /// Steps between two log rows.
  public var logEvery = 50
  /// The run's folder; nil makes `runs/NAME-N`.
  public var out: String?
  /// How progress is shown.
  public var progress = Progress.Mode.auto
  /// The test accuracy, from 0 to 1, that the run must reach.
  public var targetAccuracy: Double?

  /// The settings of a run that is told nothing.
  public init() {}

  /// Where the base learning rate comes from.
  public enum LearningRate: Sendable, Equatable {
    /// A rate that is given.
    case fixed(Double)
    /// The valley of a range test that is run before training.
    case automatic
  }

  /// How much of an average of the weights stays at every update.
  public enum AverageDecay: Sendable, Equatable {
    /// A decay that is reached by a ramp, `min(decay, (1 + t) / (10 + t))` after t updates.
    case ramped(Double)
    /// The same decay from the first update on, as PyTorch's `AveragedModel` has it.
    case constant(Double)

    /// The decay that is kept in the end.
    public var limit: Double {
      switch self {
      case .ramped(let decay), .constant(let decay): decay
      }
    }

    /// The average that the optimizers' room keeps.
    public var average: WeightAverage {
      switch self {
      case .ramped(let decay): .ramped(decay: decay)
      case .constant(let decay): .exponential(decay: decay)
      }
    }
  }

  /// What a schedule counts.
  public enum Clock: String, CaseIterable, Sendable {
    /// Passes over the data.
    case epoch
    /// Applied updates.
    case step
  }

  /// A figure of an epoch.
  public enum Monitor: String, CaseIterable, Sendable {
    /// Mean loss over the epoch's images as they were trained on.
    case trainLoss = "train_loss"
    /// Mean loss over the test set.
    case testLoss = "test_loss"
    /// Fraction of right answers over the test set.
    case testAccuracy = "test_accuracy"
    /// Mean loss over the part held back.
    case validationLoss = "validation_loss"
    /// Fraction of right answers over the part held back.
    case validationAccuracy = "validation_accuracy"

    /// Whether the figure exists only where a part of the training set is held back.
    public var needsValidation: Bool { self == .validationLoss || self == .validationAccuracy }

    /// Which direction of the figure is better.
    public var better: MetricMode {
      self == .testAccuracy || self == .validationAccuracy ? .max : .min
    }

    /// The reason why a schedule cannot go by this figure, or nil.
    public func objection(to schedule: Schedule) -> String? {
      guard let mode = schedule.metricMode, mode != better else { return nil }
      let (order, wish) = mode == .min ? ("less", "mode='max'") : ("more", "mode='min'")
      return "the schedule takes \(order) for better (mode='\(mode.rawValue)'), which is wrong for "
        + "\(rawValue): write \(wish), or --monitor test_\(mode == .min ? "loss" : "accuracy")"
    }
  }

  /// How bytes become numbers: `(byte / 255 - mean) / deviation` per channel.
  public enum Normalization: Sendable, Equatable {
    /// Only the division by 255.
    case none
    /// Mean and standard deviation of the training set.
    case automatic
    /// Given means and standard deviations, one per channel or one for all.
    case fixed(mean: [Double], deviation: [Double])
  }
}
