/* Solutions as they are given, timed and filled. */
#include "shift.h"

API bool time_shift(const Instance *instance, Solution *solution, int64_t shift) {
    return time_stops(instance, solution, shift);
}

API int64_t count_solution(const Instance *in, Solution *st) {
    int64_t nodes = in->shifts * st->stop_capacity;
    for (int64_t s = 0; s < in->shifts; s++)
        if (st->stops[s] > st->stop_capacity) return CAPACITY_EXCEEDED;
    for (int64_t v = 0; v < in->villages; v++) {
        st->remainder[v].left = in->village[v].households;
        st->remainder[v].visits = 0;
        st->remainder[v].first_visitor = -1;
    }
    for (int64_t k = 0; k < in->villages * in->days; k++) st->reached_on[k] = 0;
    for (int64_t k = 0; k < in->districts; k++) st->reached_in[k] = 0;
    for (int64_t k = 0; k < in->places * in->days; k++) st->beds_used[k] = 0;
    for (int64_t k = 0; k < nodes; k++) st->next_visitor[k] = k + 1 < nodes ? (int32_t)k + 1 : -1;
    *st->free_visitor = nodes > 0 ? 0 : -1;
    for (int64_t s = 0; s < in->shifts; s++) {
        use_bed(in, st, s, 1);
        for (int64_t p = 0; p < st->stops[s]; p++)
            count_in(in, st, s, villages_of(st, s)[p], reached_of(st, s)[p]);
    }
    for (int64_t s = 0; s < in->shifts; s++) time_stops(in, st, s);
    return 0;
}

API int64_t door_slack(const Instance *in, const Solution *st, int64_t s, int64_t p) {
    int32_t v = villages_of(st, s)[p], here = in->village[v].at;
    int32_t there = drive_between(in, s, place_of(in, st, s, p - 1), here);
    int32_t on = drive_between(in, s, here, place_of(in, st, s, p + 1));
    const Slack *slack = slack_of(st, s);
    return visit_slack(in, slack[p], slack[p + 1], there, on, windows_of(in, s)[v],
                       in->village[v].setup);
}

/* Reach more households at the stops of a shift, first to last; the shift has been timed.
 *
 * A visit that must reach all households or none may reach none, where it is required and that is
 * enough.
 */
void fill_stops(const Instance *in, Solution *st, int64_t s) {
    if (in->fixed[s]) return;
    for (int64_t p = 0; p < st->stops[s]; p++) {
        int32_t v = villages_of(st, s)[p], now = reached_of(st, s)[p];
        int32_t most = min32(in->village[v].most, now + st->remainder[v].left);
        if (most <= now) continue;
        int32_t more = households_within(in, s, v, door_slack(in, st, s, p), most);
        if (more > now && (!in->village[v].whole || more == in->village[v].households)) {
            count_households(in, st, s, v, more - now);
            reached_of(st, s)[p] = more;
            time_stops(in, st, s);
        }
    }
}

API void fill_shift(const Instance *instance, Solution *solution, int64_t shift) {
    fill_stops(instance, solution, shift);
}

/* As a fractional knapsack: one visit at most ends up between its bounds (Dantzig 1957, Operations
   Research 5), where windows do not bind. */
API bool share_households(const Instance *in, Solution *st, const int32_t *least,
                          const int32_t *most, const double *prize) {
    int64_t n = st->stops[0];
    const int32_t *village = villages_of(st, 0);
    int32_t *reached = reached_of(st, 0);
    for (int64_t p = 0; p < n; p++) reached[p] = least[p];
    if (!time_stops(in, st, 0)) return false;
    for (int64_t round = 0; round < n; round++) {
        int64_t best = -1;
        int32_t best_households = 0;
        double best_rate = 0.0;
        for (int64_t p = 0; p < n; p++) {
            if (reached[p] != least[p] || least[p] >= most[p]) continue;
            Pace pace = paces_of(in, 0)[village[p]];
            double rate = prize[village[p]] * pace.den / max32(pace.num, 1);
            if (rate <= best_rate) continue;
            int32_t fits = households_within(in, 0, village[p], door_slack(in, st, 0, p), most[p]);
            if (fits > least[p]) {
                best = p;
                best_households = fits;
                best_rate = rate;
            }
        }
        if (best < 0) break;
        reached[best] = best_households;
        time_stops(in, st, 0);
    }
    return true;
}
