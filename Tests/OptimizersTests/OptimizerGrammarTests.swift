import Optimizers
import Specs
import Testing

@Suite struct OptimizerGrammarTests {
  @Test(arguments: [
    "Adagrad(p.parameters(), 0.01, 0, 0, 0, 1e-10, True)",
    "SGD(p.parameters(), 0.1, 0.9, 0, 1e-4, True, True)",
    "AdamW(p.parameters(), 0.001, (0.9, 0.999), 1e-8, 0.01, False, True)",
    "RMSprop(p.parameters(), 0.01, 0.99, 1e-8, 0, 0, False, True)",
  ])
  func `what PyTorch takes by name alone, or calls otherwise there, has to be named`(
    text: String
  ) throws {
    let error = #expect(throws: SpecError.self) { try OptimizerSpec(parsing: text) }
    #expect(error?.description.contains("without a name") == true)
  }

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
    ("Lars(lr=2, momentum=0.9)", "LARS(momentum=0.9)", 2),
    ("Lamb(max_grad_norm=None)", "LAMB(max_grad_norm=none)", nil),
    (
      "torch.optim.Adafactor(model.parameters(), eps=(None, 0.01))",
      "Adafactor(eps=[none, 0.01])", nil
    ),
    ("Prodigy(growth_rate=1.02, fsdp_in_use=False)", "Prodigy(growth_rate=1.02)", nil),
    ("DoG(gamma=None)", "DoG(gamma=none)", nil),
    (
      "Muon(lr=0.02, adjust_lr_fn='match_rms_adamw')", "Muon(adjust_lr_fn='match_rms_adamw')", 0.02
    ),
    ("Muon(adjust_lr_fn=original)", "Muon", nil),
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
    "Adam(beta=0.9)", "SGD(momentum=inf)", "LARS(momentum=-1)", "LARS(nesterov=True)",
    "LARS(trust_coeff=0)", "LAMB(betas=(1, 0.999))", "LAMB(max_grad_norm=0)",
    "Adafactor(beta2_decay=0.1)", "Adafactor(d=0.5)", "Adafactor(eps=(-1, 0.001))",
    "Adafactor(eps=(None, None))", "Prodigy(d0=0)", "Prodigy(eps=0)", "Prodigy(growth_rate=0.9)",
    "Prodigy(weight_decay=inf)", "DAdaptSGD(d0=-1)", "DAdaptSGD(momentum=1)",
    "DAdaptAdam(betas=(0.9, 1))", "DAdaptAdam(eps=0)", "DoG(reps_rel=0)", "DoG(init_eta=0)",
    "DoG(weight_decay=-1)", "Muon(ns_steps=100)", "Muon(ns_coefficients=(1, 2))",
    "Muon(adjust_lr_fn=none_such)", "Muon(weight_decay=-0.1)", "Muon(momentum=-0.1)",
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
    ("ScheduleFreeAdamW", 2, 0.0025), ("LARS", 0, 1), ("LARS(momentum=0.9)", 1, 1),
    ("LAMB", 2, 0.001), ("Adafactor", 0, 0.01), ("Prodigy", 4, 1),
    ("Prodigy(betas=(0, 0.999))", 3, 1), ("DAdaptSGD", 2, 1), ("DAdaptAdam", 3, 1), ("DoG", 1, 1),
    ("Muon", 1, 0.001),
  ])
  func `a rule keeps the state that it needs, and has PyTorch's learning rate`(
    _ text: String, _ states: Int, _ rate: Double
  ) throws {
    let optimizer = try OptimizerSpec(parsing: text).optimizer
    #expect(optimizer.statesPerWeight == states)
    #expect(optimizer.defaultLearningRate == rate)
  }
}
