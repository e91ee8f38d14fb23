#line 2 "layerwise.cl"
// Rules that look at more than one weight. Each is three functions:
//
//   <rule>_measure(w, g, s, r, seat, q)  what a weight adds to the sums q of its span, the tensor or
//                                        the whole network; nothing is written
//   <rule>_settle(sums, tensor, r, c)    what becomes of the span's scalars c, by its sums
//   <rule>(w, g, s, r, seat)             the update, as in rules.cl
//
// measure and the update see the same state, so what both need is computed twice, never kept. The
// weight in measure is that before decay. Names are those of rules.cl.

// What a weight knows besides itself: `place` is that of the first lane in its tensor.
typedef struct {
  __global const float *c;            // scalars of its span
  __global float *own;                // state of its tensor
  __global const float *matrix;       // Muon's matrix of its tensor
  __global const Tensor *tensor;
  int place;
} Seat;

inline Seat seat(
    const Chunk chunk, __global const Tensor *tensors, __global const float *scales,
    __global float *own, __global const float *matrices, const size_t i) {
  __global const Tensor *tensor = tensors + chunk.tensor;
  Seat seat = {
      scales + (PER_TENSOR ? chunk.tensor * SCALARS : 0), own + tensor->own,
      matrices + max(tensor->matrix, 0), tensor, (int)i - tensor->first};
  return seat;
}

// a / b where both are positive, else 1: a tensor of zeros takes the plain step.
inline float trust(const float a, const float b) { return a > 0 && b > 0 ? a / b : 1; }

// You, Gitman, Ginsburg 2017, as timm's Lars: SGD on trust (g + weight_decay w), with
//   trust = trust_coeff |w| / (|g| + weight_decay |w| + eps), for tensors that decay or always.
// r.extra: trust_coeff, 0 for none; r.root and r.most: 1 / lr and 1 where trust / lr is clipped.
inline void lars_measure(
    const lanes w, const lanes g, const lanes *s, const Rates r, const Seat seat, lanes *q) {
  q[0] = w * w;
  q[1] = g * g;
}

inline void lars_settle(
    const float *sums, __global const Tensor *tensor, const Rates r, __global float *c) {
  const float w = sqrt(sums[0]), g = sqrt(sums[1]);
  const float share = w > 0 && g > 0 ? r.extra * w / (g + w * r.coupled + r.eps) : 1;
  c[0] = r.extra == 0 ? 1 : fmin(share * r.root, r.most);
}

inline lanes lars(const lanes w, const lanes g, lanes *s, const Rates r, const Seat seat) {
  return sgd(w, seat.c[0] * fma(splat(r.coupled), w, g), s, r);
}

// You et al. 2020, as timm's Lamb: w = w - lr trust u, trust = |w| / |u|,
//   u = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps) + weight_decay w, m and v as Adam's.
// r.extra: whether the tensor has a trust; r.most: its limit; r.momentum: 1 / (1 - beta1^t);
// r.gradient: the factor of g in m.
inline lanes lamb_direction(const lanes w, const lanes g, lanes *s, const Rates r) {
  const lanes m = s[0] = fma(splat(r.gradient), g, fma(splat(-r.gain1), s[0], s[0]));
  const lanes v = s[1] = average(s[1], g * g, r.gain2);
  const lanes d = ratio(r.momentum * m, fma(sqrt(v), splat(r.root), splat(r.eps)));
  return fma(splat(r.coupled), w, d);
}

inline void lamb_measure(
    const lanes w, const lanes g, lanes *s, const Rates r, const Seat seat, lanes *q) {
  const lanes u = lamb_direction(w, g, s, r);
  q[0] = w * w;
  q[1] = u * u;
}

inline void lamb_settle(
    const float *sums, __global const Tensor *tensor, const Rates r, __global float *c) {
  c[0] = r.extra == 0 ? 1 : fmin(trust(sqrt(sums[0]), sqrt(sums[1])), r.most);
}

inline lanes lamb(const lanes w, const lanes g, lanes *s, const Rates r, const Seat seat) {
  return along(w, lamb_direction(w, g, s, r), r.rate * seat.c[0]);
}

// Where a weight of a tensor lies, by its filter and tap, and the other way round.
inline int weight_place(__global const Tensor *t, const int filter, const int tap) {
  return filter / t->tile * t->tile * t->taps + tap * t->tile + filter % t->tile;
}

