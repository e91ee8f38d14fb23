import Specs
import Testing

@Suite struct BindingTests {
  private let layers = Catalog(
    of: "layer",
    [
      Signature(
        "conv", aliases: ["Conv2d"], "a convolution",
        Parameter("filters", .integer(.atLeast(1)), "output channels"),
        Parameter(
          "window", aliases: ["kernel_size"],
          .either(.integer(.atLeast(1)), .tuple(.integer(.atLeast(1)), count: 2)), default: 3,
          "height and width"),
        Parameter("padding", .integer(.atLeast(0)), default: 0, "zeros around the image"),
        Parameter("bias", .boolean, default: true, "whether a bias is added"),
        Parameter(
          "mode", .choice(["zeros", "reflect"]), default: "zeros", "what the border holds"),
        Parameter("scale", .optional(.number(.positive)), default: .nothing, "a factor"),
        .ignored("device", .text)),
      Signature("relu", "max(x, 0)"),
      Signature("maxpool", "the largest of a window", Parameter("window", .integer(), "its size")),
    ])

  private func bind(_ text: String) throws(SpecError) -> Arguments {
    try layers.bind(Spec(parsing: text))
  }

  @Test func `positions, names and defaults fill the parameters`() throws {
    let arguments = try bind("conv(6, 5, padding=2, bias=False, mode=reflect)")
    #expect(arguments["filters"] == 6)
    #expect(arguments["window"] == [5])
    #expect(arguments["padding"] == 2)
    #expect(arguments["bias"] == false)
    #expect(arguments["mode"] == "reflect")
    #expect(arguments["scale"] == Double?.none)
    #expect(arguments.isGiven("padding") && !arguments.isGiven("scale"))
  }

  @Test(arguments: [
    "Conv(6)", "CONV(6)", "nn.Conv2d(6)", "conv_2d(6)", "conv(Filters=6)", "conv(6, device=cuda)",
    "conv(filters: 6)", "conv(6.0)",
  ])
  func `a name may differ in case and separators`(text: String) throws {
    #expect(try bind(text)["filters"] == 6)
  }

  @Test func `an alias and a tuple reach the same parameter`() throws {
    let window: [Int] = try bind("conv(6, kernel_size=(5, 3))")["window"]
    #expect(window == [5, 3])
  }

  @Test(arguments: [
    ("conv(6, paddding=2)", 9, "conv has no parameter paddding: did you mean padding?"),
    ("conv()", 1, "conv needs filters: output channels"),
    ("conv(6, 5, 2, true, zeros, 1, x, 9)", 34, "conv takes at most 6, this is number 8"),
    ("conv(6, filters=7)", 9, "filters is given twice"),
    ("conv(padding=6, 7)", 17, "cannot follow"),
    ("conv(0)", 6, "filters must be at least 1, not 0"),
    ("conv(2.5)", 6, "filters must be a whole number, not 2.5"),
    ("conv('6')", 6, "filters must be a whole number, at least 1, not '6'"),
    ("conv(6, (5, 3, 1))", 9, "window must have 2 values, not 3"),
    ("conv(6, bias=1)", 14, "bias must be a true or false, not 1"),
    ("conv(6, mode=relect)", 14, "did you mean reflect?"),
    ("conv(6, scale=-1)", 15, "scale must be more than 0, not -1"),
    ("conv(6, scale=5ep)", 15, "scale must be number, more than 0 or none, not 5ep"),
    ("cnov(6)", 1, "there is no layer cnov: did you mean conv?"),
    ("torch.foo(6)", 1, "there is no layer foo"),
    ("relu(1)", 6, "relu takes no arguments, this is number 1"),
    ("3", 1, "a layer is expected, not 3"),
  ])
  func `an error names the fault and its column`(text: String, column: Int, message: String) throws
  {
    let error = try #require(throws: SpecError.self) { try bind(text) }
    #expect(error.column == column)
    #expect(error.issues[0].message.contains(message))
  }

  @Test func `all faults of a call are reported at once, with the parameters and their defaults`()
    throws
  {
    let error = try #require(throws: SpecError.self) { try bind("conv(pading=2, bias=5, windo=1)") }
    #expect(error.issues.map { $0.place?.column } == [6, 21, 24, 1])
    #expect(
      error.description.hasSuffix(
        """
        conv(filters, window=3, padding=0, bias=true, mode='zeros', scale=none)
          filters       whole number, at least 1, output channels
          window=3      whole number, at least 1 or 2 values (whole number, at least 1), height and width
          padding=0     whole number, at least 0, zeros around the image
          bias=true     true or false, whether a bias is added
          mode='zeros'  zeros or reflect, what the border holds
          scale=none    number, more than 0 or none, a factor
        """))
  }
}
