#line 2 "rules.cl"
// What one update makes of a weight: rule(w, g, s, r), a function of every optimizer.
//
//   w  the weight, after decoupled decay        g  its gradient, clipped and with coupled decay
//   s  the rule's state of this weight, 0 at first unless Rule.states says otherwise
//   r  what depends on nothing but the step, from the host: learning rate, bias corrections, ...
//
// The names are those of the papers, but for the betas: r.gain1, r.gain2 and r.gain3 are 1 - beta,
// computed in double, since 1 - 0.999f is off by a hundred thousandth.

// The running average of y: beta x + (1 - beta) y.
#define average(x, y, gain) fma(splat(gain), (y) - (x), x)

// a / b, and 0 for 0 / 0: padding, and weights that never had a gradient, stay where they are.
inline lanes ratio(const lanes a, const lanes b) { return a == 0 ? splat(0) : a / b; }

// The direction that most rules share: a step along d.
inline lanes along(const lanes w, const lanes d, const float rate) {
  return fma(splat(-rate), d, w);
}

// SGD, as torch.optim.SGD:  m = momentum m + (1 - dampening) g,  w = w - lr m.
// r.gradient holds the dampening; Keras' m = momentum m + lr g, w = w - m differs in numbers only.
inline lanes sgd(const lanes w, lanes g, lanes *s, const Rates r) {
#if MOMENTUM
  g = r.gradient * g;
  const lanes m = s[0] = fma(splat(r.momentum), s[0], g);
#if NESTEROV
  g = fma(splat(r.momentum), m, g);
#else
  g = m;
#endif
#endif
  return along(w, g, r.rate);
}

// Duchi, Hazan, Singer 2011:  v = v + g^2,  w = w - lr g / (sqrt(v) + eps).
inline lanes adagrad(const lanes w, const lanes g, lanes *s, const Rates r) {
  const lanes v = s[0] = fma(g, g, s[0]);
  return along(w, ratio(g, sqrt(v) + r.eps), r.rate);
}

// Zeiler 2012:  v = rho v + (1 - rho) g^2,  d = g sqrt(u + eps) / sqrt(v + eps),
//   u = rho u + (1 - rho) d^2,  w = w - lr d.
inline lanes adadelta(const lanes w, const lanes g, lanes *s, const Rates r) {
  const lanes v = s[0] = average(s[0], g * g, r.gain2);
  const lanes d = ratio(g * sqrt(s[1] + r.eps), sqrt(v + r.eps));
  s[1] = average(s[1], d * d, r.gain2);
  return along(w, d, r.rate);
}

// Hinton 2012; centered, Graves 2013:  v = alpha v + (1 - alpha) g^2,  a = alpha a + (1 - alpha) g,
//   m = momentum m + g / (sqrt(v - a^2) + eps),  w = w - lr m.
inline lanes rmsprop(const lanes w, const lanes g, lanes *s, const Rates r) {
  lanes v = s[0] = average(s[0], g * g, r.gain2);
#if CENTERED
  const lanes a = s[STATES - 1] = average(s[STATES - 1], g, r.gain2);
  v = fmax(fma(-a, a, v), splat(0));
#endif
  lanes d = ratio(g, sqrt(v) + r.eps);
#if MOMENTUM
  d = s[1] = fma(splat(r.momentum), s[1], d);
#endif
  return along(w, d, r.rate);
}

// Kingma, Ba 2015; amsgrad, Reddi, Kale, Kumar 2018; AdamW differs in the decay only:
//   m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,
//   w = w - lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + eps).
inline lanes adam(const lanes w, const lanes g, lanes *s, const Rates r) {
  const lanes m = s[0] = average(s[0], g, r.gain1);
  lanes v = s[1] = average(s[1], g * g, r.gain2);
#if AMSGRAD
  v = s[2] = fmax(s[2], v);
#endif
  return along(w, ratio(m, fma(sqrt(v), splat(r.root), splat(r.eps))), r.rate);
}

// Kingma, Ba 2015, section 7:  u = max(beta2 u, |g| + eps),  w = w - lr / (1 - beta1^t) m / u.
inline lanes adamax(const lanes w, const lanes g, lanes *s, const Rates r) {
  const lanes m = s[0] = average(s[0], g, r.gain1);
  const lanes u = s[1] = fmax(fma(splat(-r.gain2), s[1], s[1]), fabs(g) + r.eps);
  return along(w, ratio(m, u), r.rate);
}

