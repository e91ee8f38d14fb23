#ifndef KERNELS_H
#define KERNELS_H

#include "philox.h"
#include "shapes.h"

// The text of each kernel file. The headers come first in every program, in this order.
const char *_Nonnull kernel_source_shapes(void);
const char *_Nonnull kernel_source_philox(void);
const char *_Nonnull kernel_source_lanes(void);
const char *_Nonnull kernel_source_draw(void);
const char *_Nonnull kernel_source_gather(void);
const char *_Nonnull kernel_source_conv(void);
const char *_Nonnull kernel_source_winograd(void);
const char *_Nonnull kernel_source_winograd_filters(void);
const char *_Nonnull kernel_source_pool(void);
const char *_Nonnull kernel_source_relu(void);
const char *_Nonnull kernel_source_dense(void);
const char *_Nonnull kernel_source_loss(void);
const char *_Nonnull kernel_source_rules(void);
const char *_Nonnull kernel_source_update(void);
const char *_Nonnull kernel_source_layerwise(void);
const char *_Nonnull kernel_source_measure(void);
const char *_Nonnull kernel_source_adafactor(void);
const char *_Nonnull kernel_source_muon(void);

// values[i] = (2 u - 1) * bound with u in [0, 1) from word i % 4 of counter (i / 4, stream).
void philox_fill_uniform(
    float *_Nonnull values, int count, float bound, uint32_t stream, uint64_t seed);
// Standard normals times `deviation` (Box-Muller in double, on the host only).
void philox_fill_normal(
    float *_Nonnull values, int count, float deviation, uint32_t stream, uint64_t seed);

#endif
