/* Refilling shifts by insertions that bring most for the time that they take.
 *
 * Greedy insertion as in Christiaens and Vanden Berghe 2020 (Transportation Science 54), section
 * 4.2, recast for prizes: gains are multiplied by random factors in place of blinks, and the
 * households of a visit are as many as fit.
 */
#include "search.h"

/* A shift as insertions are evaluated in it. */
typedef struct {
    int64_t s, gaps;
    const Gap *gap;
    const Slack *slack;
    const DoorWindow *windows;
    const Pace *paces;
    /* Driving times of the vehicle, from and to each place. */
    const int32_t *from, *to;
    /* Most seconds of detour by the limit on driving. */
    int32_t spare;
    double detour_weight;
    const double *power;
} ShiftView;

/* The best insertion of a village so far; it brings `gain` for `cost` seconds. */
typedef struct {
    double gain, cost;
    int32_t position, households;
} Evaluation;

static ShiftView view_shift(const Instance *in, const Solution *st, Workspace *ws, int64_t s,
                         double detour_weight, const double *power) {
    int64_t n = st->stops[s], places = in->places;
    int32_t rest = (int32_t)in->rest;
    const int32_t *village = villages_of(st, s);
    const Slack *slack = slack_of(st, s);
    const int64_t matrix = in->vehicle[s] * places * places;
    const int32_t *drive = in->drive + matrix;
    int32_t before = start_of(in, st, s);
    for (int64_t p = 0; p <= n; p++) {
        int32_t after = p < n ? in->village[village[p]].at : st->end[s];
        int32_t leg = drive[before * places + after];
        int32_t most = slack[p].latest_after_rest - slack[p].ready_after_rest;
        if (rest > 0) {
            most = max32(most, slack[p].latest_before_rest - slack[p].ready_before_rest);
            most = max32(most, slack[p].latest_after_rest - slack[p].ready_before_rest - rest);
        }
        ws->gap[p] = (Gap){(int32_t)(before * places), (int32_t)(after * places), leg, most - leg};
        before = after;
    }
    return (ShiftView){
        .s = s,
        .gaps = n + 1,
        .gap = ws->gap,
        .slack = slack,
        .windows = windows_of(in, s),
        .paces = paces_of(in, s),
        .from = drive,
        .to = in->drive_to + matrix,
        .spare = (int32_t)max64(-1, in->drive_limit - st->driven[s]),
        .detour_weight = detour_weight,
        .power = power,
    };
}

/* What a village could have of one more visit. */
typedef struct {
    int32_t village, here, setup, fewest, most, lacking;
    bool needed;
    double gain, bonus;
} Demand;

/* Return whether a village may have one more visit by a shift, its other visits aside. */
static inline bool has_demand(const Instance *in, const Solution *st, const Workspace *ws,
                              const ShiftView *view, int32_t v, Demand *demand) {
    const Village *village = &in->village[v];
    int32_t left = st->remainder[v].left;
    bool needed = village->required && st->remainder[v].visits == 0;
    if ((left <= 0 && !needed) || is_closed(view->windows[v])) return false;
    int32_t fewest = fewest_of(in, st, view->s, v);
    if (fewest > left) return false;
    double gain = village->weight * ws->noise[noise_index(ws, v)];
    *demand = (Demand){.village = v,
                       .here = village->at,
                       .setup = village->setup,
                       .fewest = fewest,
                       .most = min32(left, village->most),
                       .lacking = lacking_in_district(in, st, v),
                       .needed = needed,
                       .gain = gain,
                       .bonus = left > 0 ? bonus_of(in, view->s, v) : 0.0};
    return true;
}

