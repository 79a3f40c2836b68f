/* Simulated annealing by ruin and recreate.
 *
 * Slack induction by string removals (Christiaens and Vanden Berghe 2020, Transportation Science
 * 54, sections 4 and 5) recast for prizes: what is ruined is refilled by the insertions that bring
 * most for their time, and overnight places are chosen anew on the way. A worse solution is accepted
 * as in simulated annealing, by comparison with a random threshold (Schrimpf et al. 2000, Journal of
 * Computational Physics 159).
 */
#include "search.h"

/* Weighted households that count as none. */
#define TINY 1e-7

/* Remove something from the solution, one way or another. */
static void ruin(const Instance *in, Solution *st, Workspace *ws,
                 const RuinParameters *parameters) {
    double draw = uniform(ws->random);
    if ((draw -= parameters->forced) < 0.0)
        force_insertions(in, st, ws, parameters);
    else if ((draw -= parameters->tails) < 0.0)
        swap_tails(in, st, ws, parameters);
    else if ((draw -= parameters->whole_shifts) < 0.0)
        ruin_shifts(in, st, ws, parameters);
    else if (draw < parameters->near_villages)
        ruin_near(in, st, ws, parameters);
    else
        ruin_strings(in, st, ws, parameters);
}

/* Shorten the changed shifts; return whether any was shortened. */
static bool shorten_changed(const Instance *in, Solution *st, Workspace *ws) {
    bool shorter = false;
    for (int64_t k = 0; k < *ws->changed_count; k++) {
        int64_t s = ws->changed[k];
        if (!in->fixed[s] && time_stops(in, st, s) && shorten_stops(in, st, s)) shorter = true;
    }
    return shorter;
}

/* Choose the nearest place for the night between two shifts as they are; return whether it is
   another one. */
static bool choose_night(const Instance *in, Solution *st, int64_t s) {
    if (in->last[s] || in->overnight_count == 0 || in->fixed[s] || in->fixed[s + 1]) return false;
    int32_t old = st->end[s], chosen = old;
    int32_t before = place_of(in, st, s, st->stops[s] - 1);
    int32_t after = place_of(in, st, s + 1, 0);
    const int32_t *from = drive_from(in, s, before), *to = drive_to(in, s, after);
    int32_t shortest = from[old] + to[old];
    use_bed(in, st, s, -1);
    for (int64_t k = 0; k <= in->overnight_count; k++) {
        int32_t place = k < in->overnight_count ? in->overnight_places[k] : in->home[s];
        if (from[place] + to[place] >= shortest || !is_bed_free(in, st, s, place)) continue;
        st->end[s] = place;
        if (keeps_nights_away(in, st, s) && time_stops(in, st, s) && time_stops(in, st, s + 1)) {
            shortest = from[place] + to[place];
            chosen = place;
        }
    }
    st->end[s] = chosen;
    use_bed(in, st, s, 1);
    time_stops(in, st, s);
    time_stops(in, st, s + 1);
    return chosen != old;
}

/* Choose nights after changed shifts anew, and fill what that makes room for. */
static void choose_nights(const Instance *in, Solution *st, Workspace *ws, double share) {
    for (int64_t k = 0; k < *ws->changed_count; k++) {
        int64_t s = ws->changed[k];
        if (in->last[s] || uniform(ws->random) >= share) continue;
        note_change(st, ws, s + 1);
        if (!choose_night(in, st, s)) continue;
        fill_stops(in, st, s);
        fill_stops(in, st, s + 1);
    }
}

/* Return whether a shift that has been timed keeps all limits. */
static bool keeps_limits(const Instance *in, const Solution *st, int64_t s) {
    int64_t n = st->stops[s];
    int32_t ready = n > 0 ? slack_of(st, s)[n].ready_after_rest : in->work_start[s];
    int32_t on = drive_between(in, s, place_of(in, st, s, n - 1), st->end[s]);
    return ready + on <= in->work_end[s] && st->driven[s] <= in->drive_limit;
}

/* Return what a visit brings. */
static inline double visit_value(const Instance *in, int64_t s, int32_t v, int32_t households) {
    return in->village[v].weight * households + (households > 0 ? bonus_of(in, s, v) : 0.0);
}

/* Work out the value of the solution from what has changed; return whether it keeps all limits. */
static bool evaluate(const Instance *in, const Solution *st, const Workspace *ws, double *value) {
    double weighted = ws->value[0];
    int64_t driven = 0, missing = 0;
    for (int64_t k = 0; k < *ws->changed_count; k++) {
        int64_t s = ws->changed[k];
        if (!keeps_limits(in, st, s)) return false;
        driven += st->driven[s] - ws->old_driven[s];
        const int32_t *village = villages_of(st, s), *reached = reached_of(st, s);
        for (int64_t p = 0; p < st->stops[s]; p++)
            weighted += visit_value(in, s, village[p], reached[p]);
        village = ws->old_village + s * st->stop_capacity;
        reached = ws->old_reached + s * st->stop_capacity;
        for (int64_t p = 0; p < ws->old_stops[s]; p++)
            weighted -= visit_value(in, s, village[p], reached[p]);
    }
    for (int64_t n = 0; n < in->required_count; n++)
        if (st->remainder[in->required_villages[n]].visits == 0) missing++;
    for (int64_t k = 0; k < in->districts; k++)
        missing += max32(0, in->floors[k] - st->reached_in[k]);
    value[0] = weighted - in->drive_cost * (double)driven;
    value[1] = ws->value[1] + (double)driven;
    value[2] = (double)missing;
    return true;
}

