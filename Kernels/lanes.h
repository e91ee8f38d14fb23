#line 2 "lanes.h"
// The width of the machine. A work-item handles V images at once: `lanes` is one float of each.
// Images are stored in blocks of BLOCK (a multiple of V), innermost: [block][channel][row][column]
// [image of the block]. A CPU takes V = BLOCK = its vector register; a GPU takes V = 1 to 4 and
// puts GROUP consecutive image groups side by side into a work-group, so that loads coalesce.
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(kernel_name) JOIN(kernel_name, TAG)
#define UNROLL _Pragma("unroll")

#if V == 1
typedef float lanes;
typedef int lanes_int;
typedef uint lanes_uint;
typedef uchar lanes_byte;
#define to_byte(v) convert_uchar(v)
#define to_int(v) convert_int(v)
#define to_float(v) convert_float(v)
#define as_lanes_int(v) as_int(v)
#define load_ints(p) (*(p))
#define load_bytes(p) (*(p))
#else
typedef JOIN(float, V) lanes;
typedef JOIN(int, V) lanes_int;
typedef JOIN(uint, V) lanes_uint;
typedef JOIN(uchar, V) lanes_byte;
#define to_byte(v) JOIN(convert_uchar, V)(v)
#define to_int(v) JOIN(convert_int, V)(v)
#define to_float(v) JOIN(convert_float, V)(v)
#define as_lanes_int(v) JOIN(as_int, V)(v)
#define load_ints(p) JOIN(vload, V)(0, p)
#define load_bytes(p) JOIN(vload, V)(0, p)
#endif

#define splat(a) ((lanes)(a))
#define load(p) (*(__global const lanes *)(p))
#define store(p, v) (*(__global lanes *)(p) = (v))
#define load_int(p) (*(__global const lanes_int *)(p))
#define store_int(p, v) (*(__global lanes_int *)(p) = (v))
#define load_byte(p) (*(__global const lanes_byte *)(p))
#define store_byte(p, v) (*(__global lanes_byte *)(p) = (v))

// Sum of the lanes, always in the same order.
inline float lane_sum(const lanes v) {
#if V == 1
  return v;
#elif V == 2
  return v.x + v.y;
#elif V == 4
  const float2 a = v.lo + v.hi;
  return a.x + a.y;
#elif V == 8
  const float4 a = v.lo + v.hi;
  const float2 b = a.lo + a.hi;
  return b.x + b.y;
#else
  const float8 a = v.lo + v.hi;
  const float4 b = a.lo + a.hi;
  const float2 c = b.lo + b.hi;
  return c.x + c.y;
#endif
}

// Turns V rows of V elements into V columns: log2(V) rounds that zip the halves of the list.
#if V > 1
#define transpose(type, rows) \
  for (int round = 1; round < V; round *= 2) { \
    type zipped[V]; \
    UNROLL for (int i = 0; i < V / 2; ++i) { \
      zipped[2 * i].even = rows[i].lo; \
      zipped[2 * i].odd = rows[i + V / 2].lo; \
      zipped[2 * i + 1].even = rows[i].hi; \
      zipped[2 * i + 1].odd = rows[i + V / 2].hi; \
    } \
    UNROLL for (int i = 0; i < V; ++i) rows[i] = zipped[i]; \
  }
#else
#define transpose(type, rows)
#endif

// Lets NaN through, as comparison with zero is false for it.
inline lanes relu(const lanes v) { return v < 0 ? splat(0) : v; }

// The dimension of the grid that runs over image groups, and the two others. On a GPU images come
// first, so that neighbours in a work-group are neighbours in memory; on a CPU last, so that a core
// stays with one block of images while it is in its cache.
#if GROUP > 1
#define image_group() ((int)get_global_id(0))
#define first_index() ((int)get_global_id(1))
#define second_index() ((int)get_global_id(2))
#else
#define image_group() ((int)get_global_id(2))
#define first_index() ((int)get_global_id(0))
#define second_index() ((int)get_global_id(1))
#endif

// Where image group g starts in a tensor of `size` floats an image.
inline int group_offset(const int g, const int size) {
  return g / (BLOCK / V) * size * BLOCK + g % (BLOCK / V) * V;
}
