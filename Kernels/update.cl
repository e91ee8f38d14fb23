#line 2 "update.cl"
// The end of a step: gradients are summed and measured, then every parameter is updated in one
// launch. Both walk the network's chunks; V lanes here are V neighbouring parameters.

// Whether an update takes several batches.
#ifndef ACCUMULATE
#define ACCUMULATE 0
#endif

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

// The gradient of this batch, the sum of its parts in order, and of the update's batches before it,
// at place j of a chunk. `sums` is `gradients` itself where every batch is an update, not one of
// several.
inline lanes add_parts(
    const Chunk chunk, const int j, __global const float *partials,
    __global const float *gradients, __global float *sums, const bool several, const bool begins) {
  const size_t i = chunk.first + j;
  lanes g = load(gradients + i);
  __global const float *from = partials + chunk.partials + j;
  for (int part = 1; part < chunk.parts; ++part, from += chunk.stride) g += load(from);
  if (several && !begins) g += load(sums + i);
  if (several || chunk.parts > 1) store(sums + i, g);
  return g;
}

// What a batch leaves in the log: loss and hits summed over its images.
// losses and hits [images], log [rows]
inline StepLog logged_batch(
    __global const float *losses, __global const float *hits, const Progress now,
    const UpdateShape shape, const Draw draw) {
  StepLog entry = {0};
  for (int i = 0; i < shape.images; ++i) {
    entry.loss += losses[i];
    entry.correct += hits[i];
  }
  entry.active = active_images(now.drawn, draw);
  entry.applied = now.applied;
  return entry;
}

// The end of a batch that is not the last of its update: its gradient is added to those before it,
// its row of the log is written, and the next batch may be drawn. grid: workers x GROUP
__kernel void add_gradients(
    __global const Chunk *chunks, __global const float *partials, __global const float *gradients,
    __global float *sums, __global const float *losses, __global const float *hits,
    __global Progress *progress, __global StepLog *log, const UpdateShape shape, const Draw draw) {
  const bool begins = begins_update(progress->drawn, draw);
  const int each = (shape.chunks + workers() - 1) / workers();
  const int end = min(shape.chunks, (worker() + 1) * each);
  for (int i = worker() * each; i < end; ++i) {
    const Chunk chunk = chunks[i];
    for (int j = member() * V; j < chunk.count; j += GROUP * V)
      add_parts(chunk, j, partials, gradients, sums, true, begins);
  }
  if (get_global_id(0) == 0) {
    log[progress->drawn % shape.rows] = logged_batch(losses, hits, *progress, shape, draw);
    progress->next_drawn = progress->drawn + 1;
  }
}

// Squares of values that are neither so large nor so small that a sum of squares leaves single
// precision are added up as they are; those of the others are scaled, LARGE down and SMALL up, and
// added up beside them (Blue 1978).
#define LARGE 0x1p48f
#define LARGE_UNIT 0x1p80f
#define SMALL 0x1p-60f
#define SMALL_UNIT 0x1p-90f

// The numbers that a worker leaves of its part of the gradient: the sum of squares, how many are not
// finite, how many exceed a limit, the sum of the large ones' squares, the sum of the small ones'.
#define NORMS 5