/* Compare the insertion of a village at the positions from `first` to `last` with the best. */
static inline void try_positions(const Instance *in, const Workspace *ws, const ShiftView *view,
                                 const Demand *demand, int64_t first, int64_t last,
                                 Evaluation *best) {
    int32_t v = demand->village, here = demand->here, setup = demand->setup, all_last = -1;
    DoorWindow window = view->windows[v];
    Pace pace = view->paces[v];
    for (int64_t p = first; p <= last; p++) {
        Gap gap = view->gap[p];
        int32_t there = view->from[gap.from + here];
        int32_t on = view->to[gap.to + here];
        int32_t detour = there + on - gap.leg;
        if (detour > min32(view->spare, gap.limit - setup)) continue;
        int32_t seconds = visit_slack(in, view->slack[p], view->slack[p], there, on, window,
                                      setup);
        if (seconds < 0) continue;
        int32_t households = demand->most;
        /* What a floor lacks comes first, and more once all insertions are made. */
        if (demand->lacking > 0)
            households = min32(households, max32(demand->lacking, demand->fewest));
        if (all_last < 0)
            all_last = (int32_t)min64(((int64_t)households * pace.num + pace.den - 1) / pace.den,
                                      INFINITE_SECONDS);
        int32_t lasts = all_last;
        if (seconds < all_last) {
            households = (int32_t)((int64_t)seconds * pace.den / pace.num);
            lasts = seconds;
        }
        if (households < demand->fewest || (households == 0 && !demand->needed)) continue;
        double gain = demand->gain * power_of(ws, view->power, households) + demand->bonus
                      - in->drive_cost * detour;
        if (demand->needed) gain += REQUIRED_VALUE;
        if (demand->lacking > 0) gain += REQUIRED_VALUE * min32(demand->lacking, households);
        double cost = max_real(view->detour_weight * detour + setup + lasts, 1.0);
        if (gain * best->cost > best->gain * cost)
            *best = (Evaluation){gain, cost, (int32_t)p, households};
    }
}

/* Keep the best insertion of a village into a changed shift, behind those kept before. */
static inline void keep_insertion(Workspace *ws, int64_t k, int32_t v, Evaluation best) {
    if (best.gain <= 0.0) return;
    Insertion *insertion = ws->insertion + k * ws->insertion_capacity;
    int32_t slot = ws->insertion_count[k]++, first = ws->best_insertion[k];
    double score = best.gain / best.cost;
    insertion[slot] = (Insertion){v, best.position, best.households, 0, score};
    if (first < 0 || score > insertion[first].score) ws->best_insertion[k] = slot;
}

static const Evaluation NONE = {0.0, 1.0, -1, 0};

/* Evaluate the insertion of all candidate villages into a changed shift. */
static void evaluate_candidates(const Instance *in, const Solution *st, Workspace *ws, int64_t k,
                                double detour_weight, const double *power) {
    int64_t s = ws->changed[k];
    ws->best_insertion[k] = -1;
    ws->insertion_count[k] = 0;
    if (in->fixed[s] || st->stops[s] == st->stop_capacity) return;
    const int32_t *candidates = candidates_between(in, ws, s, start_of(in, st, s), st->end[s]);
    ShiftView view = view_shift(in, st, ws, s, detour_weight, power);
    for (int64_t c = 0; c < ws->candidate_count; c++) {
        if (ws->insertion_count[k] == ws->insertion_capacity) break;
        int32_t v = candidates[c];
        Demand demand;
        if (!has_demand(in, st, ws, &view, v, &demand)) continue;
        if (st->remainder[v].visits > 0 && is_visited_by(st, s, v)) continue;
        Evaluation best = NONE;
        try_positions(in, ws, &view, &demand, 0, view.gaps - 1, &best);
        keep_insertion(ws, k, v, best);
    }
}

/* Evaluate insertions anew in a shift that has just got a stop at a position. */
static void reevaluate_candidates(const Instance *in, const Solution *st, Workspace *ws, int64_t k,
                                  int32_t at, double detour_weight, const double *power) {
    int64_t s = ws->changed[k], count = ws->insertion_count[k];
    const Insertion *insertion = ws->insertion + k * ws->insertion_capacity;
    ws->best_insertion[k] = -1;
    ws->insertion_count[k] = 0;
    if (st->stops[s] == st->stop_capacity) return;
    ShiftView view = view_shift(in, st, ws, s, detour_weight, power);
    int32_t inserted = villages_of(st, s)[at];
    for (int64_t c = 0; c < count; c++) {
        int32_t v = insertion[c].village, old = insertion[c].position;
        Demand demand;
        if (v == inserted || !has_demand(in, st, ws, &view, v, &demand)) continue;
        Evaluation best = NONE;
        if (old != at) {
            /* Only what has changed is looked at, and the best position of before. */
            if (old > at) old++;
            try_positions(in, ws, &view, &demand, at, at + 1, &best);
            if (old != at + 1) try_positions(in, ws, &view, &demand, old, old, &best);
        }
        if (best.gain <= 0.0) try_positions(in, ws, &view, &demand, 0, view.gaps - 1, &best);
        keep_insertion(ws, k, v, best);
    }
}

