import Specs
import Testing

/// What names in scripts stand for, seen through the arguments of a call.
@Suite struct ScriptTests {
  private let catalog = Catalog(
    of: "thing",
    [
      Signature("Thing", "takes a value", Parameter("value", .number(), "a number")),
      Signature("Pair", "takes two things", Parameter("things", .list(.spec), "two of them")),
    ])

  private func things(_ text: String, setting values: [String: String] = [:]) throws -> [String] {
    let script = try Script(text, setting: values)
    return try script.calls(of: catalog).map {
      try script.lowered($0.syntax, isKnown: { _ in false }).spec.description
    }
  }

  // Each right side is what Python 3.11 computes.
  @Test(arguments: [
    ("EPOCHS = 30\nThing(EPOCHS - 5)", "25"),
    ("a, b = 24, 3\nThing(a * b)", "72"),
    ("a = b = 7\nThing(a + b)", "14"),
    ("x: int = 3\nx += 2\nThing(x)", "5"),
    ("cfg = {'lr': 0.1, \"n\": [1, 2]}\nThing(cfg[\"lr\"] * cfg['n'][-1])", "0.2"),
    ("cfg = dict(n=4)\ncfg['n'] = 6\nThing(cfg.get('n') + cfg.get('m', 1))", "7"),
    ("class CFG:\n    epochs = 12\n\nThing(CFG.epochs)", "12"),
    ("class C:\n  n = 3\nc = C()\nThing(c.n)", "3"),
    (
      "p = argparse.ArgumentParser()\np.add_argument('--n-steps', type=int, default=14)\nargs = p.parse_args()\nThing(args.n_steps)",
      "14"
    ),
    ("def make(n, k=3):\n    return Thing(n * k)\n\nx = make(5)", "15"),
    ("def main(n=4):\n    x = Thing(n)\n\nmain(9)", "9"),
    ("def main(n=4):\n    x = Thing(n)", "4"),
    ("f = lambda a, b=2: a * b\nThing(f(5))", "10"),
    ("kind = 'a'\nif kind == 'a':\n    n = 1\nelse:\n    n = 2\nThing(n)", "1"),
    ("n = 5 if None is None else 6\nThing(n)", "5"),
    ("Thing(len([e for e in range(10) if e % 3 == 0]))", "4"),
    ("Thing(sum(range(5)))", "10"),
    ("options = {'value': 8}\nThing(**options)", "8"),
    ("T = Thing\nT(3)", "3"),
    ("from things import Thing as T\nT(3)", "3"),
    ("getattr(things, 'Thing')(6)", "6"),
    (">>> n = 3\n>>> Thing(n)", "3"),
    ("%matplotlib inline\n!pip install x\nn = 2\nThing(n)  # end", "2"),
    ("    n = 2\n    Thing(\n      n,\n    )", "2"),
    ("\"\"\"A script.\n\nThing(9)\n\"\"\"\nThing(1)", "1"),
    ("try:\n    n = 1\nexcept ImportError:\n    n = 2\nThing(n)", "1"),
    ("import os; os.x = 1\nfor a in b:\n    pass\nwhile a:\n    break\nThing(2)", "2"),
    ("with a as b:\n    pass\nassert x, 'y'\ndel x\nThing(3)", "3"),
    ("def f():\n    raise X\n\nThing(4)", "4"),
    ("steps = []\nsteps.append(4)\nThing(steps[0])", "4"),
  ])
  func `a name stands for what Python gives it`(text: String, value: String) throws {
    let found = try things(text)
    #expect(found.count == 1)
    #expect(
      [value, "value=\(value)"].map { "Thing(\($0))" }.contains(found.first ?? ""), "\(found)")
  }

  @Test(arguments: [
    "for e in range(3):\n    n = e\nThing(n)", "n = 1\nfor e in range(3):\n    n = n * 2\nThing(n)",
    "n = 1\nwhile n < 5:\n    n += 1\nThing(n)", "if x:\n    n = 1\nelse:\n    n = 2\nThing(n)",
    "def f(n):\n    Thing(n)", "n = read()\nThing(n + 0)",
  ])
  func `what only a run would tell is left open`(text: String) throws {
    let script = try Script(text)
    let made = try #require(script.calls(of: catalog).last)
    let (spec, unset) = try script.lowered(made.syntax, isKnown: { _ in false })
    #expect(!(unset + catalog.unsetNames(in: spec)).isEmpty)
  }

  @Test(arguments: [
    "def f(e):\n    return f(e) + 1\n\nThing(f)", "def f(e):\n    return f\n\nThing(f)",
    "f = lambda e: f(e)\nf = lambda e: f(e)\nThing(f(3))", "def f():\n    f()\n    f()\n\nf()",
    "def f(e):\n    return g(e)\ndef g(e):\n    return f(e)\nThing(g(1))",
  ])
  func `functions that call themselves come to an end`(text: String) {
    _ = try? things(text)
  }

  @Test func `a value that is given stands for its name`() throws {
    #expect(try things("Thing(args.n)", setting: ["args.n": "5"]) == ["Thing(5)"])
    #expect(try things("Thing(c['n'] + 1)", setting: ["c[\"n\"]": "5"]) == ["Thing(6)"])
  }

  @Test func `calls in other calls are parts of these`() throws {
    #expect(
      try things("a = Thing(1)\nb = Thing(2)\nPair([a, b])\nThing(3)")
        == ["Pair([Thing(1), Thing(2)])", "Thing(3)"])
  }

  @Test func `every name without a value is told once, with how to give it`() throws {
    let script = try Script("Pair([Thing(a.b * 2), Thing(c['d']), Thing(a.b), Thing(e)])")
    let made = try #require(script.calls(of: catalog).first)
    let (spec, unset) = try script.lowered(made.syntax, isKnown: { _ in false })
    let error = SpecError(unset: unset + catalog.unsetNames(in: spec))
    #expect(
      Set(error.issues.map(\.message)) == [
        "a.b has no value here", "c['d'] has no value here", "e has no value here",
      ])
    #expect(error.description.contains("--set a.b=..."))
  }
}