// The filter and the tap of a place; padding has a filter or a tap too many.
inline int2 weight_at(__global const Tensor *t, const int place) {
  const int tile = place / (t->tile * t->taps), rest = place - tile * t->tile * t->taps;
  return (int2)(tile * t->tile + rest % t->tile, rest / t->tile);
}

// Shazeer, Stern 2018, as torch.optim.Adafactor: with row and column means of g^2 over time,
//   v = row column / max(mean of rows, eps1),  u = g / max(sqrt(v), eps1),
//   w = w - max(eps2, rms(w)) rho / max(1, rms(u) / d) u.
// own: rows, columns, the mean of the rows of each matrix; or v itself, of a vector.
// r.least: eps1; r.eps: eps2; r.rate: rho; r.most: d.
inline float factored(__global const Tensor *t, __global const float *own, const int place,
                      const Rates r) {
  const int2 at = weight_at(t, place);
  if (at.x >= t->filters || at.y >= t->taps) return 0;
  if (t->columns == 0) return own[at.x];
  if (t->rows == 0)
    return own[at.x] * own[t->filters + at.y] / fmax(own[t->filters + t->taps], r.least);
  const int size = t->rows * t->columns, matrices = t->filters * (t->taps / size);
  const int matrix = at.x * (t->taps / size) + at.y / size, in = at.y % size;
  const float row = own[matrix * t->rows + in / t->columns];
  const float column = own[matrices * t->rows + matrix * t->columns + in % t->columns];
  return row * column / fmax(own[matrices * (t->rows + t->columns) + matrix], r.least);
}

inline lanes adafactor_direction(const lanes g, const Rates r, const Seat seat) {
  lanes v;
  for (int i = 0; i < V; ++i)
    ((float *)&v)[i] = factored(seat.tensor, seat.own, seat.place + i, r);
  return ratio(g, fmax(sqrt(v), splat(r.least)));
}

inline void adafactor_measure(
    const lanes w, const lanes g, const lanes *s, const Rates r, const Seat seat, lanes *q) {
  const lanes u = adafactor_direction(g, r, seat);
  q[0] = w * w;
  q[1] = u * u;
}

inline void adafactor_settle(
    const float *sums, __global const Tensor *tensor, const Rates r, __global float *c) {
  const float alpha = fmax(r.eps, sqrt(sums[0] / tensor->count)) * r.rate;
  c[0] = alpha / fmax(1.0f, sqrt(sums[1] / tensor->count) / r.most);
}

inline lanes adafactor(const lanes w, const lanes g, lanes *s, const Rates r, const Seat seat) {
  return along(w, adafactor_direction(g, r, seat), seat.c[0]);
}

// The rules below estimate d, the distance to the solution. A rate of 0 leaves weights and state
// as they are, and outside the sums.
#if MOMENTUM
#define MOMENT 3
#endif

// Mishchenko, Defazio 2024: Adam on d g with steps of d lr, and
//   n = beta3 n + d / d0 d lr <g, x0 - w>,  z = beta3 z + d / d0 d lr g,  d = max(d, n / |z|_1).
// s: v, z, x0, m. c: d, the largest estimate, n, the d of this update. r.rate: lr, corrected;
// r.root: 1 where z leaves lr out; r.extra: d_coef; gain3 = 1 - beta3.
inline lanes prodigy_sum(const lanes z, const lanes g, const Rates r, const float d) {
  const float share = d / r.start * d * (r.root > 0 ? 1 : r.rate);
  return fma(splat(share), g, fma(splat(-r.gain3), z, z));
}

inline void prodigy_measure(
    const lanes w, lanes g, const lanes *s, const Rates r, const Seat seat, lanes *q) {
  g = fma(splat(r.coupled), w, g);
  const bool moves = r.rate > 0;
  q[0] = moves ? g * ((r.first > 0 ? w : s[2]) - w) : splat(0);
  q[1] = moves ? fabs(prodigy_sum(s[1], g, r, seat.c[0])) : splat(0);
}

inline void prodigy_settle(
    const float *sums, __global const Tensor *tensor, const Rates r, __global float *c) {
  const float d = c[3] = c[0];
  if (!(sums[1] > 0)) return;
  const float n = c[2] = fma(d / r.start * d * r.rate, sums[0], fma(-r.gain3, c[2], c[2]));
  const float guess = r.extra * n / sums[1];
  c[1] = fmax(c[1], guess);
  const float from = d == r.start ? fmax(d, guess) : d;
  c[0] = fmin(c[1], fma(r.growth, from, from));
}

