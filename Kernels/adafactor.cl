#line 2 "adafactor.cl"
// Adafactor's state, before it is used: rows = (1 - rho) rows + rho (mean of g^2 over each row),
// columns alike, then the mean of the rows of every matrix. A matrix is the last two dimensions of
// a tensor; a vector keeps g^2 of each weight. r.gain2 = rho.

// One work-item a row or column. grid: any number of work-items
__kernel void factor_gradients(
    __global const Tensor *tensors, __global const Rates *rates,
    __global const float *parameters, __global const float *gradients, __global float *own,
    __global const float *norms, __global const Progress *progress, const int count,
    const UpdateShape shape) {
  const Findings found = findings(norms, shape);
  if (found.broken != 0) return;
  for (int n = 0; n < count; ++n) {
    __global const Tensor *t = tensors + n;
    const Rates r = rates[progress->applied % shape.rows * shape.groups + t->group];
    const int size = t->rows * t->columns, each = size == 0 ? 1 : t->taps / size;
    const int rows = size == 0 ? t->filters : t->filters * each * t->rows;
    const int columns = t->columns == 0 ? 0 : size == 0 ? t->taps : t->filters * each * t->columns;
    for (int line = get_global_id(0); line < rows + columns; line += get_global_size(0)) {
      const bool is_row = line < rows;
      const int at = is_row ? line : line - rows;
      // The line's first weight, and how many follow.
      int filter, tap, length;
      if (size == 0) {
        filter = is_row ? at : 0;
        tap = is_row ? 0 : at;
        length = is_row ? t->taps : t->filters;
      } else {
        const int lines = is_row ? t->rows : t->columns, matrix = at / lines;
        filter = matrix / each;
        tap = matrix % each * size + at % lines * (is_row ? t->columns : 1);
        length = is_row ? t->columns : t->rows;
      }
      const int next_tap = is_row ? 1 : size == 0 ? 0 : t->columns;
      const int next_filter = is_row || size > 0 ? 0 : 1;
      float sum = 0;
      for (int i = 0; i < length; ++i) {
        const int place = t->first + weight_place(t, filter + i * next_filter, tap + i * next_tap);
        const float w = parameters[place];
        float g = clamp(clipped_by_norm(gradients[place], found), -shape.value_limit, shape.value_limit);
        g = fma(r.decay, w, fma(r.l1, sign(w), r.direction * g));
        sum = fma(g, g, sum);
      }
      __global float *kept = own + t->own + line;
      *kept = fma(r.gain2, sum / length - *kept, *kept);
    }
  }
}

// One work-item a matrix. grid: any number of work-items
__kernel void average_rows(
    __global const Tensor *tensors, __global float *own, __global const float *norms,
    const int count, const UpdateShape shape) {
  if (findings(norms, shape).broken != 0) return;
  for (int n = 0; n < count; ++n) {
    __global const Tensor *t = tensors + n;
    if (t->columns == 0) continue;
    const int size = t->rows * t->columns;
    const int rows = size == 0 ? t->filters : t->rows;
    const int matrices = size == 0 ? 1 : t->filters * (t->taps / size);
    __global float *from = own + t->own;
    __global float *to = from + matrices * rows + (size == 0 ? t->taps : matrices * t->columns);
    for (int matrix = get_global_id(0); matrix < matrices; matrix += get_global_size(0)) {
      float sum = 0;
      for (int i = 0; i < rows; ++i) sum += from[matrix * rows + i];
      to[matrix] = sum / rows;
    }
  }
}
