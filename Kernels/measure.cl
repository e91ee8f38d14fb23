#line 2 "measure.cl"
// The two launches between the gradient's sum and the update of a rule of layerwise.cl:
//   sums [chunks][SUMS] = over the chunk's weights, the sums of RULE_measure
//   scales [spans][SCALARS] = RULE_settle of the span's sums, added up in order
// A span is a tensor (PER_TENSOR 1) or the network. Scales stay on the device; where a gradient is
// not finite they stay as they are.

// grid: chunks x GROUP
__kernel void measure(
    __global const Chunk *chunks, __global const Tensor *tensors, __global const Rates *rates,
    __global const float *parameters, __global const float *gradients,
    __global const float *state, __global float *own, __global const float *matrices,
    __global const float *norms, __global const Progress *progress, __global const float *scales,
    __global float *sums, const UpdateShape shape) {
#if GROUP > 1
  __local float shared[GROUP];
#endif
  const Findings found = findings(norms, shape);
  const Chunk chunk = chunks[worker()];
  const Rates r = rates[progress->applied % shape.rows * shape.groups + chunk.group];
  lanes total[SUMS];
  UNROLL for (int k = 0; k < SUMS; ++k) total[k] = splat(0);
  if (found.broken == 0)
    for (int j = member() * V; j < chunk.count; j += GROUP * V) {
      const size_t i = chunk.first + j;
      const lanes w = load(parameters + i);
      lanes s[STATES + 1], q[SUMS];
      UNROLL for (int k = 0; k < STATES; ++k)
        s[k] = load(state + k * (size_t)shape.parameters + i);
      const lanes g = prepared(load(gradients + i), w, found, r, shape);
      JOIN(RULE, _measure)(w, g, s, r, seat(chunk, tensors, scales, own, matrices, i), q);
      UNROLL for (int k = 0; k < SUMS; ++k) total[k] += q[k];
    }
  for (int k = 0; k < SUMS; ++k) {
    const float sum = group_sum(lane_sum(total[k]), shared);
    if (member() == 0) sums[worker() * SUMS + k] = sum;
  }
}

// grid: spans x GROUP
__kernel void settle(
    __global const Tensor *spans, __global const Tensor *tensors, __global const Rates *rates,
    __global const float *norms, __global const Progress *progress, __global const float *sums,
    __global float *scales, const int count, const UpdateShape shape) {
#if GROUP > 1
  __local float shared[GROUP];
#endif
  __global const Tensor *span = spans + worker();
  float totals[SUMS];
  for (int k = 0; k < SUMS; ++k) {
    float part = 0;
    for (int i = member(); i < span->chunks; i += GROUP)
      part += sums[(span->chunk + i) * SUMS + k];
    totals[k] = group_sum(part, shared);
  }
  const Findings found = findings(norms, shape);
  if (member() == 0 && found.broken == 0) {
    __global const Rates *row = rates + progress->applied % shape.rows * shape.groups;
    // For the whole network, the row of the tensors that train: others have a rate of 0.
    int group = span->group < 0 ? tensors[0].group : span->group;
    if (span->group < 0)
      for (int i = 1; i < count; ++i)
        if (row[tensors[i].group].learning_rate > row[group].learning_rate)
          group = tensors[i].group;
    const Rates r = row[group];
    JOIN(RULE, _settle)(totals, span, r, scales + worker() * SCALARS);
  }
}
