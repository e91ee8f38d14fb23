internal import Reports

/// Scores a dataset with a run's weights.
func evaluate(_ request: EvaluationRequest, log: Log) throws -> EvaluationResult {
  throw NotWired(command: "evaluate")
}
