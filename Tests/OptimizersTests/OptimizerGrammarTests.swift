import Optimizers
import Specs
import Testing

@Suite struct OptimizerGrammarTests {
  @Test(arguments: [
    (
      "torch.optim.Adam(model.parameters(), 0.01, (0.8, 0.99), foreach=False)",
      "Adam(betas=[0.8, 0.99])", 0.01
    ),
    ("SGD(lr=0.1, momentum=0.9, nesterov=True)", "SGD(momentum=0.9, nesterov=true)", 0.1),
    ("adamw", "AdamW", nil),
    ("AdamW(weight_decay=0)", "AdamW(weight_decay=0)", nil),
    ("RMSprop(alpha=0.99, centered=True, lr=None)", "RMSprop(centered=true)", nil),
    ("Rprop(etas=(0.5, 1.5))", "Rprop(etas=[0.5, 1.5])", nil),
    ("schedule_free_sgd(momentum=0.95)", "ScheduleFreeSGD(momentum=0.95)", nil),
  ])
  func `PyTorch's constructor lines mean what they say`(
    _ text: String, _ canonical: String, _ rate: Double?
  ) throws {
    let spec = try OptimizerSpec(parsing: text)
    #expect(spec.optimizer.text == canonical)
    #expect(spec.learningRate == rate)
    #expect(try OptimizerSpec(parsing: canonical).optimizer.text == canonical)
  }

  @Test(arguments: [
    "SGD(momentum=-0.1)", "SGD(nesterov=True)", "SGD(momentum=0.9, dampening=0.1, nesterov=True)",
    "SGD(weight_decay=-1)", "SGD(lr=-0.1)", "SGD(momentum_style=caffe)",
    "Adam(betas=(1.0, 0.999))", "Adam(betas=(0.9, -0.1))", "Adam(betas=0.9)", "Adam(eps=-1e-8)",
    "AdamW(weight_decay=-0.01)", "Adagrad(lr_decay=-1)", "Adagrad(initial_accumulator_value=-1)",
    "Adadelta(rho=1.5)", "RMSprop(alpha=-0.1)", "RMSprop(momentum=-1)", "NAdam(momentum_decay=-1)",
    "RAdam(betas=(0.9, 1))", "Adamax(eps=-1)", "Rprop(etas=(1.1, 1.2))", "Rprop(etas=(0.5, 0.9))",
    "Rprop(etas=(0, 1.2))", "ASGD(weight_decay=-1)", "Adan(betas=(0.9, 0.99))",
    "ScheduleFreeSGD(momentum=0)", "ScheduleFreeAdamW(betas=(0, 0.999))", "Adamm(eps=1)",
    "Adam(beta=0.9)", "SGD(momentum=inf)",
  ])
  func `parameters that cannot be are refused at their column`(_ text: String) throws {
    let error = #expect(throws: SpecError.self) { try OptimizerSpec(parsing: text) }
    #expect(error?.column != nil)
  }

  @Test func `a description in Swift has the limits of the grammar`() {
    #expect(throws: OptimizerError.self) { try Adam(betas: Betas(0.9, 1)) }
    #expect(throws: OptimizerError.self) { try SGD(momentum: .nan) }
    #expect(throws: OptimizerError.self) { try RMSprop(weightDecay: .infinity) }
    #expect(throws: OptimizerError.self) { try Adan(betas: [0.9]) }
  }

  @Test(arguments: [
    ("SGD", 0, 0.05), ("SGD(momentum=0.9)", 1, 0.05), ("Adagrad", 1, 0.01), ("Adadelta", 2, 1),
    ("RMSprop", 1, 0.01), ("RMSprop(momentum=0.9, centered=True)", 3, 0.01), ("Adam", 2, 0.001),
    ("Adam(amsgrad=True)", 3, 0.001), ("AdamW", 2, 0.001), ("Adamax", 2, 0.002),
    ("NAdam", 2, 0.002), ("RAdam", 2, 0.001), ("Rprop", 2, 0.01), ("ASGD", 1, 0.01),
    ("Lion", 1, 0.0001), ("Adan", 4, 0.001), ("ScheduleFreeSGD", 1, 1),
    ("ScheduleFreeAdamW", 2, 0.0025),
  ])
  func `a rule keeps the state that it needs, and has PyTorch's learning rate`(
    _ text: String, _ states: Int, _ rate: Double
  ) throws {
    let optimizer = try OptimizerSpec(parsing: text).optimizer
    #expect(optimizer.statesPerWeight == states)
    #expect(optimizer.defaultLearningRate == rate)
  }
}
