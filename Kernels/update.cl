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

// sums[i] = the gradient of the update, all parts and batches added up in order
// norms[worker] = over its chunks (sum of squares, how many are not finite, how many exceed `limit`)
// A worker takes neighbouring chunks, which lie together in memory. grid: workers x GROUP
__kernel void sum_gradients(
    __global const Chunk *chunks, __global const float *partials, __global const float *gradients,
    __global float *sums, __global float *norms, __global const Progress *progress,
    const int count, const float limit, const Draw draw) {
  const bool begins = !ACCUMULATE || begins_update(progress->drawn, draw);
  lanes squares = splat(0), broken = splat(0), large = splat(0);
  const int each = (count + workers() - 1) / workers();
  const int end = min(count, (worker() + 1) * each);
  for (int i = worker() * each; i < end; ++i) {
    const Chunk chunk = chunks[i];
    for (int j = member() * V; j < chunk.count; j += GROUP * V) {
      const lanes g = add_parts(chunk, j, partials, gradients, sums, ACCUMULATE, begins);
      squares = fma(g, g, squares);
      // Infinity and NaN have every exponent bit set; no comparison of floats is trusted here.
      broken += (as_lanes_int(g) & 0x7f800000) == 0x7f800000 ? splat(1) : splat(0);
      large += fabs(g) > limit ? splat(1) : splat(0);
    }
  }
#if GROUP > 1
  __local float shared[GROUP];
#endif
  const float totals[3] = {
      group_sum(lane_sum(squares), shared), group_sum(lane_sum(broken), shared),
      group_sum(lane_sum(large), shared)};
  if (member() == 0)
    for (int i = 0; i < 3; ++i) norms[worker() * 3 + i] = totals[i];
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

// Updates every parameter, or none if a gradient is not finite. The first work-item writes the last
// batch's row of the log and moves the progress on: an update counts only where it was applied.
// rates [rows][groups], state [KEPT][parameters], log [rows], losses and hits [images];
// measures [chunks][3], where it is `measured`: squared length of the gradient before it is clipped,
// of the weights before the update, and of what it changed; what follows the draw is that of
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
      const lanes g = prepared(gradient, w, found.clip, r, shape);
      if (measured) lengths[0] = fma(gradient, gradient, lengths[0]);
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
    entry.squared_norm = found.squares;
    entry.learning_rate = row->learning_rate;
    entry.non_finite = (uint)found.broken;
    entry.clipped = found.clip < 1 || found.clipped > 0;
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