// Dozat 2016: Adam with Nesterov's momentum, whose factors mu_t grow; their products are r.rate's.
//   w = w - (lr mu_(t+1) / (1 - mu_1 ... mu_(t+1)) m + lr (1 - mu_t) / (1 - mu_1 ... mu_t) g)
//     / (sqrt(v / (1 - beta2^t)) + eps).
inline lanes nadam(const lanes w, const lanes g, lanes *s, const Rates r) {
  const lanes m = s[0] = average(s[0], g, r.gain1);
  const lanes v = s[1] = average(s[1], g * g, r.gain2);
  const lanes d = fma(splat(r.gradient), g, r.rate * m);
  return along(w, ratio(d, fma(sqrt(v), splat(r.root), splat(r.eps))), 1);
}

// Liu et al. 2020: Adam while the variance of 1 / sqrt(v) is known (r.extra = 1), and before that
// the plain momentum (r.extra = 0).
inline lanes radam(const lanes w, const lanes g, lanes *s, const Rates r) {
  const lanes m = s[0] = average(s[0], g, r.gain1);
  const lanes v = s[1] = average(s[1], g * g, r.gain2);
  return along(w, ratio(m, r.extra > 0 ? sqrt(v) + r.eps : splat(1)), r.rate);
}

// Riedmiller, Braun 1993, without backtracking: each weight has its own step, longer while its
// gradient keeps its sign, shorter when it turns, and then it waits once.
inline lanes rprop(const lanes w, lanes g, lanes *s, const Rates r) {
  // Signs, not the product g s[0], which underflows.
  const lanes turn = sign(g) * sign(s[0]);
  const lanes size = s[1] == 0 ? splat(r.rate) : s[1];  // the learning rate before the first update
  const lanes factor = turn > 0 ? splat(r.longer) : turn < 0 ? splat(r.shorter) : splat(1);
  s[1] = clamp(size * factor, splat(r.least), splat(r.most));
  g = s[0] = turn < 0 ? splat(0) : g;
  return fma(-s[1], sign(g), w);
}

// Polyak, Juditsky 1992, as torch.optim.ASGD:  w = w - eta_t g,  a = a + mu_t (w - a).
inline lanes asgd(lanes w, const lanes g, lanes *s, const Rates r) {
  w = along(w, g, r.rate);
  s[0] = average(s[0], w, r.gain1);
  return w;
}

// Chen et al. 2023:  w = w - lr sign(beta1 m + (1 - beta1) g),  m = beta2 m + (1 - beta2) g.
inline lanes lion(const lanes w, const lanes g, lanes *s, const Rates r) {
  const lanes d = sign(average(s[0], g, r.gain1));
  s[0] = average(s[0], g, r.gain2);
  return along(w, d, r.rate);
}

// Xie et al. 2024, its betas as 1 - theirs:  c = g - (the last g, at first this one),
//   m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) c,
//   n = beta3 n + (1 - beta3) (g + beta2 c)^2,
//   w = w - lr (m / (1 - beta1^t) + beta2 v / (1 - beta2^t)) / (sqrt(n / (1 - beta3^t)) + eps).
inline lanes adan(const lanes w, const lanes g, lanes *s, const Rates r) {
  const lanes c = r.extra * (g - s[3]);
  const lanes look = fma(splat(r.momentum), c, g);
  const lanes m = s[0] = average(s[0], g, r.gain1);
  const lanes v = s[1] = average(s[1], c, r.gain2);
  const lanes n = s[2] = average(s[2], look * look, r.gain3);
  s[3] = g;
  const lanes d = fma(splat(r.gradient), v, r.rate * m);
  return along(w, ratio(d, fma(sqrt(n), splat(r.root), splat(r.eps))), 1);
}

// Defazio et al. 2024. Weights are y = (1 - momentum) z + momentum x, where z goes down the
// gradient and x is the average of z; s holds z - y, which is 0 at first:
//   y = y + c (z - y) - lr (1 - momentum (1 - c)) d,  z = z - lr d,  with c the weight of z in x.
inline lanes schedule_free(const lanes y, const lanes d, lanes *s, const Rates r) {
  const lanes away = s[0];
  s[0] = (1 - r.gain1) * fma(splat(-r.gradient), d, away);
  return along(fma(splat(r.gain1), away, y), d, r.rate);
}

// The same where d = g / (sqrt(v / (1 - beta2^t)) + eps) + weight_decay y.
inline lanes schedule_free_adamw(const lanes y, const lanes g, lanes *s, const Rates r) {
  const lanes v = s[1] = average(s[1], g * g, r.gain2);
  const lanes d = ratio(g, fma(sqrt(v), splat(r.root), splat(r.eps)));
  return schedule_free(y, fma(splat(r.extra), y, d), s, r);
}
