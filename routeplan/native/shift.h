/* Timing of one shift with incremental slack, and the visits of a solution.
 *
 * Before every stop two earliest departures are kept, with the rest still to come and with the rest
 * taken, and two latest arrivals, as forward time slack is in Savelsbergh 1992 (ORSA Journal on
 * Computing 4), section 2. Whether a visit fits, and with how many households, is then a matter of a
 * few sums for each place of the rest, which is taken at a stop before, after or inside setup and
 * doors. It begins between `rest_from` and `rest_until`; inside setup and doors only where doors last
 * beyond that, since a rest after them takes no longer.
 */
#ifndef ROUTEPLAN_SHIFT_H
#define ROUTEPLAN_SHIFT_H

#include "base.h"

static inline Slack *slack_of(const Solution *st, int64_t s) {
    return st->slack + s * (st->stop_capacity + 1);
}

static inline int32_t *villages_of(const Solution *st, int64_t s) {
    return st->village + s * st->stop_capacity;
}

static inline int32_t *reached_of(const Solution *st, int64_t s) {
    return st->reached + s * st->stop_capacity;
}

/* Return the driving times of a shift's vehicle from a place to each place. */
static inline const int32_t *drive_from(const Instance *in, int64_t s, int64_t place) {
    return in->drive + (in->vehicle[s] * in->places + place) * in->places;
}

/* Return the driving times of a shift's vehicle to a place from each place. */
static inline const int32_t *drive_to(const Instance *in, int64_t s, int64_t place) {
    return in->drive_to + (in->vehicle[s] * in->places + place) * in->places;
}

static inline int32_t drive_between(const Instance *in, int64_t s, int64_t from, int64_t to) {
    return drive_from(in, s, from)[to];
}

static inline const DoorWindow *windows_of(const Instance *in, int64_t s) {
    return in->windows + in->window_set[s] * in->villages;
}

static inline const Pace *paces_of(const Instance *in, int64_t s) {
    return in->paces + in->pace_set[s] * in->villages;
}

/* Return the value that a visit of a shift to a village has beside that of its households. */
static inline double bonus_of(const Instance *in, int64_t s, int32_t v) {
    return in->bonus_set[s] < 0 ? 0.0 : in->bonus[in->bonus_set[s] * in->villages + v];
}

/* Return whether the doors of a village are closed all day. */
static inline bool is_closed(DoorWindow window) { return window.opens > window.closes; }

/* Return the place where a shift starts. */
static inline int32_t start_of(const Instance *in, const Solution *st, int64_t s) {
    return in->first[s] ? in->start[s] : st->end[s - 1];
}

/* Return the place of a stop; of the shift's start before the first stop, its end after the last. */
static inline int32_t place_of(const Instance *in, const Solution *st, int64_t s, int64_t p) {
    if (p < 0) return start_of(in, st, s);
    if (p >= st->stops[s]) return st->end[s];
    return in->village[villages_of(st, s)[p]].at;
}

/* Return the seconds that so many households take. */
static inline int32_t door_seconds(const Instance *in, int64_t s, int64_t v, int64_t households) {
    Pace pace = paces_of(in, s)[v];
    if (pace.num == 0) return 0;
    return (int32_t)min64((households * pace.num + pace.den - 1) / pace.den, INFINITE_SECONDS);
}

/* Return how many households fit into a time, `most` at the most; -1 where it is below 0. */
static inline int32_t households_within(const Instance *in, int64_t s, int64_t v, int64_t seconds,
                                        int32_t most) {
    if (seconds < 0) return -1;
    Pace pace = paces_of(in, s)[v];
    if (pace.num == 0) return most;
    return (int32_t)min64(most, seconds * pace.den / pace.num);
}

/* Return the most seconds that doors at a village may take between two stops, or below 0.
 *
 * `before` is the slack at the gap's begin, `there` the drive from there; `after` the slack of the
 * next stop, `on` the drive to it.
 */
static inline int32_t visit_slack(const Instance *in, Slack before, Slack after, int32_t there,
                                  int32_t on, DoorWindow window, int32_t setup) {
    int32_t opens = window.opens, closes = window.closes, rest = (int32_t)in->rest;
    int32_t back = after.latest_after_rest - on, last = min32(closes, back);
    int32_t best = last - max32(before.ready_after_rest + there, opens);
    if (rest > 0) {
        int32_t from = (int32_t)in->rest_from, until = (int32_t)in->rest_until;
        int32_t arrive = before.ready_before_rest + there, begin = max32(arrive, opens);
        best = max32(best, min32(closes, after.latest_before_rest - on) - begin);
        int32_t earliest = max32(arrive, from), latest = min32(until, back - rest);
        if (earliest <= until) best = max32(best, last - max32(earliest + rest, opens));
        if (earliest <= until && latest >= from) best = max32(best, min32(closes, latest) - begin);
        if (begin <= until && last - rest >= from) best = max32(best, last - rest - begin);
    }
    return best - setup;
}