/* Evaluate the insertion of a village anew in a shift, if it was a good one there. */
static void reevaluate_village(const Instance *in, const Solution *st, Workspace *ws, int64_t k,
                               int32_t v, double detour_weight, const double *power) {
    Insertion *insertion = ws->insertion + k * ws->insertion_capacity;
    int64_t count = ws->insertion_count[k], slot = 0;
    while (slot < count && insertion[slot].village != v) slot++;
    if (slot == count) return;
    ShiftView view = view_shift(in, st, ws, ws->changed[k], detour_weight, power);
    Demand demand;
    Evaluation best = NONE;
    if (has_demand(in, st, ws, &view, v, &demand))
        try_positions(in, ws, &view, &demand, 0, view.gaps - 1, &best);
    insertion[slot] = insertion[--count];
    ws->insertion_count[k] = (int32_t)count;
    keep_insertion(ws, k, v, best);
    count = ws->insertion_count[k];
    double best_score = 0.0;
    ws->best_insertion[k] = -1;
    for (int64_t c = 0; c < count; c++) {
        if (insertion[c].score <= best_score) continue;
        best_score = insertion[c].score;
        ws->best_insertion[k] = (int32_t)c;
    }
}

/* Fill the changed shifts: households at their stops first, then the best insertions. Return whether
   there were any. */
bool recreate(const Instance *in, Solution *st, Workspace *ws, double detour_weight,
              const double *power) {
    int64_t changed = *ws->changed_count;
    bool inserted = false;
    for (int64_t k = 0; k < changed; k++) time_stops(in, st, ws->changed[k]);
    for (int64_t k = 0; k < changed; k++) fill_stops(in, st, ws->changed[k]);
    for (int64_t k = 0; k < changed; k++) evaluate_candidates(in, st, ws, k, detour_weight, power);
    while (true) {
        int64_t chosen = -1;
        double score = 0.0;
        for (int64_t k = 0; k < changed; k++) {
            int32_t best = ws->best_insertion[k];
            if (best < 0 || ws->insertion[k * ws->insertion_capacity + best].score <= score) continue;
            score = ws->insertion[k * ws->insertion_capacity + best].score;
            chosen = k;
        }
        if (chosen < 0) break;
        Insertion best = ws->insertion[chosen * ws->insertion_capacity + ws->best_insertion[chosen]];
        int32_t v = best.village, at = best.position;
        int64_t s = ws->changed[chosen];
        insert_stop(in, st, s, at, v, best.households);
        inserted = true;
        time_stops(in, st, s);
        reevaluate_candidates(in, st, ws, chosen, at, detour_weight, power);
        for (int64_t k = 0; k < changed; k++)
            if (k != chosen) reevaluate_village(in, st, ws, k, v, detour_weight, power);
    }
    for (int64_t k = 0; k < changed; k++) fill_stops(in, st, ws->changed[k]);
    return inserted;
}

API void construct(const Instance *in, Solution *st, Workspace *ws, int64_t group) {
    for (int64_t first = 0; first < in->shifts; first += group) {
        *ws->changed_count = 0;
        for (int64_t s = first; s < min64(in->shifts, first + group); s++) {
            ws->changed_position[s] = *ws->changed_count;
            ws->changed[(*ws->changed_count)++] = (int32_t)s;
        }
        /* More may fit than was evaluated: lists of insertions are short, and a village may be in reach
           only by way of another one. */
        while (recreate(in, st, ws, ws->detour_weight[0], ws->power)) continue;
        for (int64_t k = 0; k < *ws->changed_count; k++)
            ws->changed_position[ws->changed[k]] = -1;
    }
    *ws->changed_count = 0;
}
