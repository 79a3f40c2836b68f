/* Labels of the pricing problem.
 *
 * A label is a partial route. What it brings is kept as a function of the time at which the team is
 * ready to leave the last village: a point (earliest readiness, reward with the fewest households
 * everywhere) and concave pieces, the doors that could still be knocked on at villages of the route,
 * the best paid first. So one label stands for all ways to share out the doors, and labels are
 * compared as functions.
 */
#ifndef ROUTEPLAN_LABEL_H
#define ROUTEPLAN_LABEL_H

#include "base.h"

#define NOTHING (-1e300)
#define TOLERANCE 1e-9
#define TINY_SECONDS 1e-12

typedef struct {
    /* Reward of a second of further doors, and how many seconds of them there are. */
    double rate, length;
} Piece;

/* Followed by the villages that may not come again and the cuts of which a member waits for another,
   as bits, then by the pieces. */
typedef struct {
    /* Earliest readiness, reward then, reward with all further doors, seconds of driving. */
    double ready, reward, total, driven;
    /* Last node; the label before, -1 - n for none after start n; number of villages. */
    int32_t node, parent, stops;
    /* Next label of the same bucket. */
    int32_t next;
    /* Whether the rest was taken; whether another label dominates this one; number of pieces. */
    int8_t rested, dominated;
    int16_t pieces;
} Label;

static inline Label *label_at(const LabelPool *pool, int64_t number) {
    return (Label *)(pool->labels + number * pool->stride);
}

static inline uint64_t *visited_of(Label *label) { return (uint64_t *)(label + 1); }

static inline uint64_t *odd_of(const Network *n, Label *label) {
    return visited_of(label) + n->ng_words;
}

static inline Piece *pieces_of(const Network *n, Label *label) {
    return (Piece *)(odd_of(n, label) + n->cut_words);
}

/* Return the reward of a label with so many seconds of further doors. */
static inline double reward_within(const Network *n, Label *label, double seconds) {
    const Piece *piece = pieces_of(n, label);
    double reward = label->reward;
    for (int k = 0; k < label->pieces && seconds > 0.0; k++) {
        reward += piece[k].rate * min_real(seconds, piece[k].length);
        seconds -= piece[k].length;
    }
    return reward;
}

/* In completion.c. */
bool can_reach_threshold(const Network *n, Label *label);

#endif
