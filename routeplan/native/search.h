/* What the parts of ruin and recreate share. */
#ifndef ROUTEPLAN_SEARCH_H
#define ROUTEPLAN_SEARCH_H

#include "shift.h"

/* Value of a visit to a required village that has none, beside that of its households. */
#define REQUIRED_VALUE 1e7

/* Note a shift as it is before it is changed for the first time in an iteration. */
static inline void note_change(const Solution *st, Workspace *ws, int64_t s) {
    if (ws->changed_position[s] >= 0) return;
    ws->changed_position[s] = *ws->changed_count;
    ws->changed[(*ws->changed_count)++] = (int32_t)s;
    ws->old_stops[s] = st->stops[s];
    ws->old_end[s] = st->end[s];
    ws->old_driven[s] = st->driven[s];
    int32_t *village = ws->old_village + s * st->stop_capacity;
    int32_t *reached = ws->old_reached + s * st->stop_capacity;
    for (int64_t p = 0; p < st->stops[s]; p++) {
        village[p] = villages_of(st, s)[p];
        reached[p] = reached_of(st, s)[p];
    }
}

/* Return the index of a village's random factor in this iteration. */
static inline int64_t noise_index(const Workspace *ws, int32_t v) {
    uint64_t x = (ws->random[1] + (uint64_t)v) * 0x9E3779B97F4A7C15u;
    x ^= x >> 29;
    return (int64_t)((x * 0xBF58476D1CE4E5B9u) >> (64 - ws->noise_bits));
}

/* Return what so many households count for, by one of the rows of `power`. */
static inline double power_of(const Workspace *ws, const double *power, int32_t households) {
    int64_t most = ws->power_households;
    if (households <= most) return power[households];
    return power[most] * ((double)households / (double)most);
}

/* In select.c. */
void select_smallest(int64_t *key, int64_t count, int64_t kept);
const int32_t *candidates_between(const Instance *in, Workspace *ws, int64_t s, int32_t start,
                                  int32_t end);

/* In ruin.c. */
void ruin_shifts(const Instance *in, Solution *st, Workspace *ws, const RuinParameters *parameters);
void ruin_near(const Instance *in, Solution *st, Workspace *ws, const RuinParameters *parameters);
void ruin_strings(const Instance *in, Solution *st, Workspace *ws,
                  const RuinParameters *parameters);
void remove_too_small(const Instance *in, Solution *st, Workspace *ws);

/* In local_search.c. */
void force_insertions(const Instance *in, Solution *st, Workspace *ws,
                      const RuinParameters *parameters);
void swap_tails(const Instance *in, Solution *st, Workspace *ws, const RuinParameters *parameters);
bool shorten_stops(const Instance *in, Solution *st, int64_t s);

/* In recreate.c. */
bool recreate(const Instance *in, Solution *st, Workspace *ws, double detour_weight,
              const double *power);

#endif
