#line 2 "muon.cl"
// Muon's matrices: u becomes NS(u), whose singular values are about 1, by Newton and Schulz's steps
//   A = X X^T,  B = b A + c A A,  X = a X + B X,  from X = u / |u|
// in single precision. X [height][width] is u of one tensor, row by row and padded with zeros to
// multiples of 16; a filter is a row, or a column where there are more filters than taps, so that
// the height is the smaller side. A and B are [height][height].

// X = c u, with u of the new momentum, which is not kept here, and c of `settle`.
// grid: chunks x GROUP
__kernel void load_matrices(
    __global const Chunk *chunks, __global const Tensor *tensors, __global const Rates *rates,
    __global const float *parameters, __global const float *gradients,
    __global const float *state, __global float *matrices, __global const float *norms,
    __global const Progress *progress, __global const float *scales, const UpdateShape shape) {
  const Chunk chunk = chunks[worker()];
  __global const Tensor *tensor = tensors + chunk.tensor;
  const Findings found = findings(norms, shape);
  // What is not finite must not reach the padding, which is never written again.
  if (tensor->matrix < 0 || found.broken != 0) return;
  const Rates r = rates[progress->applied % shape.rows * shape.groups + chunk.group];
  for (int j = member() * V; j < chunk.count; j += GROUP * V) {
    const size_t i = chunk.first + j;
    const lanes w = load(parameters + i);
    lanes s[1] = {load(state + i)};
    const lanes g = prepared(load(gradients + i), w, found, r, shape);
    const lanes x = scales[chunk.tensor] * muon_direction(g, s, r);
    for (int k = 0; k < V; ++k) {
      const int place = matrix_place(tensor, (int)i - tensor->first + k);
      if (place >= 0) matrices[tensor->matrix + place] = ((const float *)&x)[k];
    }
  }
}

// The side of a tile of A.
#define SIDE 4

// A = X X^T, in tiles of SIDE x SIDE; the work-group shares the sum over the width.
// grid: tiles x GROUP
__kernel void gram(
    __global const MatrixTile *tiles, __global const Tensor *tensors, __global const int *places,
    __global const float *matrices, __global float *grams) {
#if GROUP > 1
  __local float shared[GROUP];
#endif
  const MatrixTile tile = tiles[worker()];
  const int width = tensors[tile.tensor].width, height = tensors[tile.tensor].height;
  __global const float *x = matrices + tensors[tile.tensor].matrix;
  lanes sum[SIDE][SIDE];
  UNROLL for (int i = 0; i < SIDE * SIDE; ++i) sum[i / SIDE][i % SIDE] = splat(0);
  for (int k = member() * V; k < width; k += GROUP * V) {
    lanes a[SIDE], b[SIDE];
    UNROLL for (int i = 0; i < SIDE; ++i) a[i] = load(x + (tile.row + i) * width + k);
    UNROLL for (int i = 0; i < SIDE; ++i) b[i] = load(x + (tile.column + i) * width + k);
    UNROLL for (int i = 0; i < SIDE; ++i)
      UNROLL for (int j = 0; j < SIDE; ++j) sum[i][j] = fma(a[i], b[j], sum[i][j]);
  }
  __global float *to = grams + places[tile.tensor];
  for (int i = 0; i < SIDE; ++i)
    for (int j = 0; j < SIDE; ++j) {
      const float total = group_sum(lane_sum(sum[i][j]), shared);
      if (member() == 0) to[(tile.row + i) * height + tile.column + j] = total;
    }
}

// The rows of a tile of a product.
#define DEEP 8

// y = alpha x + beta left x, in tiles of DEEP x (GROUP V); `left` is [height][height].
inline void multiply(
    const MatrixTile tile, __global const float *left, __global const float *x, __global float *y,
    const int height, const int width, const float alpha, const float beta) {
  const int column = tile.column + member() * V;
  if (column >= width) return;
  lanes sum[DEEP];
  UNROLL for (int i = 0; i < DEEP; ++i) sum[i] = splat(0);
  for (int k = 0; k < height; ++k) {
    const lanes b = load(x + k * width + column);
    UNROLL for (int i = 0; i < DEEP; ++i)
      sum[i] = fma(splat(left[(tile.row + i) * height + k]), b, sum[i]);
  }
  UNROLL for (int i = 0; i < DEEP; ++i) {
    const int place = (tile.row + i) * width + column;
    store(y + place, fma(splat(alpha), load(x + place), beta * sum[i]));
  }
}

// B = b A + c A A. grid: tiles x GROUP
__kernel void square_grams(
    __global const MatrixTile *tiles, __global const Tensor *tensors, __global const int *places,
    __global const float *grams, __global float *squares, const float b, const float c) {
  const MatrixTile tile = tiles[worker()];
  const int height = tensors[tile.tensor].height, place = places[tile.tensor];
  multiply(tile, grams + place, grams + place, squares + place, height, height, b, c);
}

// X = a X + B X, into `next`. grid: tiles x GROUP
__kernel void multiply_matrices(
    __global const MatrixTile *tiles, __global const Tensor *tensors, __global const int *places,
    __global const float *squares, __global const float *matrices, __global float *next,
    const float a) {
  const MatrixTile tile = tiles[worker()];
  __global const Tensor *t = tensors + tile.tensor;
  multiply(
      tile, squares + places[tile.tensor], matrices + t->matrix, next + t->matrix, t->height,
      t->width, a, 1);
}
