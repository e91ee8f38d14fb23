// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011) and the
// shuffle made of it: pure functions, the same bits on host and device.
#ifndef PHILOX_H
#define PHILOX_H

#ifdef __OPENCL_VERSION__
#define PHILOX_FUNCTION inline
typedef uint philox_word;
#define philox_high(a, b) mul_hi(a, b)
#else
#include <stdint.h>
#define PHILOX_FUNCTION static inline
typedef uint32_t philox_word;
#define philox_high(a, b) ((uint32_t)(((uint64_t)(a) * (b)) >> 32))
#endif

// What a stream of random words is for. Streams of different purposes never meet.
enum { PURPOSE_WEIGHTS = 1, PURPOSE_SHUFFLE = 2, PURPOSE_SPLIT = 3, PURPOSE_SYNTHETIC = 4 };

typedef struct { philox_word word[4]; } PhiloxBlock;

// The four words of counter (c0, c1, c2, c3) under key (k0, k1).
PHILOX_FUNCTION PhiloxBlock philox(
    philox_word c0, philox_word c1, philox_word c2, philox_word c3,
    philox_word k0, philox_word k1) {
  for (int round = 0; round < 10; ++round) {
    const philox_word h0 = philox_high(0xD2511F53u, c0), l0 = 0xD2511F53u * c0;
    const philox_word h1 = philox_high(0xCD9E8D57u, c2), l1 = 0xCD9E8D57u * c2;
    c0 = h1 ^ c1 ^ k0;
    c1 = l1;
    c2 = h0 ^ c3 ^ k1;
    c3 = l0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  PhiloxBlock block = {{c0, c1, c2, c3}};
  return block;
}

// The image at `position` of the shuffled order of `count` images: a Feistel network on the next
// power of four, walked until it lands inside. A permutation for every (seed, purpose, round).
PHILOX_FUNCTION philox_word shuffled(
    philox_word position, philox_word count, philox_word purpose, philox_word round,
    philox_word seed_low, philox_word seed_high) {
  philox_word bits = 1;
  while (bits < 16 && (1u << (2 * bits)) < count) ++bits;
  const philox_word mask = (1u << bits) - 1;
  do {
    philox_word left = position >> bits, right = position & mask;
    for (philox_word turn = 0; turn < 6; ++turn) {
      const PhiloxBlock f = philox(right, turn, round, purpose, seed_low, seed_high);
      const philox_word next = left ^ (f.word[0] & mask);
      left = right;
      right = next;
    }
    position = left << bits | right;
  } while (position >= count);
  return position;
}

#endif
