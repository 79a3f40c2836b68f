/* Completion bounds: how much can be brought after leaving a node.
 *
 * The day is driven backward first, without cuts, and its labels give for every node and moment how
 * much can be brought from there on. A label that cannot reach what is wanted that way is dropped
 * (Baldacci, Mingozzi and Roberti 2011, Operations Research 59, section 5, where such bounds come
 * from a like relaxation).
 */
#include "label.h"

/* Steps of the time left that are looked at together. */
#define BLOCK 16

/* Return the seconds of a step of the time left. */
static inline double step_seconds(const Network *n) {
    return max_real((n->work_end - n->work_start) / (double)n->steps, TOLERANCE);
}

/* Return whether a label may come to the threshold, by the bounds of what can follow it. */
bool can_reach_threshold(const Network *n, Label *label) {
    int64_t steps = n->steps;
    const double *bound = n->completion + (label->rested * n->nodes + label->node) * steps;
    double step = step_seconds(n);
    double left = n->work_end - label->ready;
    int64_t top = max64(0, min64(steps - 1, (int64_t)(left / step)));
    if (label->total + bound[top] < n->threshold) return false;
    /* Further doors take time from what follows; many steps are looked at together. */
    for (; top >= 0; top -= BLOCK) {
        int64_t low = max64(0, top - BLOCK + 1);
        double most = reward_within(n, label, left - (double)low * step);
        if (most + bound[top] >= n->threshold)
            for (int64_t b = top; b >= low; b--)
                if (reward_within(n, label, left - (double)b * step) + bound[b] >= n->threshold)
                    return true;
        if (most >= label->total) break;
    }
    return false;
}

/* Keep what a label of the day driven backward brings in any time that may be left for it. */
static void keep_rewards(const Network *n, Label *label, double *from_node) {
    int64_t steps = n->steps;
    double step = step_seconds(n);
    double spent = label->ready - n->work_start;
    double *before_rest = from_node + label->node * steps;
    double *after_rest = before_rest + n->nodes * steps;
    for (int64_t b = max64(0, (int64_t)(spent / step) - 1); b < steps; b++) {
        double seconds = (double)(b + 1) * step - spent;
        if (seconds < 0.0) continue;
        double reward = reward_within(n, label, seconds);
        /* A team that has rested already need not rest again, and may. */
        after_rest[b] = max_real(after_rest[b], reward);
        if (label->rested) before_rest[b] = max_real(before_rest[b], reward);
    }
}

API void bound_completions(const Network *n, const LabelPool *pool, int64_t made, double *from_node,
                           double *completion) {
    int64_t nodes = n->nodes, steps = n->steps;
    double step = step_seconds(n);
    for (int64_t k = 0; k < 2 * nodes * steps; k++) from_node[k] = completion[k] = NOTHING;
    for (int64_t number = 0; number < made; number++) {
        Label *label = label_at(pool, number);
        if (!label->dominated) keep_rewards(n, label, from_node);
    }
    for (int64_t j = 0; j < nodes; j++) {
        double *rested = completion + (nodes + j) * steps;
        for (int64_t e = 0; e < n->starts; e++)
            for (int64_t b = 0; b < steps; b++)
                if (n->out[e * nodes + j] <= (double)(b + 1) * step)
                    rested[b] = max_real(rested[b],
                                         n->bonus[e] - n->drive_cost * n->out[e * nodes + j]);
        for (int64_t k = 0; k < nodes; k++) {
            if (k == j) continue;
            /* Roads are reversed: from j to k. With what is left of b + 1 steps at k; rounded so
               that it is never too little. */
            double steps_driven = n->drive[k * nodes + j] / step - TOLERANCE;
            if (steps_driven >= (double)steps) continue;
            int64_t shift = max64(0, (int64_t)steps_driven);
            double cost = n->drive_cost * n->drive[k * nodes + j];
            for (int state = 0; state < 2; state++) {
                double *bound = completion + (state * nodes + j) * steps;
                const double *from = from_node + (state * nodes + k) * steps;
                for (int64_t b = shift; b < steps; b++)
                    bound[b] = max_real(bound[b], from[b - shift] - cost);
            }
        }
    }
}