/* Return the earliest departure from a stop at which the rest is taken, INFINITE_SECONDS for none. */
static inline int32_t leave_rested(const Instance *in, int32_t arrive, DoorWindow window,
                                   int32_t lasts) {
    int32_t rest = (int32_t)in->rest, from = (int32_t)in->rest_from;
    int32_t until = (int32_t)in->rest_until, best = INFINITE_SECONDS;
    int32_t earliest = max32(arrive, from), begin = max32(arrive, window.opens);
    int32_t end = begin + lasts;
    if (earliest > until || end > window.closes) return best;
    int32_t rested_first = max32(earliest + rest, window.opens) + lasts;
    if (rested_first <= window.closes) best = rested_first;
    if (end <= until)
        best = min32(best, max32(end, from) + rest);
    else if (begin <= until && end + rest <= window.closes)
        best = min32(best, end + rest);
    return best;
}

/* Return the latest arrival at a stop at which the rest is taken, -INFINITE_SECONDS for none. */
static inline int32_t arrive_unrested(const Instance *in, int32_t leave, DoorWindow window,
                                      int32_t lasts) {
    int32_t rest = (int32_t)in->rest, from = (int32_t)in->rest_from;
    int32_t until = (int32_t)in->rest_until, best = -INFINITE_SECONDS;
    int32_t last = min32(window.closes, leave), begin = last - lasts;
    int32_t earlier = min32(until, begin - rest), later = min32(until, leave - rest);
    if (begin >= window.opens && earlier >= from) best = earlier;
    begin = min32(window.closes, later) - lasts;
    if (begin >= window.opens && later >= from) best = max32(best, begin);
    begin = min32(until, last - rest - lasts);
    if (begin >= window.opens && begin + lasts >= from) best = max32(best, begin);
    return best;
}

/* Time a shift forward and backward; return whether it keeps all limits. */
static inline bool time_stops(const Instance *in, Solution *st, int64_t s) {
    int64_t n = st->stops[s];
    int32_t rest = (int32_t)in->rest;
    const int32_t *village = villages_of(st, s), *reached = reached_of(st, s);
    const DoorWindow *windows = windows_of(in, s);
    int32_t *duration = st->duration + s * st->stop_capacity;
    Slack *slack = slack_of(st, s);
    int32_t before_rest = rest > 0 ? in->work_start[s] : INFINITE_SECONDS;
    int32_t after_rest = rest > 0 ? INFINITE_SECONDS : in->work_start[s];
    slack[0].ready_before_rest = before_rest;
    slack[0].ready_after_rest = after_rest;
    int32_t place = start_of(in, st, s);
    int64_t driven = 0;
    for (int64_t p = 0; p < n; p++) {
        int32_t v = village[p], here = in->village[v].at;
        DoorWindow window = windows[v];
        int32_t there = drive_between(in, s, place, here);
        int32_t lasts = min32(in->village[v].setup + door_seconds(in, s, v, reached[p]), INFINITE_SECONDS);
        duration[p] = lasts;
        int32_t arrive = before_rest + there;
        int32_t plain = max32(arrive, window.opens) + lasts;
        int32_t best = max32(after_rest + there, window.opens) + lasts;
        if (best > window.closes) best = INFINITE_SECONDS;
        if (rest > 0) best = min32(best, leave_rested(in, arrive, window, lasts));
        before_rest = plain <= window.closes ? plain : INFINITE_SECONDS;
        after_rest = best;
        slack[p + 1].ready_before_rest = before_rest;
        slack[p + 1].ready_after_rest = after_rest;
        driven += there;
        place = here;
    }
    int32_t on = drive_between(in, s, place, st->end[s]);
    driven += on;
    st->driven[s] = driven;
    int32_t ready = n > 0 ? after_rest : in->work_start[s];
    bool kept = ready + on <= in->work_end[s] && driven <= in->drive_limit;
    int32_t latest_before_rest = -INFINITE_SECONDS, latest = in->work_end[s];
    slack[n].latest_before_rest = latest_before_rest;
    slack[n].latest_after_rest = latest;
    for (int64_t p = n - 1; p >= 0; p--) {
        int32_t v = village[p], lasts = duration[p];
        DoorWindow window = windows[v];
        int32_t begin = min32(window.closes, latest - on) - lasts;
        int32_t best = -INFINITE_SECONDS;
        if (rest > 0) {
            int32_t later = min32(window.closes, latest_before_rest - on) - lasts;
            if (later >= window.opens) best = later;
            best = max32(best, arrive_unrested(in, latest - on, window, lasts));
        }
        latest_before_rest = best;
        latest = begin >= window.opens ? begin : -INFINITE_SECONDS;
        slack[p].latest_before_rest = latest_before_rest;
        slack[p].latest_after_rest = latest;
        if (p > 0) on = drive_between(in, s, in->village[village[p - 1]].at, in->village[v].at);
    }
    return kept;
}

/* Count more households reached of a village, or fewer. */
static inline void count_households(const Instance *in, Solution *st, int64_t s, int32_t v,
                                    int32_t more) {
    st->reached_on[v * in->days + in->day[s]] += more;
    st->remainder[v].left -= more;
    if (in->districts > 0 && in->district[v] >= 0) st->reached_in[in->district[v]] += more;
}

