/// A loss and the fraction of right answers, both means over the same images.
public struct Score: Sendable, Equatable {
  /// Mean loss per image.
  public var loss: Double
  /// Fraction of right answers, from 0 to 1.
  public var accuracy: Double

  /// A loss and an accuracy from 0 to 1.
  public init(loss: Double, accuracy: Double) {
    self.loss = loss
    self.accuracy = accuracy
  }
}

/// What one epoch came to: a row of `metrics.csv`.
public struct EpochRow: Sendable, Equatable {
  /// Counts from 1.
  public var epoch: Int
  /// Updates applied since the start of the run.
  public var step: Int
  /// The rate of the epoch's last update.
  public var learningRate: Double
  /// Means over the epoch's images as they were trained on.
  public var train: Score
  /// Means over the test set after the epoch.
  public var test: Score
  /// Wall-clock time of the epoch.
  public var seconds: Double
  /// Training images per second of the epoch.
  public var imagesPerSecond: Double
  /// Means over the part of the training set held back, where there is one.
  public var validation: Score?

  /// An epoch's figures.
  public init(
    epoch: Int, step: Int, learningRate: Double, train: Score, test: Score, seconds: Double,
    imagesPerSecond: Double, validation: Score? = nil
  ) {
    self.epoch = epoch
    self.step = step
    self.learningRate = learningRate
    self.train = train
    self.test = test
    self.seconds = seconds
    self.imagesPerSecond = imagesPerSecond
    self.validation = validation
  }

  /// Share of right answers over the test set.
  public var testAccuracy: Double { test.accuracy }

  /// The columns of `metrics.csv`; those of a validation set come last.
  public static func columns(validation: Bool) -> [String] {
    let common = [
      "epoch", "step", "learning_rate", "train_loss", "train_accuracy", "test_loss",
      "test_accuracy", "seconds", "images_per_second",
    ]
    return validation ? common + ["validation_loss", "validation_accuracy"] : common
  }

  /// The row as numbers, in the order of `columns(validation:)`.
  var numbers: [Double] {
    let scores = [train.loss, train.accuracy, test.loss, test.accuracy]
    let held = validation.map { [$0.loss, $0.accuracy] } ?? []
    return [Double(epoch), Double(step), learningRate] + scores + [seconds, imagesPerSecond] + held
  }

  /// The row as texts, in the order of `columns(validation:)`.
  public var cells: [String] { numbers.map(shortestText) }

  /// The row as one object with the columns as keys; NaN is null.
  public var json: JSON {
    let names = Self.columns(validation: validation != nil)
    return .object([.init("event", "epoch")] + zip(names, numbers).map { .init($0, .number($1)) })
  }
}

/// What one drawn batch came to: a row of `steps.csv`.
public struct StepRow: Sendable, Equatable {
  /// Updates applied, this one included; a skipped batch repeats the number before it.
  public var step: Int
  /// Counts from 1.
  public var epoch: Int
  /// The rate that this step's update used.
  public var learningRate: Double
  /// Mean loss of the batch before the update; NaN where the batch was skipped.
  public var loss: Double
  /// Length of the gradient over all parameters; NaN where the batch was skipped.
  public var gradientNorm: Double

  /// A step's figures.
  public init(step: Int, epoch: Int, learningRate: Double, loss: Double, gradientNorm: Double) {
    self.step = step
    self.epoch = epoch
    self.learningRate = learningRate
    self.loss = loss
    self.gradientNorm = gradientNorm
  }

  /// The columns of `steps.csv`.
  public static let columns = ["step", "epoch", "learning_rate", "loss", "gradient_norm"]

  /// The row as numbers, in the order of `columns`.
  var numbers: [Double] { [Double(step), Double(epoch), learningRate, loss, gradientNorm] }

  /// The row as texts, in the order of `columns`.
  public var cells: [String] { numbers.map(shortestText) }

  /// The row as one object with the columns as keys; NaN is null.
  public var json: JSON {
    .object([.init("event", "step")] + zip(Self.columns, numbers).map { .init($0, .number($1)) })
  }
}

/// What one logged update did to one tensor: a row of `layers.csv`.
public struct LayerRow: Sendable, Equatable {
  /// Updates applied, this one included; a skipped one repeats the number before it.
  public var step: Int
  /// Counts from 1.
  public var epoch: Int
  /// The tensor's name, such as `conv1.weight`.
  public var tensor: String
  /// Its parameter group; 0 holds what is in no other.
  public var group: Int
  /// The rate that the update used for it.
  public var learningRate: Double
  /// Length of its gradient, before clipping by norm or value; NaN where the update was skipped.
  public var gradientNorm: Double
  /// Length of its weights before the update; NaN where the update was skipped.
  public var weightNorm: Double
  /// Length of what the update changed, over the length of the weights; NaN where the update was
  /// skipped or the weights are 0.
  public var updateRatio: Double

  /// A tensor's figures, from the lengths of its gradient, its weights and their change.
  public init(
    step: Int, epoch: Int, tensor: String, group: Int, learningRate: Double, gradientNorm: Double,
    weightNorm: Double, updateNorm: Double
  ) {
    self.step = step
    self.epoch = epoch
    self.tensor = tensor
    self.group = group
    self.learningRate = learningRate
    self.gradientNorm = gradientNorm
    self.weightNorm = weightNorm
    updateRatio = weightNorm > 0 ? updateNorm / weightNorm : .nan
  }

  /// The columns of `layers.csv`.
  public static let columns = [
    "step", "epoch", "tensor", "group", "learning_rate", "gradient_norm", "weight_norm",
    "update_ratio",
  ]

  /// The row as texts, in the order of `columns`.
  public var cells: [String] {
    ["\(step)", "\(epoch)", tensor, "\(group)"]
      + [learningRate, gradientNorm, weightNorm, updateRatio].map(shortestText)
  }
}

/// What one logged update did to one parameter group: a row of `groups.csv`.
public struct GroupRow: Sendable, Equatable {
  /// Updates applied, this one included; a skipped one repeats the number before it.
  public var step: Int
  /// Counts from 1.
  public var epoch: Int
  /// The group; 0 holds what is in no other.
  public var group: Int
  /// The rate that the update used for it.
  public var learningRate: Double
  /// Length of the gradient of its tensors, before clipping by norm or value; NaN where the update
  /// was skipped.
  public var gradientNorm: Double
  /// Share of the updates since the row before that were clipped, from 0 to 1; NaN where none was
  /// applied.
  public var clipped: Double

  /// A group's figures.
  public init(
    step: Int, epoch: Int, group: Int, learningRate: Double, gradientNorm: Double, clipped: Double
  ) {
    self.step = step
    self.epoch = epoch
    self.group = group
    self.learningRate = learningRate
    self.gradientNorm = gradientNorm
    self.clipped = clipped
  }

  /// The columns of `groups.csv`.
  public static let columns = [
    "step", "epoch", "group", "learning_rate", "gradient_norm", "clipped",
  ]

  /// The row as texts, in the order of `columns`.
  public var cells: [String] {
    ["\(step)", "\(epoch)", "\(group)"]
      + [learningRate, gradientNorm, clipped].map(shortestText)
  }
}
