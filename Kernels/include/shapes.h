// Structs that the host fills and the kernels read: 32-bit members only, so that both compilers
// lay them out alike. Offsets count floats from the start of the buffer that the comment names.
#ifndef SHAPES_H
#define SHAPES_H

// How far a plan has come. The first launch of a plan copies `next` to `current`; the last one
// writes `next`; all launches between read `current` only, so no launch reads what it writes.
typedef struct {
  unsigned drawn, applied;            // batches drawn, updates applied
  unsigned next_drawn, next_applied;  // the same after this step
} Progress;

// The images that one plan draws and how.
typedef struct {
  int channels, pixels;           // pixels = height x width
  int batch, count, steps;        // images a batch, images in this set, batches an epoch
  int accumulate;                 // batches an update; the last of an epoch may have fewer
  int total, first;               // images in the file, position of this set in the split order
  int shuffle, split;             // 1: shuffle each epoch; 1: the set is a part of a seeded split
  unsigned seed_low, seed_high;
} Draw;

// A convolution: x [channels][height][width], y [filters][out_height][out_width], images innermost.
typedef struct {
  int channels, height, width;
  int filters, out_height, out_width;
  int pad_height, pad_width;
  int group_channels, group_filters;  // channels and filters of one group
  int weights, bias;                  // offsets in the parameters; bias < 0: none
  int partials, partial_stride;       // second part in the partials, distance of one to the next
  int split_groups;                   // image groups of one part
  int groups;                         // image groups in the batch: padded batch / V
} ConvShape;

// A 3 x 3 convolution by Winograd: source [sources][in_height][in_width] to target
// [targets][out_height][out_width], in `places` of 2 x 2 outputs, `places_wide` in a row.
typedef struct {
  int in_height, in_width;
  int targets, out_height, out_width;
  int pad_height, pad_width;
  int places, places_wide;
  int filters;                        // offset in the transformed filters
  int bias;                           // offset in the parameters; < 0: none
} WinogradShape;

// The transformation of its filters.
typedef struct {
  int filters, channels, tile;        // tile: filters that lie together in the parameters
  int weights;                        // offset in the parameters
  int forward_tile, backward_tile;
} WinogradFilterShape;

// A pool: x [channels][height][width] to y [channels][out_height][out_width].
typedef struct {
  int channels, height, width;
  int out_height, out_width;
  int window_height, window_width, stride_height, stride_width, pad_height, pad_width;
} PoolShape;

// A dense layer: x [inputs], y [outputs], images innermost.
typedef struct {
  int inputs, outputs;
  int weights, bias;                  // offsets in the parameters; bias < 0: none
  int groups;                         // image groups in the batch: padded batch / V
} DenseShape;

// A run of parameters that share a tensor: the unit of work of gradient sums and updates.
typedef struct {
  int first, count;                   // in the parameters; multiples of 16, padding is zero
  int partials, parts, stride;        // second part in the partials, how many in all, distance
  int group;                          // parameter group: column of the rate table
  int tensor;                         // row of the table of tensors
} Chunk;

// A tensor of parameters as a whole, for rules that look at more than one weight; with a group of
// -1 all tensors together.
typedef struct {
  int first, count;                   // in the parameters; count leaves padding out
  int chunk, chunks;                  // its first chunk, how many
  int group;                          // parameter group
  int filters, taps, tile;            // packed [filters / tile][taps][tile]; a vector: one tap
  int rows, columns;                  // its last two dimensions; rows 0: `filters` by `taps`,
                                      // columns 0: a vector
  int own;                            // where the state begins that belongs to it, not to a weight
  int matrix, height, width, turned;  // Muon: where its matrix lies, -1: none; its padded shape;
                                      // turned: a filter is a column
  float factor;                       // Muon: of the learning rate
} Tensor;

// A part of a matrix that one work-group makes.
typedef struct {
  int tensor, row, column;
} MatrixTile;

// The sizes of an update.
typedef struct {
  int parameters;                     // floats in the flat buffer, padding included
  int chunks, groups;                 // groups: parameter groups
  int norms;                          // triples in the norms
  int images;                         // padded batch
  int rows;                           // rows of the rate table and of the log, both rings
  float norm_limit, value_limit;      // of the whole gradient and of each value; infinity: none
} UpdateShape;

// The weights of one output, or a bias: what adaptive clipping measures.
typedef struct {
  int first, count, stride;           // in the parameters
} Unit;

// What one update of one parameter group uses. Computed on the host in double precision, one row an
// update and group; a rule of rules.cl or layerwise.cl reads what its formula names.
typedef struct {
  float learning_rate;                // as logs show it
  float direction;                    // 1, or -1 to climb
  float decay, l1, shrink;            // gradient += decay w + l1 sign(w); w -= shrink w
  float rate, gradient;               // factors of the step, of the gradient in it
  float momentum, gain1, gain2, gain3;  // gain = 1 - beta
  float eps, root;                    // root = 1 / sqrt(1 - beta2^t)
  float extra;                        // what the rule says
  float shorter, longer, least, most;  // factors of a step's length and its limits
  float average;                      // the share of the new weight in its average
  float coupled, decoupled;           // decay that a rule of layerwise.cl applies itself
  float first;                        // 1 in the first update
  float start, growth;                // the distance's first value; its largest growth less 1
} Rates;

// What one drawn batch leaves behind for the host.
typedef struct {
  float loss, correct;                // sums over the active images
  float norm;                         // of the whole gradient, over 2^norm_exponent
  int norm_exponent;
  float learning_rate;                // that the update used, of group 0
  unsigned active, applied;           // images; updates applied before this one
  unsigned non_finite;                // gradients that were not finite: the update was skipped
  unsigned too_long;                  // 1: skipped, the rule cannot square so long a gradient
  unsigned clipped;                   // 1 if the gradient, a value or a unit of it was clipped
} StepLog;

#endif