/* Count a visit in. */
static inline void count_in(const Instance *in, Solution *st, int64_t s, int32_t v,
                            int32_t households) {
    count_households(in, st, s, v, households);
    int32_t node = *st->free_visitor;
    *st->free_visitor = st->next_visitor[node];
    st->visitor[node] = (int32_t)s;
    st->next_visitor[node] = st->remainder[v].first_visitor;
    st->remainder[v].first_visitor = node;
    st->remainder[v].visits++;
}

/* Count a visit out. */
static inline void count_out(const Instance *in, Solution *st, int64_t s, int32_t v,
                             int32_t households) {
    count_households(in, st, s, v, -households);
    int32_t *link = &st->remainder[v].first_visitor;
    while (st->visitor[*link] != s) link = &st->next_visitor[*link];
    int32_t node = *link;
    *link = st->next_visitor[node];
    st->next_visitor[node] = *st->free_visitor;
    *st->free_visitor = node;
    st->remainder[v].visits--;
}

/* Return the position of a shift's visit to a village, which it must visit. */
static inline int64_t position_of(const Solution *st, int64_t s, int32_t v) {
    const int32_t *village = villages_of(st, s);
    int64_t p = 0;
    while (village[p] != v) p++;
    return p;
}

/* Return whether a shift visits a village. */
static inline bool is_visited_by(const Solution *st, int64_t s, int32_t v) {
    const int32_t *village = villages_of(st, s);
    for (int64_t p = 0; p < st->stops[s]; p++)
        if (village[p] == v) return true;
    return false;
}

/* Remove all stops of a shift. */
static inline void clear_shift(const Instance *in, Solution *st, int64_t s) {
    const int32_t *village = villages_of(st, s), *reached = reached_of(st, s);
    for (int64_t p = 0; p < st->stops[s]; p++) count_out(in, st, s, village[p], reached[p]);
    st->stops[s] = 0;
}

/* Remove a stop. */
static inline void remove_stop(const Instance *in, Solution *st, int64_t s, int64_t p) {
    int32_t *village = villages_of(st, s), *reached = reached_of(st, s);
    count_out(in, st, s, village[p], reached[p]);
    for (int64_t q = p; q < st->stops[s] - 1; q++) {
        village[q] = village[q + 1];
        reached[q] = reached[q + 1];
    }
    st->stops[s]--;
}

/* Insert a stop; there must be capacity for it. */
static inline void insert_stop(const Instance *in, Solution *st, int64_t s, int64_t p, int32_t v,
                               int32_t households) {
    int32_t *village = villages_of(st, s), *reached = reached_of(st, s);
    for (int64_t q = st->stops[s]; q > p; q--) {
        village[q] = village[q - 1];
        reached[q] = reached[q - 1];
    }
    village[p] = v;
    reached[p] = households;
    st->stops[s]++;
    count_in(in, st, s, v, households);
}

/* Use (1) or free (-1) the bed of the night after a shift. */
static inline void use_bed(const Instance *in, Solution *st, int64_t s, int32_t sign) {
    if (in->last[s] || st->end[s] == in->home[s]) return;
    for (int64_t d = in->day[s]; d < in->until[s]; d++)
        st->beds_used[st->end[s] * in->days + d] += sign;
}

/* Return whether the team of a shift could sleep at a place after it. */
static inline bool is_bed_free(const Instance *in, const Solution *st, int64_t s, int32_t place) {
    if (place == in->home[s]) return true;
    for (int64_t d = in->day[s]; d < in->until[s]; d++)
        if (st->beds_used[place * in->days + d] >= in->beds[place]) return false;
    return true;
}

/* Return whether the team of a shift is never away for too many nights in a row. */
static inline bool keeps_nights_away(const Instance *in, const Solution *st, int64_t s) {
    int64_t most = in->nights_away[s], away = 0;
    if (most >= INFINITE_SECONDS) return true;
    while (!in->first[s]) s--;
    for (; !in->last[s]; s++) {
        away = st->end[s] == in->home[s] ? 0 : away + in->nights[s];
        if (away > most) return false;
    }
    return true;
}

/* Return the fewest households that a visit of a shift to a village may reach. */
static inline int32_t fewest_of(const Instance *in, const Solution *st, int64_t s, int32_t v) {
    if (in->village[v].whole) return in->village[v].households;
    /* What is left in the end is no more than what earlier days leave. */
    if (in->village[v].fewest <= st->remainder[v].left) return in->village[v].fewest;
    int32_t left = in->village[v].households;
    for (int64_t d = 0; d < in->day[s]; d++) left -= st->reached_on[v * in->days + d];
    return min32(in->village[v].fewest, left);
}

/* Return how many households a village's district lacks. */
static inline int32_t lacking_in_district(const Instance *in, const Solution *st, int32_t v) {
    if (in->districts == 0 || in->district[v] < 0) return 0;
    return max32(0, in->floors[in->district[v]] - st->reached_in[in->district[v]]);
}

/* In solution.c. */
void fill_stops(const Instance *in, Solution *st, int64_t s);

#endif