/* Make the changed shifts as they were. */
static void restore(const Instance *in, Solution *st, Workspace *ws) {
    for (int64_t k = 0; k < *ws->changed_count; k++) {
        int64_t s = ws->changed[k], row = s * st->stop_capacity;
        clear_shift(in, st, s);
        use_bed(in, st, s, -1);
        st->end[s] = ws->old_end[s];
        use_bed(in, st, s, 1);
        st->stops[s] = ws->old_stops[s];
        for (int64_t p = 0; p < st->stops[s]; p++) {
            int32_t v = ws->old_village[row + p], households = ws->old_reached[row + p];
            st->village[row + p] = v;
            st->reached[row + p] = households;
            count_in(in, st, s, v, households);
        }
    }
    for (int64_t k = 0; k < *ws->changed_count; k++) {
        int64_t s = ws->changed[k];
        time_stops(in, st, s);
        if (!in->last[s] && ws->changed_position[s + 1] < 0) time_stops(in, st, s + 1);
    }
}

/* Return a hash with one more number mixed in (after Fowler, Noll and Vo). */
static inline uint64_t mix(uint64_t hash, uint64_t number) {
    hash = (hash ^ number) * 1099511628211u;
    return hash ^ (hash >> 29);
}

/* Keep the routes of the changed shifts that have not been seen before. */
static void pool_routes(const Instance *in, const Solution *st, const Workspace *ws,
                        RoutePool *pool) {
    for (int64_t k = 0; k < *ws->changed_count; k++) {
        int64_t s = ws->changed[k], n = st->stops[s];
        if (n == 0 || *pool->size == pool->capacity || n > pool->stop_capacity) continue;
        const int32_t *village = villages_of(st, s), *reached = reached_of(st, s);
        int32_t start = start_of(in, st, s);
        uint64_t hash = mix(1469598103934665603u, (uint64_t)in->shift_class[s]);
        hash = mix(mix(hash, (uint64_t)start), (uint64_t)st->end[s]);
        for (int64_t p = 0; p < n; p++)
            hash = mix(mix(hash, (uint64_t)village[p]), (uint64_t)reached[p]);
        uint64_t *seen = pool->seen + (hash >> (64 - pool->hash_bits));
        if (*seen == hash) continue;
        *seen = hash;
        int64_t row = (*pool->size)++;
        pool->shift[row] = (int32_t)s;
        pool->start[row] = start;
        pool->end[row] = st->end[s];
        pool->stops[row] = (int32_t)n;
        for (int64_t p = 0; p < n; p++) {
            pool->village[row * pool->stop_capacity + p] = village[p];
            pool->reached[row * pool->stop_capacity + p] = reached[p];
        }
    }
}

/* Note that the changed shifts now differ from the incumbent's. */
static void note_differences(Workspace *ws) {
    for (int64_t k = 0; k < *ws->changed_count; k++) {
        int32_t s = ws->changed[k];
        if (ws->differs[s]) continue;
        ws->differs[s] = true;
        ws->differing[(*ws->differing_count)++] = s;
    }
}

/* Make the solution the incumbent. */
static void keep_incumbent(const Solution *st, Tours *incumbent, Workspace *ws) {
    for (int64_t k = 0; k < *ws->differing_count; k++) {
        int64_t s = ws->differing[k], row = s * st->stop_capacity;
        incumbent->stops[s] = st->stops[s];
        incumbent->end[s] = st->end[s];
        for (int64_t p = 0; p < st->stops[s]; p++) {
            incumbent->village[row + p] = st->village[row + p];
            incumbent->reached[row + p] = st->reached[row + p];
        }
        ws->differs[s] = false;
    }
    *ws->differing_count = 0;
}

/* Return whether a value is better than the incumbent's: fewer required villages missing, then more
   households, then less driving. */
static bool is_better(const double *value, const double *best) {
    if (value[2] != best[2]) return value[2] < best[2];
    if (value[0] > best[0] + TINY) return true;
    return value[0] > best[0] - TINY && value[1] < best[1];
}

API void anneal(const Instance *in, Solution *st, Tours *incumbent, Workspace *ws, RoutePool *pool,
                const RuinParameters *parameters, int64_t iterations, double temperature,
                double margin) {
    for (int64_t iteration = 0; iteration < iterations; iteration++) {
        *ws->changed_count = 0;
        uniform(ws->random);
        ws->random[1] = ws->random[0];
        ruin(in, st, ws, parameters);
        if (*ws->changed_count == 0) continue;
        remove_too_small(in, st, ws);
        double detour_weight = ws->detour_weight[below(ws->random, ws->weight_count)];
        const double *power = ws->power
                              + below(ws->random, ws->power_count) * (ws->power_households + 1);
        recreate(in, st, ws, detour_weight, power);
        if (uniform(ws->random) < parameters->shortened && shorten_changed(in, st, ws))
            recreate(in, st, ws, detour_weight, power);
        choose_nights(in, st, ws, parameters->nights);
        double value[3];
        bool accepted = evaluate(in, st, ws, value);
        if (accepted) {
            double loss = ws->value[0] - value[0] + parameters->driving * (value[1] - ws->value[1])
                          + REQUIRED_VALUE * (value[2] - ws->value[2]);
            double threshold = ws->threshold[below(ws->random, ws->threshold_count)];
            accepted = loss <= 0.0 || loss < temperature * threshold;
        }
        if (accepted) {
            for (int n = 0; n < 3; n++) ws->value[n] = value[n];
            note_differences(ws);
            if (is_better(value, ws->best_value)) {
                for (int n = 0; n < 3; n++) ws->best_value[n] = value[n];
                keep_incumbent(st, incumbent, ws);
            }
            if (value[0] >= ws->best_value[0] - margin) pool_routes(in, st, ws, pool);
        } else {
            restore(in, st, ws);
        }
        for (int64_t k = 0; k < *ws->changed_count; k++)
            ws->changed_position[ws->changed[k]] = -1;
    }
}
