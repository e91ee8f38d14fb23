import Specs

/// One curve after the other, each from its own beginning.
struct Succession: Curve {
  struct Segment: Sendable {
    let start: Boundary
    let curve: any Curve
  }

  /// In the order of their starts, the first of which is 0.
  let segments: [Segment]

  func point(at moment: Moment, _ evaluation: inout Evaluation) -> Point {
    var index = segments.count - 1
    while index > 0, !segments[index].start.isReached(at: moment) { index -= 1 }
    let segment = segments[index]
    return segment.curve.point(at: moment.since(segment.start), &evaluation)
  }

  var extent: Extent? {
    guard let last = segments.last, let extent = last.curve.extent else { return nil }
    if segments.allSatisfy({ $0.start.clock == .epoch }), extent.clock == .epoch {
      return Extent(clock: .epoch, ticks: Double(last.start.epoch) + extent.ticks)
    }
    guard extent.clock == .step else { return nil }
    return Extent(clock: .step, ticks: Double(last.start.step) + extent.ticks)
  }

  var words: String {
    segments.dropFirst().reduce(segments[0].curve.words) { words, segment in
      // "warm-up 5 epochs to 0.3, cosine to 0.01 at epoch 20"
      words + (words.hasPrefix("warm-up") && !words.contains(", ") ? ", " : ", then ")
        + segment.curve.words
    }
  }

  var beginsWithWarmup: Bool {
    segments[0].curve is Warmup || (segments[0].curve as? Succession)?.beginsWithWarmup == true
  }

  func events(_ metrics: ArraySlice<Double>) -> [Event] {
    let first = metrics.startIndex
    return segments.indices.flatMap { index in
      let start = min(first + segments[index].start.epoch, metrics.endIndex)
      // The metric of a part's last epoch comes when the part is over.
      let end = index + 1 < segments.count ? first + segments[index + 1].start.epoch - 1 : .max
      return segments[index].curve.events(metrics[start..<max(start, min(end, metrics.endIndex))])
    }
  }
}

extension Resolver {
  /// A part of a succession: until `length` has passed, or until `end` on the boundary clock.
  struct Part {
    var spec: Spec
    var length: Length?
    var end: Length?
  }

  static func succession(
    _ parts: [Part], _ context: Context
  ) throws(SpecError) -> any Curve {
    let starts = try self.starts(of: parts, context)
    var segments: [Succession.Segment] = []
    var findings: [Findings] = []
    // From the last to the first: a warm-up leads to what the part after it starts with.
    var target: Point?
    for index in parts.indices.reversed() {
      let end = index + 1 < starts.count ? starts[index + 1] : nil
      var child = context.child(
        parts[index].spec, context.frame.part(from: starts[index], to: end))
      child.target = target
      if context.asksOnlyExtent, index + 1 < parts.count {
        segments.insert(
          .init(start: starts[index], curve: Leaf(Constant(base: 0), child.time)), at: 0)
        continue
      }
      var curve = try build(parts[index].spec, child)
      if index + 1 == parts.count, let end { curve = Held(curve: curve, end: end) }
      var evaluation = Evaluation(metrics: [], slots: 0)
      target = curve.point(at: Moment(), &evaluation)
      if index > 0, child.frame.span(.step) == 0 {
        // What a part would do is of no interest if it never does.
        child.findings.notes = []
        if !parts[index - 1].isWarmup, !isSame(starts[index], starts[index - 1]) {
          child.warn(
            "\(parts[index].spec) never begins: it would at step \(child.frame.startStep), and the"
              + " run has \(context.frame.run.totalSteps)")
        }
      }
      segments.insert(Succession.Segment(start: starts[index], curve: curve), at: 0)
      findings.insert(child.findings, at: 0)
    }
    findings.forEach(context.findings.add)
    return segments.count == 1 ? segments[0].curve : Succession(segments: segments)
  }

  private static func isSame(_ a: Boundary, _ b: Boundary) -> Bool {
    a.step == b.step && a.epoch == b.epoch
  }

  /// Where every part begins, and where the last one ends if that is said.
  private static func starts(
    of parts: [Part], _ context: Context
  ) throws(SpecError) -> [Boundary] {
    var starts = [Boundary.zero]
    for (index, part) in parts.enumerated() {
      let start = starts[index]
      if let length = part.length ?? part.end {
        let clock = context.clock(of: length)
        let ticks = context.frame.ticks(length, clock)
        let origin = part.length == nil ? Boundary.zero : start
        let end = context.frame.boundary(ticks, clock, after: origin)
        guard end.step >= start.step else {
          throw context.error("\(part.spec) would end before it begins: milestones must ascend")
        }
        if end.clock == .step { context.findings.usesSteps = true }
        starts.append(end)
      } else if index + 1 < parts.count {
        let rest = context.frame.part(from: start, to: nil)
        guard let extent = try context.extent(of: part.spec, in: rest) else {
          throw SpecError(
            "\(part.spec) has no end of its own, so what follows would never begin: say how long,"
              + " as in `\(part.spec) for 5ep then ...`", at: part.spec.place)
        }
        let end = context.frame.boundary(extent.ticks, extent.clock, after: start)
        // A warm-up ramps with every update even in a schedule that is drawn by epochs.
        if end.clock == .step, !part.isWarmup { context.findings.usesSteps = true }
        starts.append(end)
      }
    }
    return starts
  }
}

extension Resolver.Part {
  fileprivate var isWarmup: Bool {
    guard case .call(let call) = spec.form else { return false }
    return Family.catalog.signature(named: call.name)?.name == Family.warmup.signature.name
  }
}

extension Context {
  /// The clock that decides when a length of a sequence has passed.
  func clock(of length: Length) -> Clock {
    switch length.unit {
    case .epochs: .epoch
    case .steps, .percent: .step
    case .ticks: boundaryClock
    }
  }
}

extension Family {
  /// PyTorch's `SequentialLR`: scheduler i applies until milestone i.
  ///
  /// Every scheduler starts from its own beginning and from the base rate, whatever the others do.
  static let sequentialLR = Family(
    "SequentialLR", "one scheduler after the other, switched at milestones", clock: nil,
    Parameter("schedulers", .list(.spec), "the schedulers in order"),
    Parameter("milestones", .list(.length()), "when the second one begins, the third, ...")
  ) { arguments, context throws(SpecError) in
    let schedulers: [Spec] = arguments["schedulers"]
    let milestones: [Length] = arguments["milestones"]
    guard milestones.count == schedulers.count - 1 else {
      throw arguments.error(
        "\(schedulers.count) schedulers need \(max(0, schedulers.count - 1)) milestones, not"
          + " \(milestones.count)", at: "milestones")
    }
    return try Resolver.succession(
      schedulers.enumerated().map { index, spec in
        Resolver.Part(spec: spec, end: index < milestones.count ? milestones[index] : nil)
      }, context)
  }
}
