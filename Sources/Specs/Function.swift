/// A function of one number, written as Python's `lambda e: 0.95 ** e`.
///
/// It may compute with `+ - * / // % **`, comparisons, `and`, `or`, `not`, `a if c else b`, `min`,
/// `max`, `abs`, `round`, `int`, `float`, `pow` and the functions of Python's `math`, and nothing
/// else: no text can make it read a file or run for ever. Values are Python's for floats; where
/// Python would raise (a division by zero, the root of a negative number), the value is infinite
/// or NaN.
public struct Function: Hashable, Sendable, CustomStringConvertible {
  /// The name of the parameter.
  public let parameter: String
  let body: Body

  /// The value at a number.
  public func callAsFunction(_ x: Double) -> Double { body.value(x) }

  /// The function as the grammar writes it.
  public var description: String { "lambda \(parameter): \(body.text(parameter).text)" }

  package enum Operator: String, Hashable, Sendable {
    case or, and
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case remainder = "%"
    case power = "**"
  }

  package enum Comparison: String, Hashable, Sendable {
    case less = "<"
    case atMost = "<="
    case greater = ">"
    case atLeast = ">="
    case equal = "=="
    case different = "!="

    func holds(_ a: Double, _ b: Double) -> Bool {
      switch self {
      case .less: a < b
      case .atMost: a <= b
      case .greater: a > b
      case .atLeast: a >= b
      case .equal: a == b
      case .different: a != b
      }
    }
  }

  indirect enum Body: Hashable, Sendable {
    case number(Double)
    case parameter
    /// The updates of an epoch, `len(loader)`.
    case stepsPerEpoch
    case negated(Body)
    case not(Body)
    case operation(Operator, Body, Body)
    case comparison(Body, [Relation])
    case conditional(condition: Body, then: Body, otherwise: Body)
    case unary(Unary, Body)
    case binary(Binary, Body, Body)
  }

  struct Relation: Hashable, Sendable {
    let comparison: Comparison
    let operand: Body
  }
}

extension Function.Body {
  func value(_ x: Double) -> Double {
    switch self {
    case .number(let number): return number
    case .parameter: return x
    case .stepsPerEpoch: return .nan
    case .negated(let operand): return -operand.value(x)
    case .not(let operand): return operand.value(x) == 0 ? 1 : 0
    case .operation(.or, let left, let right):
      let value = left.value(x)
      return value != 0 ? value : right.value(x)
    case .operation(.and, let left, let right):
      let value = left.value(x)
      return value == 0 ? value : right.value(x)
    case .operation(let sign, let left, let right):
      return sign.apply(left.value(x), right.value(x))
    case .comparison(let first, let relations):
      var left = first.value(x)
      for relation in relations {
        let right = relation.operand.value(x)
        guard relation.comparison.holds(left, right) else { return 0 }
        left = right
      }
      return 1
    case .conditional(let condition, let then, let otherwise):
      return condition.value(x) != 0 ? then.value(x) : otherwise.value(x)
    case .unary(let function, let operand): return function.apply(operand.value(x))
    case .binary(let function, let left, let right):
      return function.apply(left.value(x), right.value(x))
    }
  }

  /// The value, if it is the same for every argument.
  var constant: Double? { holds(.parameter) || holds(.stepsPerEpoch) ? nil : value(0) }

  /// Whether a leaf is part of it.
  func holds(_ leaf: Function.Body) -> Bool {
    switch self {
    case .number: false
    case .parameter, .stepsPerEpoch: self == leaf
    case .negated(let a), .not(let a), .unary(_, let a): a.holds(leaf)
    case .operation(_, let a, let b), .binary(_, let a, let b): a.holds(leaf) || b.holds(leaf)
    case .comparison(let a, let others):
      a.holds(leaf) || others.contains { $0.operand.holds(leaf) }
    case .conditional(let a, let b, let c): a.holds(leaf) || b.holds(leaf) || c.holds(leaf)
    }
  }

  /// The same body with a number for the updates of an epoch.
  func settingStepsPerEpoch(_ steps: Double) -> Function.Body {
    func set(_ body: Function.Body) -> Function.Body { body.settingStepsPerEpoch(steps) }
    switch self {
    case .number, .parameter: return self
    case .stepsPerEpoch: return .number(steps)
    case .negated(let a): return .negated(set(a))
    case .not(let a): return .not(set(a))
    case .unary(let function, let a): return .unary(function, set(a))
    case .operation(let sign, let a, let b): return .operation(sign, set(a), set(b))
    case .binary(let function, let a, let b): return .binary(function, set(a), set(b))
    case .comparison(let a, let others):
      return .comparison(
        set(a), others.map { .init(comparison: $0.comparison, operand: set($0.operand)) })
    case .conditional(let a, let b, let c):
      return .conditional(condition: set(a), then: set(b), otherwise: set(c))
    }
  }

  /// The text, and how tightly its outermost operator binds.
  func text(_ name: String) -> (text: String, strength: Int) {
    func inner(_ body: Function.Body, _ least: Int) -> String {
      let (text, strength) = body.text(name)
      return strength < least ? "(\(text))" : text
    }
    switch self {
    case .number(let number):
      return (number.shortest, number.sign == .minus ? 7 : 9)
    case .parameter: return (name, 9)
    case .stepsPerEpoch: return ("len(loader)", 9)
    case .negated(let a): return ("-\(inner(a, 7))", 7)
    case .not(let a): return ("not \(inner(a, 3))", 3)
    case .operation(let sign, let a, let b):
      let strength = sign.strength
      // Powers associate to the right, everything else to the left.
      let (left, right) = sign == .power ? (9, 7) : (strength, strength + 1)
      return ("\(inner(a, left)) \(sign.rawValue) \(inner(b, right))", strength)
    case .comparison(let first, let relations):
      let others = relations.map { " \($0.comparison.rawValue) \(inner($0.operand, 5))" }
      return (inner(first, 5) + others.joined(), 4)
    case .conditional(let condition, let then, let otherwise):
      return ("\(inner(then, 1)) if \(inner(condition, 1)) else \(inner(otherwise, 0))", 0)
    case .unary(let function, let a): return ("\(function.rawValue)(\(inner(a, 0)))", 9)
    case .binary(let function, let a, let b):
      return ("\(function.rawValue)(\(inner(a, 0)), \(inner(b, 0)))", 9)
    }
  }
}

extension Function.Operator {
  func apply(_ a: Double, _ b: Double) -> Double {
    switch self {
    case .or: a != 0 ? a : b
    case .and: a == 0 ? a : b
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .floorDivide: floorDivision(a, b).quotient
    case .remainder: floorDivision(a, b).remainder
    case .power: raised(a, b)
    }
  }

  var strength: Int {
    switch self {
    case .or: 1
    case .and: 2
    case .add, .subtract: 5
    case .multiply, .divide, .floorDivide, .remainder: 6
    case .power: 8
    }
  }
}

/// Python's `a // b` and `a % b`: the remainder has the sign of the divisor.
private func floorDivision(_ a: Double, _ b: Double) -> (quotient: Double, remainder: Double) {
  guard b != 0 else { return (a / b, .nan) }
  var remainder = a.truncatingRemainder(dividingBy: b)
  var quotient = (a - remainder) / b
  if remainder != 0, (remainder < 0) != (b < 0) {
    remainder += b
    quotient -= 1
  }
  var floored = quotient.rounded(.down)
  if quotient - floored > 0.5 { floored += 1 }
  return (floored, remainder)
}
