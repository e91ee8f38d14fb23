import Specs

extension Family {
  /// PyTorch's `torch.optim.swa_utils.SWALR`, from the base rate.
  static let swaLR = Family(
    "SWALR", "from the rate to swa_lr over anneal_epochs ticks, then swa_lr",
    Parameter("swa_lr", .number(.atLeast(0)), "the last rate, which holds"),
    Parameter("anneal_epochs", .length(), default: 10, "how long it takes"),
    Parameter("anneal_strategy", .choice(["cos", "linear"]), default: "cos", "the form of the way")
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let (end, duration): (Double, Double) = (
      arguments["swa_lr"], time.ticks(arguments["anneal_epochs"])
    )
    context.show(duration)
    if context.frame.startStep > 0 {
      context.warn(
        "SWALR starts from the base rate, \(brief(context.baseRate)); PyTorch's starts from the rate"
          + " of the moment")
    }
    if arguments["anneal_strategy"] == "linear" {
      return Leaf(
        PowerDecay(base: context.baseRate, end: end, power: 1, duration: duration, name: "linear"),
        time)
    }
    return Leaf(HalfCosine(base: context.baseRate, end: end, duration: duration), time)
  }
}
