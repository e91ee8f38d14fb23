#line 2 "update.cl"
// The end of a step: gradients are summed and measured, then every parameter is updated in one
// launch. Both walk the network's chunks; V lanes here are V neighbouring parameters.

#if GROUP > 1
#define worker() ((int)get_group_id(0))
#define workers() ((int)get_num_groups(0))
#define member() ((int)get_local_id(0))
#else
#define worker() ((int)get_global_id(0))
#define workers() ((int)get_global_size(0))
#define member() 0
#endif

// gradients[i] = sum over parts of partials[part][i], in order
// norms[worker] = (sum of squares, how many are not finite) over the worker's chunks
// grid: workers x GROUP
__kernel void sum_gradients(
    __global const Chunk *chunks, __global const float *partials, __global float *gradients,
    __global float *norms, const int count) {
  lanes squares = splat(0), broken = splat(0);
  for (int i = worker(); i < count; i += workers()) {
    const Chunk chunk = chunks[i];
    for (int j = member() * V; j < chunk.count; j += GROUP * V) {
      __global const float *from = partials + chunk.partials + j;
      lanes g = load(from);
      for (int part = 1; part < chunk.parts; ++part) g += load(from + part * chunk.stride);
      store(gradients + chunk.first + j, g);
      squares = fma(g, g, squares);
      // Infinity and NaN have every exponent bit set; no comparison of floats is trusted here.
      broken += (as_lanes_int(g) & 0x7f800000) == 0x7f800000 ? splat(1) : splat(0);
    }
  }
#if GROUP > 1
  __local float shared[2][GROUP];
  shared[0][member()] = lane_sum(squares);
  shared[1][member()] = lane_sum(broken);
  barrier(CLK_LOCAL_MEM_FENCE);
  if (member() < 2) {
    float total = 0;
    for (int i = 0; i < GROUP; ++i) total += shared[member()][i];
    norms[worker() * 2 + member()] = total;
  }
#else
  norms[worker() * 2] = lane_sum(squares);
  norms[worker() * 2 + 1] = lane_sum(broken);
#endif
}

// The rule of rules.cl, and the floats of state that it keeps of each weight.
#ifndef RULE
#define RULE sgd
#define STATES MOMENTUM
#endif

// Updates every parameter, or none if a gradient is not finite. The first work-item writes the
// batch's row of the log and moves the progress on: an update counts only where it was applied.
// rates [rows][groups], state [STATES][parameters], log [rows], losses and hits [images];
// grid: chunks x GROUP
__kernel void update(
    __global const Chunk *chunks, __global const Rates *rates, __global float *parameters,
    __global const float *gradients, __global float *state, __global const float *norms,
    __global const float *losses, __global const float *hits, __global Progress *progress,
    __global StepLog *log, const UpdateShape shape, const Draw draw) {
  float squares = 0, broken = 0;
  for (int i = 0; i < shape.norms; ++i) {
    squares += norms[2 * i];
    broken += norms[2 * i + 1];
  }
  const uint applied = progress->applied, drawn = progress->drawn;
  __global const Rates *row = rates + applied % shape.rows * shape.groups;

  if (broken == 0) {
    const Chunk chunk = chunks[worker()];
    const Rates r = row[chunk.group];
    for (int j = member() * V; j < chunk.count; j += GROUP * V) {
      const size_t i = chunk.first + j;
      lanes w = load(parameters + i), g = load(gradients + i), s[STATES + 1];
      UNROLL for (int k = 0; k < STATES; ++k) s[k] = load(state + k * (size_t)shape.parameters + i);
      g = fma(splat(r.decay), w, r.direction * g);
      w = fma(splat(-r.shrink), w, w);
      store(parameters + i, RULE(w, g, s, r));
      UNROLL for (int k = 0; k < STATES; ++k) store(state + k * (size_t)shape.parameters + i, s[k]);
    }
  }

  if (get_global_id(0) == 0) {
    float loss = 0, correct = 0;
    for (int i = 0; i < shape.images; ++i) {
      loss += losses[i];
      correct += hits[i];
    }
    StepLog entry = {
        loss, correct, squares, row->learning_rate, active_images(drawn, draw), applied,
        (uint)broken};
    log[drawn % shape.rows] = entry;
    progress->next_drawn = drawn + 1;
    progress->next_applied = applied + (broken == 0);
  }
}
