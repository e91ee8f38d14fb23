/// What the parser reads, before it is known whether it describes something (a `Spec`) or computes
/// something (the body of a `Function`).
struct Syntax {
  indirect enum Form {
    case number(Double)
    case boolean(Bool)
    case none
    case text(String)
    case length(Length)
    /// `torch.optim.SGD`, `momentum`, `relu`.
    case name([String])
    /// `torch.optim.SGD(momentum=0.9)`.
    case call([String], [Item])
    case list([Syntax])
    case negated(Syntax)
    case not(Syntax)
    case operation(Function.Operator, Syntax, Syntax)
    /// `a < b <= c`.
    case comparison(Syntax, [(Function.Comparison, Syntax)])
    case conditional(condition: Syntax, then: Syntax, otherwise: Syntax)
    case lambda(String, Syntax)
    /// `A for 5ep then B`.
    case sequence([(Syntax, length: Length?)])
  }

  struct Item {
    var label: String?
    var labelCharacters: Range<Int>?
    var value: Syntax
  }

  let form: Form
  let characters: Range<Int>
  /// How many levels of syntax lie below, itself included.
  let depth: Int
  /// How many nodes it stands for, itself included.
  let size: Int

  init(_ form: Form, _ characters: Range<Int>) {
    self.form = form
    self.characters = characters
    let parts =
      switch form {
      case .number, .boolean, .none, .text, .length, .name: [Syntax]()
      case .call(_, let items): items.map(\.value)
      case .list(let elements): elements
      case .negated(let operand), .not(let operand), .lambda(_, let operand): [operand]
      case .operation(_, let left, let right): [left, right]
      case .comparison(let first, let others): [first] + others.map(\.1)
      case .conditional(let condition, let then, let otherwise): [condition, then, otherwise]
      case .sequence(let segments): segments.map(\.0)
      }
    depth = 1 + (parts.map(\.depth).max() ?? 0)
    size = 1 + parts.reduce(0) { $0 + $1.size }
  }
}
