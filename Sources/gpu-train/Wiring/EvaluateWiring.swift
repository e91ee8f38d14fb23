internal import Datasets
internal import Reports
internal import Training

/// Scores a dataset with a run's weights.
func evaluate(_ request: EvaluationRequest, log: Log) throws -> EvaluationResult {
  let start = secondsSinceBoot()
  let notice = DelayedNotice.compiling(on: log)
  defer { notice.stop() }
  let evaluation = try Evaluation(request.settings, weights: request.weightsPath)
  let score = try evaluation.score()
  return EvaluationResult(
    dataset: evaluation.data.name, images: evaluation.data.test.count, score: score,
    seconds: secondsSinceBoot() - start)
}
