/// A schedule that holds a linear warm-up of its own, `start + (peak - start) t / ramp` at first.
///
/// ```
/// peak  |    /'-.
///       |  /     '.
/// start |/         '--___
///       +---+-----------> t
///         ramp
/// ```
/// Other libraries ramp so, from `start` at tick 0; our own warm-up never has a first rate of 0.
struct WithWarmup<Decay: Shape>: Shape {
  let peak: Double
  let start: Double
  /// Ticks of the ramp.
  let ramp: Double
  /// What comes after the ramp.
  let decay: Decay
  /// Whether the decay begins with its own tick 0 after the ramp; if not, the ramp hides its start.
  var isPrefix = true
  /// What tick 0 has where there is no ramp, if not the decay's rate.
  var first: Double?

  func rate(at tick: Double) -> Double {
    if tick < ramp { return start + (peak - start) * tick / ramp }
    if tick == 0, let first { return first }
    return decay.rate(at: isPrefix ? tick - ramp : tick)
  }

  var length: Double? { decay.length.map { isPrefix ? ramp + $0 : max(ramp, $0) } }

  func words(_ time: Timeline) -> String {
    let rest = decay.words(isPrefix ? time.after(ramp) : time)
    return ramp > 0 ? "linear to \(brief(peak)) at \(time.when(ramp)), \(rest)" : rest
  }
}
