#include "Kernels.h"

#include <math.h>

// A function that returns the text of FILE. The text is compiled in, so that the binary works from
// any directory and as a copy; the compiler tracks the file, so that an edit rebuilds it.
#define TEXT(name) \
  const char *kernel_source_##name(void) { return name##_text; }

static const char shapes_text[] = {
#embed "include/shapes.h"
    , 0};
static const char philox_text[] = {
#embed "include/philox.h"
    , 0};
static const char lanes_text[] = {
#embed "lanes.h"
    , 0};
static const char draw_text[] = {
#embed "draw.h"
    , 0};
static const char gather_text[] = {
#embed "gather.cl"
    , 0};
static const char conv_text[] = {
#embed "conv.cl"
    , 0};
static const char winograd_text[] = {
#embed "winograd.cl"
    , 0};
static const char winograd_filters_text[] = {
#embed "winograd_filters.cl"
    , 0};
static const char pool_text[] = {
#embed "pool.cl"
    , 0};
static const char relu_text[] = {
#embed "relu.cl"
    , 0};
static const char dense_text[] = {
#embed "dense.cl"
    , 0};
static const char loss_text[] = {
#embed "loss.cl"
    , 0};
static const char rules_text[] = {
#embed "rules.cl"
    , 0};
static const char update_text[] = {
#embed "update.cl"
    , 0};
static const char layerwise_text[] = {
#embed "layerwise.cl"
    , 0};
static const char measure_text[] = {
#embed "measure.cl"
    , 0};
static const char adafactor_text[] = {
#embed "adafactor.cl"
    , 0};
static const char muon_text[] = {
#embed "muon.cl"
    , 0};

TEXT(shapes)
TEXT(philox)
TEXT(lanes)
TEXT(draw)
TEXT(gather)
TEXT(conv)
TEXT(winograd)
TEXT(winograd_filters)
TEXT(pool)
TEXT(relu)
TEXT(dense)
TEXT(loss)
TEXT(rules)
TEXT(update)
TEXT(layerwise)
TEXT(measure)
TEXT(adafactor)
TEXT(muon)

// Uniform in [0, 1): the upper 24 bits, exact in float.
static float unit(uint32_t word) { return (float)(word >> 8) * 0x1p-24f; }

void philox_fill_uniform(float *values, int count, float bound, uint32_t stream, uint64_t seed) {
  for (int i = 0; i < count; i += 4) {
    const PhiloxBlock b = philox(
        (uint32_t)(i / 4), stream, PURPOSE_WEIGHTS, 0, (uint32_t)seed, (uint32_t)(seed >> 32));
    for (int j = 0; j < 4 && i + j < count; ++j)
      values[i + j] = (2 * unit(b.word[j]) - 1) * bound;
  }
}

void philox_fill_normal(
    float *values, int count, float deviation, uint32_t stream, uint64_t seed) {
  for (int i = 0; i < count; i += 2) {
    const PhiloxBlock b = philox(
        (uint32_t)(i / 2), stream, PURPOSE_WEIGHTS, 1, (uint32_t)seed, (uint32_t)(seed >> 32));
    // 1 - u lies in (0, 1], so that the logarithm is finite.
    const double radius = sqrt(-2 * log(1 - (double)unit(b.word[0])));
    const double angle = 6.283185307179586 * unit(b.word[1]);
    values[i] = (float)(deviation * radius * cos(angle));
    if (i + 1 < count) values[i + 1] = (float)(deviation * radius * sin(angle));
  }
}