// sums[i] = the gradient of the update, all parts and batches added up in order
// norms[worker][NORMS] = what its chunks come to, with values that exceed `limit`
// A worker takes neighbouring chunks, which lie together in memory. grid: workers x GROUP
__kernel void sum_gradients(
    __global const Chunk *chunks, __global const float *partials, __global const float *gradients,
    __global float *sums, __global float *norms, __global const Progress *progress,
    const int count, const float limit, const Draw draw) {
  const bool begins = !ACCUMULATE || begins_update(progress->drawn, draw);
  lanes squares = splat(0), broken = splat(0), beyond = splat(0);
  lanes large = splat(0), small = splat(0);
  const int each = (count + workers() - 1) / workers();
  const int end = min(count, (worker() + 1) * each);
  for (int i = worker() * each; i < end; ++i) {
    const Chunk chunk = chunks[i];
    for (int j = member() * V; j < chunk.count; j += GROUP * V) {
      const lanes g = add_parts(chunk, j, partials, gradients, sums, ACCUMULATE, begins);
      const lanes size = fabs(g);
      const lanes above = size > LARGE ? g / LARGE_UNIT : splat(0);
      const lanes below = size < SMALL ? g / SMALL_UNIT : splat(0);
      const lanes between = size > LARGE || size < SMALL ? splat(0) : g;
      squares = fma(between, between, squares);
      large = fma(above, above, large);
      small = fma(below, below, small);
      // Infinity and NaN have every exponent bit set; no comparison of floats is trusted here.
      broken += (as_lanes_int(g) & 0x7f800000) == 0x7f800000 ? splat(1) : splat(0);
      beyond += size > limit ? splat(1) : splat(0);
    }
  }
#if GROUP > 1
  __local float shared[GROUP];
#endif
  const float totals[NORMS] = {
      group_sum(lane_sum(squares), shared), group_sum(lane_sum(broken), shared),
      group_sum(lane_sum(beyond), shared), group_sum(lane_sum(large), shared),
      group_sum(lane_sum(small), shared)};
  if (member() == 0)
    for (int i = 0; i < NORMS; ++i) norms[worker() * NORMS + i] = totals[i];
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
    float weights = 0, large = 0;
    for (int j = member(); j < unit.count; j += GROUP) {
      const float w = parameters[unit.first + j * unit.stride];
      weights = fma(w, w, weights);
      large += fabs(gradients[unit.first + j * unit.stride]) > LARGE ? 1 : 0;
    }
    // Squares of large values would not be finite: the norm is then measured in this unit.
    const float scale = group_sum(large, shared) > 0 ? 1 / LARGE_UNIT : 1;
    float squares = 0;
    for (int j = member(); j < unit.count; j += GROUP) {
      const float g = scale * gradients[unit.first + j * unit.stride];
      squares = fma(g, g, squares);
    }
    const float limit = clip * fmax(sqrt(group_sum(weights, shared)), 1e-3f);
    const float norm = sqrt(group_sum(squares, shared));
    if (norm > scale * limit) {
      for (int j = member(); j < unit.count; j += GROUP) {
        const float g = scale * gradients[unit.first + j * unit.stride];
        gradients[unit.first + j * unit.stride] = g * (limit / norm);
      }
      clipped += 1;
    }
  }
  if (member() == 0) norms[worker() * NORMS + 2] = clipped;
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

// Whether the rule squares gradients, which those of a length of 2^63 and more do not survive.
#ifndef SQUARES
#define SQUARES 0
#endif

// What sum_gradients and clip_units found: the norm of the gradient is root x 2^exponent, and it is
// clipped by the factors `unit` and `clip`, one after the other. No update is made of a gradient that
// is broken: because of `non_finite` values, or too long for the rule.
typedef struct { float root, non_finite, broken, clipped, unit, clip; int exponent; } Findings;

inline Findings findings(__global const float *norms, const UpdateShape shape) {
  Findings f = {0, 0, 0, 0, 1, 1, 0};
  float squares = 0, large = 0, small = 0;
  for (int i = 0; i < shape.norms; ++i) {
    squares += norms[NORMS * i];
    f.non_finite += norms[NORMS * i + 1];
    f.clipped += norms[NORMS * i + 2];
    large += norms[NORMS * i + 3];
    small += norms[NORMS * i + 4];
  }
  f.broken = f.non_finite;
  // As PyTorch's clip_grad_norm_; a limit of infinity is none.
  if (large > 0) {
    const float unit = 1 / LARGE_UNIT, limit = shape.norm_limit * unit;
    f.exponent = ilogb(LARGE_UNIT);
    f.root = sqrt(fma(squares * unit, unit, large));
    if (limit < f.root) {
      f.unit = unit;
      f.clip = shape.norm_limit / f.root;
    }
    if (SQUARES && fmin(limit, f.root) > 0x1p63f * unit && shape.value_limit > LARGE)
      f.broken += 1;
  } else {
    const float unit = SMALL_UNIT;
    f.exponent = squares > 0 ? 0 : ilogb(SMALL_UNIT);
    f.root = sqrt(squares > 0 ? fma(small * unit, unit, squares) : small);
    const float norm = (squares > 0 ? f.root : f.root * unit) + 1e-6f;
    if (shape.norm_limit < norm) f.clip = shape.norm_limit / norm;
  }
  return f;
}

// A gradient clipped by its norm.
#define clipped_by_norm(g, found) ((found).clip * ((found).unit * (g)))

// The gradient as rules take it: clipped, with penalties, turned to climb.
inline lanes prepared(
    const lanes g, const lanes w, const Findings found, const Rates r, const UpdateShape shape) {
  const lanes cut = clamp(clipped_by_norm(g, found), -shape.value_limit, shape.value_limit);
  return fma(splat(r.decay), w, fma(splat(r.l1), sign(w), r.direction * cut));
}

