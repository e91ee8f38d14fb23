/// How gradients are made smaller before an update, on the device.
///
/// The host decides nothing and reads nothing: norms stay where they were computed.
public enum Clipping: Sendable, Hashable {
  /// The whole gradient is scaled to a Euclidean norm of at most this, as PyTorch's
  /// `clip_grad_norm_` (Pascanu, Mikolov, Bengio 2013).
  case norm(Double)
  /// Each value is cut off at this magnitude, as PyTorch's `clip_grad_value_`.
  case value(Double)
  /// The gradient of each output's weights is scaled to at most this share of their norm (Brock, De,
  /// Smith, Simonyan 2021); takes a launch of its own.
  case adaptive(Double)

  var normLimit: Double {
    if case .norm(let limit) = self { limit } else { .infinity }
  }

  var valueLimit: Double {
    if case .value(let limit) = self { limit } else { .infinity }
  }
}
