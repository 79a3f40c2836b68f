/* Inserting more than a shift can hold and trimming it, and shortening the order of its stops.
 *
 * Where days have many stops, a better solution often lies behind worse ones that ruin and recreate
 * never comes to, since nothing is inserted before something else is removed. Here it is the other
 * way around, as in ejection chains (Glover 1996, Discrete Applied Mathematics 65). Orders are
 * shortened by 2-opt (Croes 1958, Operations Research 6) and or-opt (Or 1976), first improvement.
 */
#include "search.h"

/* Most stops that or-opt moves together. */
#define LONGEST_MOVED 3

/* Remove from a shift what brings least for its time until the shift keeps all limits. */
static void trim(const Instance *in, Solution *st, Workspace *ws, int64_t s) {
    while (st->stops[s] > 0 && !time_stops(in, st, s)) {
        int64_t worst = 0;
        double least = 1e300;
        int32_t before = start_of(in, st, s);
        for (int64_t p = 0; p < st->stops[s]; p++) {
            int32_t v = villages_of(st, s)[p], here = in->village[v].at, after = place_of(in, st, s, p + 1);
            int64_t saved = (int64_t)drive_between(in, s, before, here)
                            + drive_between(in, s, here, after)
                            - drive_between(in, s, before, after)
                            + st->duration[s * st->stop_capacity + p];
            double gain = in->village[v].weight * reached_of(st, s)[p] * ws->trim_noise[noise_index(ws, v)];
            double rate = gain / max_real((double)saved, 1.0);
            if (rate < least) {
                worst = p;
                least = rate;
            }
            before = here;
        }
        remove_stop(in, st, s, worst);
    }
}

/* Return the position with the shortest detour to a village, -1 where the shift visits it. */
static int64_t nearest_gap(const Instance *in, const Solution *st, int64_t s, int32_t v) {
    if (is_visited_by(st, s, v)) return -1;
    int32_t here = in->village[v].at, before = start_of(in, st, s), shortest = INT32_MAX;
    int64_t found = 0;
    for (int64_t p = 0; p <= st->stops[s]; p++) {
        int32_t after = place_of(in, st, s, p);
        int32_t detour = drive_between(in, s, before, here) + drive_between(in, s, here, after)
                         - drive_between(in, s, before, after);
        if (detour < shortest) {
            shortest = detour;
            found = p;
        }
        before = after;
    }
    return found;
}

/* Remove a village from all shifts but one. */
static void take_from_others(const Instance *in, Solution *st, Workspace *ws, int32_t v,
                             int64_t but) {
    for (int32_t node = st->remainder[v].first_visitor, next; node >= 0; node = next) {
        int64_t s = st->visitor[node];
        next = st->next_visitor[node];
        if (s == but || in->fixed[s]) continue;
        note_change(st, ws, s);
        remove_stop(in, st, s, position_of(st, s, v));
    }
}

/* Insert some villages around one into a shift, whether they fit or not, and trim it. */
void force_insertions(const Instance *in, Solution *st, Workspace *ws,
                      const RuinParameters *parameters) {
    int64_t v = below(ws->random, in->villages), s = below(ws->random, in->shifts);
    int64_t wanted = 1 + below(ws->random, parameters->most_forced);
    if (in->fixed[s]) return;
    for (int64_t n = 0; n < in->near_count; n++) {
        if (wanted == 0 || st->stops[s] == st->stop_capacity) break;
        int32_t near = in->near[v * in->near_count + n];
        int64_t p = nearest_gap(in, st, s, near);
        if (p < 0 || is_closed(windows_of(in, s)[near])) continue;
        if (st->remainder[near].left == 0 && uniform(ws->random) < parameters->taken_away)
            take_from_others(in, st, ws, near, s);
        int32_t households = min32(st->remainder[near].left, in->village[near].most);
        if (households == 0 || households < fewest_of(in, st, s, near)) continue;
        note_change(st, ws, s);
        insert_stop(in, st, s, p, near, households);
        wanted--;
    }
    if (ws->changed_position[s] >= 0) trim(in, st, ws, s);
}

/* Find a visit as near to a village as any, by a shift other than one; false where none is. */
static bool visit_near(const Instance *in, const Solution *st, int64_t v, int64_t but,
                       int64_t *shift, int64_t *position) {
    for (int64_t n = 0; n < in->near_count; n++) {
        int32_t near = in->near[v * in->near_count + n];
        for (int32_t node = st->remainder[near].first_visitor; node >= 0; node = st->next_visitor[node]) {
            int64_t s = st->visitor[node];
            if (s == but || in->fixed[s]) continue;
            *shift = s;
            *position = position_of(st, s, near);
            return true;
        }
    }
    return false;
}

/* Return whether the stops of a shift from p on may follow the first q stops of another shift. */
static bool may_follow(const Instance *in, const Solution *st, int64_t s, int64_t p, int64_t other,
                       int64_t q) {
    for (int64_t n = p; n < st->stops[s]; n++) {
        int32_t v = villages_of(st, s)[n];
        if (is_closed(windows_of(in, other)[v])) return false;
        for (int64_t m = 0; m < q; m++)
            if (villages_of(st, other)[m] == v) return false;
    }
    return q + st->stops[s] - p <= st->stop_capacity;
}