inline lanes prodigy(lanes w, lanes g, lanes *s, const Rates r, const Seat seat) {
  const float next = seat.c[0], d = seat.c[3], rate = d * r.rate;
  if (r.first > 0) s[2] = w;
  if (!(r.rate > 0)) return w;
  g = fma(splat(r.coupled), w, g);
  s[1] = prodigy_sum(s[1], g, r, d);
  const lanes scaled = d * g;
  const lanes v = s[0] = average(s[0], scaled * scaled, r.gain2);
#if MOMENTUM
  const lanes m = s[MOMENT] = average(s[MOMENT], scaled, r.gain1);
#else
  const lanes m = next * g;
#endif
  w = fma(splat(-r.decoupled * rate), w, w);
  return along(w, ratio(m, sqrt(v) + next * r.eps), rate);
}

// Defazio, Mishchenko 2023, SGD: with a = d lr / |g0|,  n = n + a <g, z>,  z = z + a g,
//   d = max(d, 2 n / |z|),  w = momentum w + (1 - momentum) (x0 - z).
// s: z, x0. c: d, n, |g0|, a of this update. gain1 = 1 - momentum.
inline void dadapt_sgd_measure(
    const lanes w, const lanes g, const lanes *s, const Rates r, const Seat seat, lanes *q) {
  const float a = seat.c[2] > 0 ? seat.c[0] * r.rate / seat.c[2] : 0;
  const lanes d = fma(splat(r.coupled), w, g), z = fma(splat(a), d, s[0]);
  const bool moves = r.rate > 0;
  q[0] = moves ? d * s[0] : splat(0);
  q[1] = moves ? z * z : splat(0);
  q[2] = moves ? g * g : splat(0);
}

inline void dadapt_sgd_settle(
    const float *sums, __global const Tensor *tensor, const Rates r, __global float *c) {
  const bool known = c[2] > 0;
  if (!known) c[2] = sqrt(sums[2]);
  const float a = c[3] = c[2] > 0 ? c[0] * r.rate / c[2] : 0;
  if (!known || !(sums[1] > 0)) return;
  c[1] = fma(a, sums[0], c[1]);
  c[0] = fmax(c[0], fmin(2 * c[1] / sqrt(sums[1]), fma(r.growth, c[0], c[0])));
}

inline lanes dadapt_sgd(
    const lanes w, const lanes g, lanes *s, const Rates r, const Seat seat) {
  if (r.first > 0) s[1] = w;
  if (!(r.rate > 0)) return w;
  s[0] = fma(splat(seat.c[3]), fma(splat(r.coupled), w, g), s[0]);
  return average(w, s[1] - s[0], r.gain1);
}

// The same for Adam: with a = d lr,  n = sqrt(beta2) n + (1 - sqrt(beta2)) a <g, z / (sqrt(v) + eps)>,
//   z = sqrt(beta2) z + (1 - sqrt(beta2)) a g,  d = max(d, n / (1 - sqrt(beta2)) / |z|_1),
//   m = beta1 m + (1 - beta1) a g,  w = w - m / (sqrt(v) + eps).
// s: m, v, z. c: d, n, a of this update. gain3 = 1 - sqrt(beta2).
inline void dadapt_adam_measure(
    const lanes w, lanes g, const lanes *s, const Rates r, const Seat seat, lanes *q) {
  g = fma(splat(r.coupled), w, g);
  const bool moves = r.rate > 0;
  q[0] = moves ? g * ratio(s[2], sqrt(s[1]) + r.eps) : splat(0);
  q[1] = moves ? fabs(average(s[2], seat.c[0] * r.rate * g, r.gain3)) : splat(0);
}

inline void dadapt_adam_settle(
    const float *sums, __global const Tensor *tensor, const Rates r, __global float *c) {
  const float a = c[2] = c[0] * r.rate;
  if (!(sums[1] > 0)) return;
  c[1] = fma(r.gain3, a * sums[0] - c[1], c[1]);
  c[0] = fmax(c[0], fmin(c[1] / (r.gain3 * sums[1]), fma(r.growth, c[0], c[0])));
}

