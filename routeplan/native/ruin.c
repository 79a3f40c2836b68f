/* Removing visits from a solution, and moving nights between emptied shifts.
 *
 * Removal of strings and of near villages as in Christiaens and Vanden Berghe 2020 (Transportation
 * Science 54), section 4.1.
 */
#include "search.h"

/* Share of the shifts in a row, of their nights and of near villages that are taken, by draws. */
#define CHANCE 0.7
/* Beyond so many overnight places, mostly the nearest of a part of them is taken. */
#define FEW_PLACES 12
#define NEAREST_CHANCE 0.8
#define NEAREST_PART 6

/* Move the night between two shifts without visits to another place, where one is drawn. */
static void move_night(const Instance *in, Solution *st, Workspace *ws, int64_t s) {
    if (in->last[s] || in->overnight_count == 0 || in->fixed[s] || in->fixed[s + 1]) return;
    uint64_t *random = ws->random;
    int32_t old = st->end[s], start = start_of(in, st, s), place = in->home[s];
    int64_t draws = 1;
    if (in->overnight_count > FEW_PLACES && uniform(random) < NEAREST_CHANCE)
        draws = in->overnight_count / NEAREST_PART;
    int32_t reference = uniform(random) < 0.5 ? start : st->end[s + 1];
    if (uniform(random) * (double)(in->overnight_count + 1) >= 1.0) {
        const int32_t *drive = drive_from(in, s, reference);
        int32_t nearest = 2 * INFINITE_SECONDS;
        for (int64_t n = 0; n < draws; n++) {
            int32_t bed = in->overnight_places[below(random, in->overnight_count)];
            if (drive[bed] < nearest) {
                nearest = drive[bed];
                place = bed;
            }
        }
    }
    int32_t there = drive_between(in, s, start, place);
    int32_t on = drive_between(in, s, place, st->end[s + 1]);
    bool drivable = max32(there, on) <= in->drive_limit
                    && in->work_start[s] + there <= in->work_end[s]
                    && in->work_start[s + 1] + on <= in->work_end[s + 1];
    use_bed(in, st, s, -1);
    if (drivable && is_bed_free(in, st, s, place)) {
        st->end[s] = place;
        if (!keeps_nights_away(in, st, s)) st->end[s] = old;
    }
    use_bed(in, st, s, 1);
}

/* Clear consecutive shifts of one team, and choose the nights between them anew. */
void ruin_shifts(const Instance *in, Solution *st, Workspace *ws,
                 const RuinParameters *parameters) {
    int64_t first = below(ws->random, in->shifts), end = first + 1;
    while (end < min64(in->shifts, first + parameters->most_shifts) && !in->first[end]
           && uniform(ws->random) < CHANCE)
        end++;
    for (int64_t s = first; s < end; s++) {
        if (in->fixed[s]) continue;
        note_change(st, ws, s);
        clear_shift(in, st, s);
    }
    for (int64_t s = first; s < end - 1; s++)
        if (uniform(ws->random) < CHANCE) move_night(in, st, ws, s);
}

/* Remove villages around one from all shifts, or from most. */
void ruin_near(const Instance *in, Solution *st, Workspace *ws, const RuinParameters *parameters) {
    int64_t v = below(ws->random, in->villages);
    double chance = uniform(ws->random) < 0.5 ? 1.0 : CHANCE;
    int64_t count = min64(in->near_count, 1 + below(ws->random, parameters->most_villages));
    for (int64_t n = 0; n < count; n++) {
        int32_t near = in->near[v * in->near_count + n];
        for (int32_t node = st->remainder[near].first_visitor, next; node >= 0; node = next) {
            int64_t s = st->visitor[node];
            next = st->next_visitor[node];
            if (in->fixed[s] || uniform(ws->random) >= chance) continue;
            note_change(st, ws, s);
            remove_stop(in, st, s, position_of(st, s, near));
        }
    }
}

/* Remove strings of stops from shifts that come near a village. */
void ruin_strings(const Instance *in, Solution *st, Workspace *ws,
                  const RuinParameters *parameters) {
    int64_t v = below(ws->random, in->villages);
    int64_t strings = 1 + below(ws->random, parameters->most_strings);
    double longest = 1.0 + uniform(ws->random) * parameters->longest;
    for (int64_t n = 0; n < in->near_count; n++) {
        int32_t near = in->near[v * in->near_count + n];
        for (int32_t node = st->remainder[near].first_visitor, next; node >= 0; node = next) {
            int64_t s = st->visitor[node];
            next = st->next_visitor[node];
            if (strings == 0) return;
            if (in->fixed[s] || ws->changed_position[s] >= 0) continue;
            int64_t p = position_of(st, s, near), stops = st->stops[s];
            int64_t length = min64(stops, 1 + (int64_t)(uniform(ws->random) * longest));
            int64_t low = max64(0, p - length + 1), high = min64(p, stops - length);
            int64_t begin = low + below(ws->random, high - low + 1);
            note_change(st, ws, s);
            for (int64_t k = 0; k < length; k++) remove_stop(in, st, s, begin);
            strings--;
        }
    }
}

/* Return a shift that may be changed and whose visit to a village is too small, -1 for none. */
static int64_t too_small_visit(const Instance *in, const Solution *st, int32_t v) {
    for (int32_t node = st->remainder[v].first_visitor; node >= 0; node = st->next_visitor[node]) {
        int64_t s = st->visitor[node];
        int32_t reached = reached_of(st, s)[position_of(st, s, v)];
        if (reached < in->village[v].fewest && !in->fixed[s] && reached < fewest_of(in, st, s, v))
            return s;
    }
    return -1;
}

/* Remove visits that reach fewer households than they may, since earlier days now leave more. */
void remove_too_small(const Instance *in, Solution *st, Workspace *ws) {
    for (int64_t k = 0; k < *ws->changed_count; k++) {
        int64_t changed = ws->changed[k];
        const int32_t *village = ws->old_village + changed * st->stop_capacity;
        for (int64_t p = 0; p < ws->old_stops[changed]; p++) {
            int32_t v = village[p];
            for (int64_t s = too_small_visit(in, st, v); s >= 0; s = too_small_visit(in, st, v)) {
                note_change(st, ws, s);
                remove_stop(in, st, s, position_of(st, s, v));
            }
        }
    }
}
