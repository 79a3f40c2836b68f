/* What all sources share: exported functions, integer helpers, random numbers. */
#ifndef ROUTEPLAN_BASE_H
#define ROUTEPLAN_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define API __declspec(dllexport)
#else
#define API __attribute__((visibility("default")))
#endif

#include "routeplan.h"

static inline int32_t min32(int32_t a, int32_t b) { return a < b ? a : b; }
static inline int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }
static inline int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }
static inline double min_real(double a, double b) { return a < b ? a : b; }
static inline double max_real(double a, double b) { return a > b ? a : b; }

/* Return a number in [0, 1) by xorshift64* (Vigna 2016, ACM TOMS 42). */
static inline double uniform(uint64_t *state) {
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return (double)((x * 2685821657736338717u) >> 11) * 0x1p-53;
}

/* Return a whole number from 0 to below a count. */
static inline int32_t below(uint64_t *state, int64_t count) {
    return (int32_t)(uniform(state) * (double)count);
}

#endif