inline lanes dadapt_adam(lanes w, lanes g, lanes *s, const Rates r, const Seat seat) {
  if (!(r.rate > 0)) return w;
  g = fma(splat(r.coupled), w, g);
  const lanes scaled = seat.c[2] * g;
  const lanes m = s[0] = average(s[0], scaled, r.gain1);
  const lanes v = s[1] = average(s[1], g * g, r.gain2);
  s[2] = average(s[2], scaled, r.gain3);
  w = fma(splat(-r.decoupled * seat.c[2]), w, w);
  return along(w, ratio(m, sqrt(v) + r.eps), 1);
}

// Ivgi, Hinder, Carmon 2023:  far = max(far, |w - x0|), at first reps_rel (1 + |x0|),
//   sum = sum + |g|^2, at first eps more,  w = w - lr far / sqrt(sum) g.
// s: x0. c: far, sum, far / sqrt(sum). r.start: reps_rel; r.extra: the first step's factor, or 0.
inline void dog_measure(
    const lanes w, const lanes g, const lanes *s, const Rates r, const Seat seat, lanes *q) {
  const lanes away = r.first > 0 ? w : w - s[0];
  q[0] = away * away;
  q[1] = r.rate > 0 ? g * g : splat(0);
}

inline void dog_settle(
    const float *sums, __global const Tensor *tensor, const Rates r, __global float *c) {
  const float away = sqrt(sums[0]);
  c[0] = r.first > 0 ? r.start * (1 + away) : fmax(c[0], away);
  c[1] = sums[1] + (r.first > 0 ? r.eps : c[1]);
  c[2] = r.first > 0 && r.extra > 0 ? r.extra : c[1] > 0 ? c[0] / sqrt(c[1]) : 0;
}

inline lanes dog(const lanes w, const lanes g, lanes *s, const Rates r, const Seat seat) {
  if (r.first > 0) s[0] = w;
  return along(w, g, r.rate * seat.c[2]);
}

// Jordan et al. 2024, as torch.optim.Muon, for matrices:  m = momentum m + (1 - momentum) g,
//   u = (1 - momentum) g + momentum m (nesterov) or m,  w = w - lr decay w - lr factor NS(u),
// where NS makes all singular values about 1 (muon.cl). What has no matrix takes AdamW's update,
// whose v is the tensor's own state. r.gain1: 1 - momentum; r.gain3: 1 - beta1; r.gain2: 1 - beta2;
// r.gradient: AdamW's lr / (1 - beta1^t); r.shorter, r.longer: lr decay of the two.
inline lanes muon_direction(const lanes g, lanes *s, const Rates r) {
  const lanes m = s[0] = average(s[0], g, r.gain1);
#if NESTEROV
  return average(m, g, r.gain1);
#else
  return m;
#endif
}

inline void muon_measure(
    const lanes w, const lanes g, lanes *s, const Rates r, const Seat seat, lanes *q) {
  const lanes u = muon_direction(g, s, r);
  q[0] = seat.tensor->matrix < 0 ? splat(0) : u * u;
}

inline void muon_settle(
    const float *sums, __global const Tensor *tensor, const Rates r, __global float *c) {
  c[0] = 1 / fmax(sqrt(sums[0]), r.least);
}

// Where a weight lies in the matrix of its tensor; -1 for padding.
inline int matrix_place(__global const Tensor *t, const int place) {
  const int2 at = weight_at(t, place);
  if (at.x >= t->filters || at.y >= t->taps) return -1;
  return t->turned ? at.y * t->width + at.x : at.x * t->width + at.y;
}

inline lanes muon(lanes w, const lanes g, lanes *s, const Rates r, const Seat seat) {
  if (seat.tensor->matrix < 0) {
    const lanes m = s[0] = average(s[0], g, r.gain3);
    __global float *v = seat.own + seat.place;
    const lanes squares = average(load(v), g * g, r.gain2);
    store(v, squares);
    w = fma(splat(-r.longer), w, w);
    return along(w, ratio(m, fma(sqrt(squares), splat(r.root), splat(r.eps))), r.gradient);
  }
  muon_direction(g, s, r);
  lanes o;
  for (int i = 0; i < V; ++i) {
    const int place = matrix_place(seat.tensor, seat.place + i);
    ((float *)&o)[i] = place < 0 ? 0 : seat.matrix[place];
  }
  w = fma(splat(-r.shorter), w, w);
  return along(w, o, r.rate * seat.tensor->factor);
}
