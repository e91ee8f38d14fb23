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

#if GROUP > 1
// The sum over a work-group, in every member of it.
inline float group_sum(const float value, __local float *shared) {
  barrier(CLK_LOCAL_MEM_FENCE);
  shared[member()] = value;
  barrier(CLK_LOCAL_MEM_FENCE);
  float total = 0;
  for (int i = 0; i < GROUP; ++i) total += shared[i];
  return total;
}
#else
#define group_sum(value, shared) (value)
#endif

// gradients[i] = sum over parts of partials[part][i], in order
// norms[worker] = over its chunks (sum of squares, how many are not finite, how many exceed `limit`)
// grid: workers x GROUP
__kernel void sum_gradients(
    __global const Chunk *chunks, __global const float *partials, __global float *gradients,
    __global float *norms, const int count, const float limit) {
  lanes squares = splat(0), broken = splat(0), large = splat(0);
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
      large += fabs(g) > limit ? splat(1) : splat(0);
    }
  }
#if GROUP > 1
  __local float shared[GROUP];
#endif
  const float sums[3] = {
      group_sum(lane_sum(squares), shared), group_sum(lane_sum(broken), shared),
      group_sum(lane_sum(large), shared)};
  if (member() == 0)
    for (int i = 0; i < 3; ++i) norms[worker() * 3 + i] = sums[i];
}

// Adaptive clipping (Brock et al. 2021): the gradient of a unit, which is the weights of one output
// or a bias, becomes at most `clip` times as long as the unit, whose length counts as 0.001 at least.
// norms[worker][2] = how many of its units were clipped; grid: workers x GROUP
__kernel void clip_units(
    __global const Unit *units, __global const float *parameters, __global float *gradients,
    __global float *norms, const int count, const float clip) {
#if GROUP > 1
  __local float shared[GROUP];
#endif
  float clipped = 0;
  for (int i = worker(); i < count; i += workers()) {
    const Unit unit = units[i];
    float weights = 0, squares = 0;
    for (int j = member(); j < unit.count; j += GROUP) {
      const float w = parameters[unit.first + j * unit.stride];
      const float g = gradients[unit.first + j * unit.stride];
      weights = fma(w, w, weights);
      squares = fma(g, g, squares);
    }
    const float limit = clip * fmax(sqrt(group_sum(weights, shared)), 1e-3f);
    const float norm = sqrt(group_sum(squares, shared));
    if (norm > limit) {
      for (int j = member(); j < unit.count; j += GROUP)
        gradients[unit.first + j * unit.stride] *= limit / norm;
      clipped += 1;
    }
  }
  if (member() == 0) norms[worker() * 3 + 2] = clipped;
}

// The rule of rules.cl, the floats of state that it keeps of each weight, and whether one more holds
// the average of the weight.
#ifndef RULE
#define RULE sgd
#endif
#ifndef AVERAGE
#define AVERAGE 0
#endif
#define KEPT (STATES + AVERAGE)
// Whether the rule is one of layerwise.cl.
#ifndef LAYERWISE
#define LAYERWISE 0
#endif

// What sum_gradients and clip_units found, and the factor that clips the gradient.
typedef struct { float squares, broken, clipped, clip; } Findings;

inline Findings findings(__global const float *norms, const UpdateShape shape) {
  Findings f = {0, 0, 0, 1};
  for (int i = 0; i < shape.norms; ++i) {
    f.squares += norms[3 * i];
    f.broken += norms[3 * i + 1];
    f.clipped += norms[3 * i + 2];
  }
  // As PyTorch's clip_grad_norm_; a limit of infinity is none.
  const float norm = sqrt(f.squares) + 1e-6f;
  if (shape.norm_limit < norm) f.clip = shape.norm_limit / norm;
  return f;
}

// The gradient as rules take it: clipped, with penalties, turned to climb.
inline lanes prepared(
    const lanes g, const lanes w, const float clip, const Rates r, const UpdateShape shape) {
  const lanes cut = clamp(clip * g, -shape.value_limit, shape.value_limit);
  return fma(splat(r.decay), w, fma(splat(r.l1), sign(w), r.direction * cut));
}

// Updates every parameter, or none if a gradient is not finite. The first work-item writes the
// batch's row of the log and moves the progress on: an update counts only where it was applied.
// rates [rows][groups], state [KEPT][parameters], log [rows], losses and hits [images]; what follows
// the draw is that of measure.cl;
// grid: chunks x GROUP
__kernel void update(
    __global const Chunk *chunks, __global const Rates *rates, __global float *parameters,
    __global const float *gradients, __global float *state, __global const float *norms,
    __global const float *losses, __global const float *hits, __global Progress *progress,
    __global StepLog *log, const UpdateShape shape, const Draw draw
#if LAYERWISE
    , __global const Tensor *tensors, __global const float *scales, __global float *own,
    __global const float *matrices
#endif
) {
  const Findings found = findings(norms, shape);
  const uint applied = progress->applied, drawn = progress->drawn;
  __global const Rates *row = rates + applied % shape.rows * shape.groups;

  if (found.broken == 0) {
    const Chunk chunk = chunks[worker()];
    const Rates r = row[chunk.group];
    for (int j = member() * V; j < chunk.count; j += GROUP * V) {
      const size_t i = chunk.first + j;
      lanes w = load(parameters + i), s[KEPT + 1];
      UNROLL for (int k = 0; k < KEPT; ++k) s[k] = load(state + k * (size_t)shape.parameters + i);
      const lanes g = prepared(load(gradients + i), w, found.clip, r, shape);
      w = fma(splat(-r.shrink), w, w);
#if LAYERWISE
      w = RULE(w, g, s, r, seat(chunk, tensors, scales, own, matrices, i));
#else
      w = RULE(w, g, s, r);
#endif
      store(parameters + i, w);
#if AVERAGE
      s[STATES] = average(s[STATES], w, r.average);
#endif
      UNROLL for (int k = 0; k < KEPT; ++k) store(state + k * (size_t)shape.parameters + i, s[k]);
    }
  }

  if (get_global_id(0) == 0) {
    float loss = 0, correct = 0;
    for (int i = 0; i < shape.images; ++i) {
      loss += losses[i];
      correct += hits[i];
    }
    StepLog entry = {
        loss, correct, found.squares, row->learning_rate, active_images(drawn, draw), applied,
        (uint)found.broken, found.clip < 1 || found.clipped > 0};
    log[drawn % shape.rows] = entry;
    progress->next_drawn = drawn + 1;
    progress->next_applied = applied + (found.broken == 0);
  }
}

// Puts the averaged weights in the place of the parameters, which go to `kept` until they are copied
// back: the average of the last state, or w + share s[0] where a rule averages itself.
// grid: chunks x GROUP
__kernel void show_average(
    __global const Chunk *chunks, __global float *parameters, __global const float *state,
    __global float *kept, const UpdateShape shape, const float share) {
  const Chunk chunk = chunks[worker()];
  for (int j = member() * V; j < chunk.count; j += GROUP * V) {
    const size_t i = chunk.first + j;
    const lanes w = load(parameters + i);
    store(kept + i, w);
#if AVERAGE
    store(parameters + i, load(state + STATES * (size_t)shape.parameters + i));
#else
    store(parameters + i, fma(splat(share), load(state + i), w));
#endif
  }
}
