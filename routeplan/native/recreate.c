/* Refilling shifts by insertions that bring most for the time that they take.
 *
 * Greedy insertion as in Christiaens and Vanden Berghe 2020 (Transportation Science 54), section
 * 4.2, recast for prizes: gains are multiplied by random factors in place of blinks, and the
 * households of a visit are as many as fit.
 */
#include "search.h"

/* A shift in hand. */
typedef struct {
    int64_t s, gaps;
    const Gap *gap;
    const Slack *slack;
    const DoorWindow *windows;
    const Pace *paces;
    /* Driving times of the vehicle, from and to each place. */
    const int32_t *from, *to;
    /* Seconds of rest, and most seconds of detour by the limit on driving. */
    int32_t rest, spare;
    double detour_weight;
    const double *power;
} Hand;

/* The best insertion of a village so far; it brings `gain` for `cost` seconds. */
typedef struct {
    double gain, cost;
    int32_t position, households;
} Insertion;

static Hand take_in_hand(const Instance *in, const Solution *st, Workspace *ws, int64_t s,
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
        int32_t most = slack[p].latest_rested - slack[p].ready_rested;
        if (rest > 0) {
            most = max32(most, slack[p].latest_owed - slack[p].ready_owed);
            most = max32(most, slack[p].latest_rested - slack[p].ready_owed - rest);
        }
        ws->gap[p] = (Gap){(int32_t)(before * places), (int32_t)(after * places), leg, most - leg};
        before = after;
    }
    return (Hand){
        .s = s,
        .gaps = n + 1,
        .gap = ws->gap,
        .slack = slack,
        .windows = windows_of(in, s),
        .paces = paces_of(in, s),
        .from = drive,
        .to = in->drive_to + matrix,
        .rest = rest,
        .spare = (int32_t)max64(-1, in->drive_limit - st->driven[s]),
        .detour_weight = detour_weight,
        .power = power,
    };
}

/* What a village could have of one more visit. */
typedef struct {
    int32_t village, here, setup, fewest, most;
    bool needed;
    double gain;
} Demand;

/* Return whether a village may have one more visit by a shift, its other visits aside. */
static inline bool has_demand(const Instance *in, const Solution *st, const Workspace *ws,
                              const Hand *hand, int32_t v, Demand *demand) {
    const Village *village = &in->village[v];
    int32_t left = st->remainder[v].left;
    bool needed = village->required && st->remainder[v].visits == 0;
    if ((left <= 0 && !needed) || is_closed(hand->windows[v])) return false;
    int32_t fewest = fewest_of(in, st, hand->s, v);
    if (fewest > left) return false;
    double gain = village->weight * ws->noise[noise_index(ws, v)];
    *demand = (Demand){v, village->at, village->setup, fewest, min32(left, village->most), needed,
                       gain};
    return true;
}

/* Compare the insertion of a village at the positions from `first` to `last` with the best. */
static inline void try_positions(const Workspace *ws, const Hand *hand, const Demand *demand,
                                 int64_t first, int64_t last, Insertion *best) {
    int32_t v = demand->village, here = demand->here, setup = demand->setup, all_last = -1;
    DoorWindow window = hand->windows[v];
    Pace pace = hand->paces[v];
    for (int64_t p = first; p <= last; p++) {
        Gap gap = hand->gap[p];
        int32_t there = hand->from[gap.from + here];
        int32_t on = hand->to[gap.to + here];
        int32_t detour = there + on - gap.leg;
        if (detour > min32(hand->spare, gap.limit - setup)) continue;
        int32_t seconds = visit_slack(hand->rest, hand->slack[p], hand->slack[p], there, on, window,
                                      setup);
        if (seconds < 0) continue;
        int32_t households = demand->most;
        if (all_last < 0)
            all_last = (int32_t)min64(((int64_t)households * pace.num + pace.den - 1) / pace.den,
                                      INFINITE_SECONDS);
        int32_t lasts = all_last;
        if (seconds < all_last) {
            households = (int32_t)((int64_t)seconds * pace.den / pace.num);
            lasts = seconds;
        }
        if (households < demand->fewest || (households == 0 && !demand->needed)) continue;
        double gain = demand->gain * power_of(ws, hand->power, households);
        if (demand->needed) gain += REQUIRED_VALUE;
        double cost = max_real(hand->detour_weight * detour + setup + lasts, 1.0);
        if (gain * best->cost > best->gain * cost)
            *best = (Insertion){gain, cost, (int32_t)p, households};
    }
}

/* Write an insertion as the offer of a village to a changed shift; return its score. */
static inline double set_offer(Offer *offer, int32_t v, Insertion best) {
    double score = best.gain / best.cost;
    *offer = (Offer){v, best.position, best.households, 0, score};
    return score;
}

static const Insertion NONE = {0.0, 1.0, -1, 0};