// Updates every parameter, or none if a gradient is not finite. The first work-item writes the last
// batch's row of the log and moves the progress on: an update counts only where it was applied.
// rates [rows][groups], state [KEPT][parameters], log [rows], losses and hits [images];
// measures [chunks][3], where it is `measured`: squared length of the gradient before it is clipped,
// over 2^(2 x exponent of the norm), of the weights before the update, and of what it changed; what follows the draw is that of
// measure.cl. grid: chunks x GROUP
__kernel void update(
    __global const Chunk *chunks, __global const Rates *rates, __global float *parameters,
    __global const float *gradients, __global float *state, __global const float *norms,
    __global const float *losses, __global const float *hits, __global Progress *progress,
    __global StepLog *log, __global float *measures, const int measured, const UpdateShape shape,
    const Draw draw
#if LAYERWISE
    , __global const Tensor *tensors, __global const float *scales, __global float *own,
    __global const float *matrices
#endif
) {
#if GROUP > 1
  __local float shared[GROUP];
#endif
  const Findings found = findings(norms, shape);
  const uint applied = progress->applied, drawn = progress->drawn;
  __global const Rates *row = rates + applied % shape.rows * shape.groups;

  if (found.broken == 0) {
    const Chunk chunk = chunks[worker()];
    const Rates r = row[chunk.group];
    lanes lengths[3] = {splat(0), splat(0), splat(0)};
    for (int j = member() * V; j < chunk.count; j += GROUP * V) {
      const size_t i = chunk.first + j;
      lanes w = load(parameters + i), s[KEPT + 1];
      UNROLL for (int k = 0; k < KEPT; ++k) s[k] = load(state + k * (size_t)shape.parameters + i);
      const lanes before = w, gradient = load(gradients + i);
      const lanes g = prepared(gradient, w, found, r, shape);
      if (measured) {
        const lanes scaled = gradient * ldexp(1.0f, -found.exponent);
        lengths[0] = fma(scaled, scaled, lengths[0]);
      }
      w = fma(splat(-r.shrink), w, w);
#if LAYERWISE
      w = RULE(w, g, s, r, seat(chunk, tensors, scales, own, matrices, i));
#else
      w = RULE(w, g, s, r);
#endif
      store(parameters + i, w);
      if (measured) {
        lengths[1] = fma(before, before, lengths[1]);
        lengths[2] = fma(w - before, w - before, lengths[2]);
      }
#if AVERAGE
      s[STATES] = average(s[STATES], w, r.average);
#endif
      UNROLL for (int k = 0; k < KEPT; ++k) store(state + k * (size_t)shape.parameters + i, s[k]);
    }
    if (measured) {
      UNROLL for (int k = 0; k < 3; ++k) {
        const float total = group_sum(lane_sum(lengths[k]), shared);
        if (member() == 0) measures[3 * worker() + k] = total;
      }
    }
  }

  if (get_global_id(0) == 0) {
    StepLog entry = logged_batch(losses, hits, *progress, shape, draw);
    entry.norm = found.root;
    entry.norm_exponent = found.exponent;
    entry.learning_rate = row->learning_rate;
    entry.non_finite = (uint)found.non_finite;
    entry.too_long = found.broken > found.non_finite;
    entry.clipped = found.unit < 1 || found.clip < 1 || found.clipped > 0;
    log[drawn % shape.rows] = entry;
    progress->next_drawn = drawn + 1;
    progress->next_applied = applied + (found.broken == 0);
  }
}

// tensors[slot of the update][tensor][3] = sum over the tensor's chunks of what was measured, in a
// ring of `slots`; the chunks of tensor t are bounds[t] ..< bounds[t + 1]. grid: tensors x GROUP
__kernel void sum_measures(
    __global const int *bounds, __global const float *measures, __global float *tensors,
    __global const Progress *progress, const int count, const int slots, const Draw draw) {
#if GROUP > 1
  __local float shared[GROUP];
#endif
  const uint slot = update_number(progress->drawn, draw) % slots;
  const int tensor = worker();
  for (int k = 0; k < 3; ++k) {
    float sum = 0;
    for (int i = bounds[tensor] + member(); i < bounds[tensor + 1]; i += GROUP)
      sum += measures[3 * i + k];
    const float total = group_sum(sum, shared);
    if (member() == 0) tensors[(slot * count + tensor) * 3 + k] = total;
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
