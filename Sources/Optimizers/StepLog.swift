package import Kernels

extension StepLog {
  /// Whether the update was made.
  package var isApplied: Bool { non_finite == 0 && too_long == 0 }

  /// The Euclidean norm of the whole gradient; it may exceed what single precision can square, or
  /// hold at all.
  package var gradientNorm: Double {
    Double(sign: .plus, exponent: Int(norm_exponent), significand: Double(norm))
  }
}