/* Offer all candidate villages to a changed shift. */
static void offer_all(const Instance *in, const Solution *st, Workspace *ws, int64_t k,
                      double detour_weight, const double *power) {
    int64_t s = ws->changed[k], kept = 0;
    Offer *offer = ws->offer + k * ws->offer_capacity;
    ws->best_offer[k] = -1;
    ws->offers[k] = 0;
    if (in->fixed[s] || st->stops[s] == st->stop_capacity) return;
    const int32_t *candidates = candidates_between(in, ws, s, start_of(in, st, s), st->end[s]);
    Hand hand = take_in_hand(in, st, ws, s, detour_weight, power);
    double best_score = 0.0;
    for (int64_t c = 0; c < ws->candidate_count && kept < ws->offer_capacity; c++) {
        int32_t v = candidates[c];
        Demand demand;
        if (!has_demand(in, st, ws, &hand, v, &demand)) continue;
        if (st->remainder[v].visits > 0 && is_visited_by(st, s, v)) continue;
        Insertion best = NONE;
        try_positions(ws, &hand, &demand, 0, hand.gaps - 1, &best);
        if (best.gain <= 0.0) continue;
        double score = set_offer(&offer[kept], v, best);
        if (score > best_score) {
            best_score = score;
            ws->best_offer[k] = (int32_t)kept;
        }
        kept++;
    }
    ws->offers[k] = (int32_t)kept;
}

/* Offer villages anew to a shift that has just got a stop at a position. */
static void offer_again(const Instance *in, const Solution *st, Workspace *ws, int64_t k,
                        int32_t at, double detour_weight, const double *power) {
    int64_t s = ws->changed[k], offers = ws->offers[k], kept = 0;
    Offer *offer = ws->offer + k * ws->offer_capacity;
    ws->best_offer[k] = -1;
    ws->offers[k] = 0;
    if (st->stops[s] == st->stop_capacity) return;
    Hand hand = take_in_hand(in, st, ws, s, detour_weight, power);
    int32_t inserted = villages_of(st, s)[at];
    double best_score = 0.0;
    for (int64_t c = 0; c < offers; c++) {
        int32_t v = offer[c].village, old = offer[c].position;
        Demand demand;
        if (v == inserted || !has_demand(in, st, ws, &hand, v, &demand)) continue;
        Insertion best = NONE;
        if (old != at) {
            /* Only what has changed is looked at, and the best position of before. */
            if (old > at) old++;
            try_positions(ws, &hand, &demand, at, at + 1, &best);
            if (old != at + 1) try_positions(ws, &hand, &demand, old, old, &best);
        }
        if (best.gain <= 0.0) try_positions(ws, &hand, &demand, 0, hand.gaps - 1, &best);
        if (best.gain <= 0.0) continue;
        double score = set_offer(&offer[kept], v, best);
        if (score > best_score) {
            best_score = score;
            ws->best_offer[k] = (int32_t)kept;
        }
        kept++;
    }
    ws->offers[k] = (int32_t)kept;
}

/* Offer a village anew to a shift, if it is offered there. */
static void offer_village(const Instance *in, const Solution *st, Workspace *ws, int64_t k,
                          int32_t v, double detour_weight, const double *power) {
    Offer *offer = ws->offer + k * ws->offer_capacity;
    int64_t offers = ws->offers[k], slot = 0;
    while (slot < offers && offer[slot].village != v) slot++;
    if (slot == offers) return;
    Hand hand = take_in_hand(in, st, ws, ws->changed[k], detour_weight, power);
    Demand demand;
    Insertion best = NONE;
    if (has_demand(in, st, ws, &hand, v, &demand))
        try_positions(ws, &hand, &demand, 0, hand.gaps - 1, &best);
    if (best.gain > 0.0)
        set_offer(&offer[slot], v, best);
    else
        offer[slot] = offer[--offers];
    ws->offers[k] = (int32_t)offers;
    double best_score = 0.0;
    ws->best_offer[k] = -1;
    for (int64_t c = 0; c < offers; c++) {
        if (offer[c].score <= best_score) continue;
        best_score = offer[c].score;
        ws->best_offer[k] = (int32_t)c;
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
    for (int64_t k = 0; k < changed; k++) offer_all(in, st, ws, k, detour_weight, power);
    while (true) {
        int64_t chosen = -1;
        double score = 0.0;
        for (int64_t k = 0; k < changed; k++) {
            int32_t best = ws->best_offer[k];
            if (best < 0 || ws->offer[k * ws->offer_capacity + best].score <= score) continue;
            score = ws->offer[k * ws->offer_capacity + best].score;
            chosen = k;
        }
        if (chosen < 0) break;
        Offer offer = ws->offer[chosen * ws->offer_capacity + ws->best_offer[chosen]];
        int32_t v = offer.village, at = offer.position;
        int64_t s = ws->changed[chosen];
        insert_stop(in, st, s, at, v, offer.households);
        inserted = true;
        time_stops(in, st, s);
        offer_again(in, st, ws, chosen, at, detour_weight, power);
        for (int64_t k = 0; k < changed; k++)
            if (k != chosen) offer_village(in, st, ws, k, v, detour_weight, power);
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
        /* More may fit than was offered: lists of offers are short, and a village may be in reach
           only by way of another one. */
        while (recreate(in, st, ws, ws->detour_weight[0], ws->power)) continue;
        for (int64_t k = 0; k < *ws->changed_count; k++)
            ws->changed_position[ws->changed[k]] = -1;
    }
    *ws->changed_count = 0;
}