/* Give a cleared shift the first `cut` of its old stops and another shift's from `begin` on. */
static void join_tails(const Instance *in, Solution *st, Workspace *ws, int64_t s, int64_t cut,
                       int64_t other, int64_t begin) {
    const int64_t row = s * st->stop_capacity, tail = other * st->stop_capacity;
    for (int64_t n = 0; n < cut; n++)
        insert_stop(in, st, s, n, ws->old_village[row + n], ws->old_reached[row + n]);
    for (int64_t n = begin; n < ws->old_stops[other]; n++)
        insert_stop(in, st, s, cut + n - begin, ws->old_village[tail + n],
                    ws->old_reached[tail + n]);
}

/* Let two shifts that come near each other swap their tails, as in 2-opt* (Potvin and Rousseau
   1995, JORS 46), and trim them. */
void swap_tails(const Instance *in, Solution *st, Workspace *ws, const RuinParameters *parameters) {
    (void)parameters;
    int64_t v = below(ws->random, in->villages), a, b, p, q;
    if (!visit_near(in, st, v, -1, &a, &p) || !visit_near(in, st, v, a, &b, &q)) return;
    p++;
    q += below(ws->random, 2);
    if (!may_follow(in, st, a, p, b, q) || !may_follow(in, st, b, q, a, p)) return;
    note_change(st, ws, a);
    note_change(st, ws, b);
    clear_shift(in, st, a);
    clear_shift(in, st, b);
    join_tails(in, st, ws, a, p, b, q);
    join_tails(in, st, ws, b, q, a, p);
    trim(in, st, ws, a);
    trim(in, st, ws, b);
}

/* Reverse the stops from p to q. */
static void reverse(Solution *st, int64_t s, int64_t p, int64_t q) {
    int32_t *village = villages_of(st, s), *reached = reached_of(st, s);
    for (; p < q; p++, q--) {
        int32_t v = village[p], households = reached[p];
        village[p] = village[q];
        reached[p] = reached[q];
        village[q] = v;
        reached[q] = households;
    }
}

/* Put the stops from q to `last` before those from p to q - 1. */
static void swap_parts(Solution *st, int64_t s, int64_t p, int64_t q, int64_t last) {
    reverse(st, s, p, q - 1);
    reverse(st, s, q, last);
    reverse(st, s, p, last);
}

/* Reverse each part of a shift where that is shorter and keeps all limits; return whether any was
   reversed. */
static bool two_opt(const Instance *in, Solution *st, int64_t s) {
    int64_t n = st->stops[s];
    bool changed = false;
    for (int64_t p = 0; p < n - 1; p++) {
        int32_t before = place_of(in, st, s, p - 1), first = place_of(in, st, s, p);
        int64_t forward = 0, backward = 0;
        for (int64_t q = p + 1; q < n; q++) {
            int32_t inner = place_of(in, st, s, q - 1), last = place_of(in, st, s, q);
            int32_t after = place_of(in, st, s, q + 1);
            forward += drive_between(in, s, inner, last);
            backward += drive_between(in, s, last, inner);
            int64_t now = drive_between(in, s, before, first) + forward
                          + drive_between(in, s, last, after);
            int64_t reversed = drive_between(in, s, before, last) + backward
                               + drive_between(in, s, first, after);
            if (reversed >= now) continue;
            reverse(st, s, p, q);
            if (time_stops(in, st, s)) {
                int64_t swapped = forward;
                changed = true;
                first = last;
                forward = backward;
                backward = swapped;
            } else {
                reverse(st, s, p, q);
            }
        }
    }
    return changed;
}

/* Move stops in a row where that is shorter and keeps all limits; return whether any were moved. */
static bool or_opt(const Instance *in, Solution *st, int64_t s) {
    int64_t n = st->stops[s];
    bool changed = false;
    for (int64_t length = 1; length <= min64(LONGEST_MOVED, n - 1); length++) {
        for (int64_t p = 0; p <= n - length; p++) {
            int64_t last = p + length - 1;
            int32_t before = place_of(in, st, s, p - 1), after = place_of(in, st, s, last + 1);
            int32_t a = place_of(in, st, s, p), b = place_of(in, st, s, last);
            int64_t saved = (int64_t)drive_between(in, s, before, a)
                            + drive_between(in, s, b, after) - drive_between(in, s, before, after);
            for (int64_t q = -1; q < n; q++) {
                if (p - 1 <= q && q <= last) continue;
                int32_t left = place_of(in, st, s, q), right = place_of(in, st, s, q + 1);
                int64_t added = (int64_t)drive_between(in, s, left, a)
                                + drive_between(in, s, b, right)
                                - drive_between(in, s, left, right);
                if (added >= saved) continue;
                int64_t low = q < p ? q + 1 : p, cut = q < p ? p : last + 1;
                int64_t high = q < p ? last : q;
                swap_parts(st, s, low, cut, high);
                if (time_stops(in, st, s)) {
                    changed = true;
                    break;
                }
                swap_parts(st, s, low, low + high - cut + 1, high);
            }
        }
    }
    return changed;
}

/* Shorten the drive of a shift that keeps all limits, the same households at the same stops; return
   whether it was shortened. */
bool shorten_stops(const Instance *in, Solution *st, int64_t s) {
    bool changed = false;
    while (two_opt(in, st, s) || or_opt(in, st, s)) changed = true;
    time_stops(in, st, s);
    return changed;
}

API bool shorten_shift(const Instance *instance, Solution *solution, int64_t shift) {
    return shorten_stops(instance, solution, shift);
}
