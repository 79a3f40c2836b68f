/* Day routes by labelling: the best from any start to every end.
 *
 * Labels, dominance and ng-route relaxation as in Baldacci, Mingozzi and Roberti 2011 (Operations
 * Research 59), section 4: what is found is a bound, and what repeats no village is a route. Duals of
 * subset-row cuts are heeded in dominance as in Jepsen, Petersen, Spoorendonk and Pisinger 2008
 * (Operations Research 56), section 5.
 */
#include "label.h"

static inline double floor_real(double x) {
    double whole = (double)(int64_t)x;
    return whole > x ? whole - 1.0 : whole;
}

static inline double ceil_real(double x) { return -floor_real(-x); }

/* Return the part of a time in which doors can be finished, where all last alike. */
static inline double whole_doors(double seconds, double door) {
    return door > 0.0 ? floor_real(seconds / door + TOLERANCE) * door : seconds;
}

/* Return the duals of the cuts that are given as the bits of a word. */
static inline double duals_of(const Network *n, uint64_t bits, int64_t word) {
    double sum = 0.0;
    for (; bits != 0; bits &= bits - 1) sum += n->cost[64 * word + __builtin_ctzll(bits)];
    return sum;
}

/* Labels of one node, rested or not, that are ready in the same part of the day; what is compared
   first lies side by side, so that few labels themselves are looked at. */
#define BLOCK_LABELS 8

typedef struct {
    double total[BLOCK_LABELS], ready[BLOCK_LABELS];
    /* Villages visited, words folded into one. */
    uint64_t visited[BLOCK_LABELS];
    int32_t number[BLOCK_LABELS];
    int32_t next, count;
} Block;

static inline Block *block_at(const LabelPool *pool, int32_t number) {
    return (Block *)pool->blocks + number;
}

/* Return the villages visited as one word: where one set is in another, so are their words. */
static inline uint64_t folded(const Network *n, Label *label) {
    uint64_t word = 0;
    for (int64_t k = 0; k < n->ng_words; k++) word |= visited_of(label)[k];
    return word;
}

/* Return whether label a leaves nothing to gain by label b at the same node; a is ready no later,
   rested if b is, and brings no less in all. Where it need not be exact, villages visited and
   driving are left out of account. */
static bool dominates(const Network *n, Label *a, Label *b, bool exact) {
    double have = a->reward, want = b->reward;
    if (exact) {
        const uint64_t *visited = visited_of(a), *others = visited_of(b);
        for (int64_t word = 0; word < n->ng_words; word++)
            if (visited[word] & ~others[word]) return false;
        /* Driving more is no drawback where not even driving on until the end is too much. */
        if (a->driven > b->driven + TOLERANCE
            && a->driven + n->work_end - a->ready > n->drive_limit)
            return false;
        /* Cuts whose duals a may yet pay, and b not. */
        const uint64_t *odd = odd_of(n, a), *other = odd_of(n, b);
        for (int64_t word = 0; word < n->cut_words; word++)
            have -= duals_of(n, odd[word] & ~other[word], word);
    }
    /* Both functions are concave: a is no lower anywhere if it is no lower where b's bends. */
    const Piece *mine = pieces_of(n, a), *others = pieces_of(n, b);
    double step = whole_doors(b->ready - a->ready, n->door), used = 0.0;
    int k = 0;
    const int bends = exact ? b->pieces : 0;
    for (int bend = 0; bend <= bends; bend++) {
        while (step > 0.0 && k < a->pieces) {
            double part = min_real(step, mine[k].length - used);
            have += mine[k].rate * part;
            used += part;
            step -= part;
            if (used >= mine[k].length - TINY_SECONDS) {
                k++;
                used = 0.0;
            }
        }
        if (have < want - TOLERANCE) return false;
        if (bend < bends) {
            step = others[bend].length;
            want += others[bend].rate * step;
        }
    }
    return true;
}

/* Hand pieces on to a label, no more seconds of them than `most`; doors knocked on while it would
   wait anyway cost no time. The pieces may be the label's own. */
static int hand_on_pieces(const Network *n, const Piece *old, int pieces, Label *label,
                          double waiting, double most) {
    Piece *piece = pieces_of(n, label);
    /* A door may be begun while waiting and finished afterwards: counted as one for nothing. */
    if (waiting > 0.0 && n->door > 0.0)
        waiting = ceil_real(waiting / n->door - TOLERANCE) * n->door;
    if (most < LONGEST) most = whole_doors(most, n->door);
    int count = 0;
    for (int k = 0; k < pieces && most > 0.0; k++) {
        double length = min_real(old[k].length, most), rate = old[k].rate;
        most -= length;
        if (waiting > 0.0) {
            double part = min_real(waiting, length);
            label->reward += rate * part;
            waiting -= part;
            length -= part;
        }
        if (length > TINY_SECONDS) piece[count++] = (Piece){rate, length};
    }
    return count;
}

/* Put the further doors of a node among the pieces, the best paid first. */
static int add_piece(const Network *n, Piece *piece, int count, int64_t j) {
    double rate = n->rate[j], length = n->length[j];
    if (length <= 0.0 || rate <= 0.0) return count;
    if (count == PIECES) {
        /* The worst is taken to pay as well as the one before it: a bound, never too low. */
        piece[count - 2].length += piece[count - 1].length;
        count--;
    }
    int k = count;
    for (; k > 0 && piece[k - 1].rate < rate; k--) piece[k] = piece[k - 1];
    piece[k] = (Piece){rate, length};
    return count + 1;
}

/* Keep no more further doors than there is time for, and sum up what they bring. */
static void limit_pieces(const Network *n, Label *label, int count, double spare) {
    Piece *piece = pieces_of(n, label);
    double total = label->reward;
    int kept = 0;
    spare = whole_doors(spare, n->door);
    for (; kept < count && spare > TINY_SECONDS; kept++) {
        piece[kept].length = min_real(spare, piece[kept].length);
        total += piece[kept].rate * piece[kept].length;
        spare -= piece[kept].length;
    }
    label->pieces = (int16_t)kept;
    label->total = total;
}

/* Return whether a label is dominated by one of a list of blocks. */
static bool is_dominated_in(const Network *n, const LabelPool *pool, int32_t head, Label *label,
                            uint64_t visited, bool exact) {
    double least = label->total - TOLERANCE, latest = label->ready + TOLERANCE;
    for (int32_t k = head; k >= 0;) {
        const Block *block = block_at(pool, k);
        for (int m = 0; m < block->count; m++) {
            if ((block->total[m] < least) | (block->ready[m] > latest)) continue;
            if (exact && (block->visited[m] & ~visited)) continue;
            if (dominates(n, label_at(pool, block->number[m]), label, exact)) return true;
        }
        k = block->next;
    }
    return false;
}

/* Remove the labels that a label dominates from a list of blocks. */
static void remove_dominated(const Network *n, const LabelPool *pool, int32_t head, Label *label,
                             uint64_t visited, bool exact) {
    double most = label->total + TOLERANCE, earliest = label->ready - TOLERANCE;
    for (int32_t k = head; k >= 0;) {
        Block *block = block_at(pool, k);
        for (int m = block->count - 1; m >= 0; m--) {
            if ((block->total[m] > most) | (block->ready[m] < earliest)) continue;
            if (exact && (visited & ~block->visited[m])) continue;
            Label *other = label_at(pool, block->number[m]);
            if (!dominates(n, label, other, exact)) continue;
            other->dominated = 1;
            int last = --block->count;
            block->total[m] = block->total[last];
            block->ready[m] = block->ready[last];
            block->visited[m] = block->visited[last];
            block->number[m] = block->number[last];
        }
        k = block->next;
    }
}

/* Return whether a label is dominated; else remove those that it dominates. */
static bool is_dominated(const Network *n, const LabelPool *pool, Label *label, int bucket,
                         bool exact) {
    uint64_t visited = folded(n, label);
    for (int rested = label->rested; rested < 2; rested++) {
        int64_t row = label->node * 2 + rested;
        /* Those ready last before it are likeliest to dominate it. */
        uint64_t left = pool->filled[row] & (UINT64_MAX >> (BUCKETS - 1 - bucket));
        while (left != 0) {
            int b = BUCKETS - 1 - __builtin_clzll(left);
            int64_t list = row * BUCKETS + b;
            left ^= (uint64_t)1 << b;
            if (pool->most_before[list] < label->total - TOLERANCE) break;
            if (is_dominated_in(n, pool, pool->head[list], label, visited, exact)) return true;
        }
    }
    for (int rested = 0; rested <= label->rested; rested++) {
        int64_t row = label->node * 2 + rested;
        uint64_t left = pool->filled[row] & (UINT64_MAX << bucket);
        for (; left != 0; left &= left - 1) {
            int64_t list = row * BUCKETS + __builtin_ctzll(left);
            if (pool->least_after[list] > label->total + TOLERANCE) break;
            remove_dominated(n, pool, pool->head[list], label, visited, exact);
        }
    }
    return false;
}

/* Let a label end its day at every end, and keep what is best there. */
static void end_day(const Network *n, const LabelPool *pool, Label *label, int32_t number) {
    int64_t j = label->node;
    for (int64_t e = 0; e < n->ends; e++) {
        double back = n->back[j * n->ends + e];
        double spare = n->work_end - back - label->ready;
        if (spare < -TOLERANCE || label->driven + back > n->drive_limit) continue;
        double reward = reward_within(n, label, whole_doors(spare, n->door)) - n->drive_cost * back;
        if (reward > pool->value[e * n->nodes + j]) {
            pool->value[e * n->nodes + j] = reward;
            pool->best[e * n->nodes + j] = number;
        }
    }
}

/* What is extended: a label, or a start where `parent` is NULL. */
typedef struct {
    Label *parent;
    int32_t number, stops;
    bool rested;
    double ready, reward, driven;
    /* Seconds to each node. */
    const double *drive;
} Origin;

/* The labels under construction. */
typedef struct {
    const Network *network;
    const LabelPool *pool;
    bool exact;
    double bucket_seconds;
    int64_t made, tried, blocks;
    /* First and last label of each bucket, -1 for none. */
    int32_t first[BUCKETS], last[BUCKETS];
} Construction;

/* Put a label into the lists of its node and bucket. */
static void list_label(Construction *c, Label *label, int bucket) {
    const LabelPool *pool = c->pool;
    int32_t number = (int32_t)c->made;
    int64_t row = label->node * 2 + label->rested, list = row * BUCKETS + bucket;
    pool->filled[row] |= (uint64_t)1 << bucket;
    int32_t *head = &pool->head[list];
    if (*head < 0 || block_at(pool, *head)->count == BLOCK_LABELS) {
        Block *fresh = block_at(pool, (int32_t)c->blocks);
        fresh->next = *head;
        fresh->count = 0;
        *head = (int32_t)c->blocks++;
    }
    Block *block = block_at(pool, *head);
    int m = block->count++;
    block->total[m] = label->total;
    block->ready[m] = label->ready;
    block->visited[m] = folded(c->network, label);
    block->number[m] = number;
    double *most = pool->most_before + row * BUCKETS, *least = pool->least_after + row * BUCKETS;
    for (int b = bucket; b < BUCKETS && most[b] < label->total; b++) most[b] = label->total;
    for (int b = bucket; b >= 0 && least[b] > label->total; b--) least[b] = label->total;
    label->next = -1;
    if (c->first[bucket] < 0)
        c->first[bucket] = number;
    else
        label_at(pool, c->last[bucket])->next = number;
    c->last[bucket] = number;
}

/* Where the rest is taken: not at this node, or before, after or inside setup and doors there. */
enum { NO_REST, BEFORE, AFTER, INSIDE, PLACES_OF_REST };

/* When a node is visited, and how many seconds of further doors there is time for. */
typedef struct {
    /* When the team is ready to leave, with the fewest doors. */
    double leave;
    /* Seconds of waiting: before setup, and after the doors until the rest may begin. */
    double waiting, waiting_after;
    /* Most seconds of further doors: at nodes before this one; up to the rest, with this one; and
       beside those that are done while waiting. */
    double before, until_rest, spare;
} VisitTimes;

/* Time the visit of a node; false where it is not possible.
 *
 * Further doors before the rest delay it, and there are no more of them than let it begin in time.
 */
static bool time_visit(const Network *n, double arrive, int64_t j, int resting, VisitTimes *t) {
    const double latest = n->work_end - n->home[j], closes = n->closes[j];
    const double rest_at = max_real(arrive, n->rest_from);
    if (resting != NO_REST && rest_at > n->rest_until + TOLERANCE) return false;
    const double delay = resting == BEFORE ? n->rest : 0.0;
    const double begin = max_real((resting == BEFORE ? rest_at : arrive) + delay, n->opens[j]);
    const double done = begin + n->lasts[j];
    double end = done;
    *t = (VisitTimes){.leave = done, .waiting = begin - arrive - delay, .before = LONGEST,
                      .until_rest = LONGEST};
    if (resting == BEFORE || resting == INSIDE) t->before = n->rest_until - arrive;
    if (resting == AFTER || resting == INSIDE) {
        if ((resting == AFTER ? done : begin) > n->rest_until + TOLERANCE) return false;
        t->waiting_after = max_real(0.0, n->rest_from - done);
        t->leave += t->waiting_after + n->rest;
    }
    t->spare = min_real(latest, closes) - t->leave;
    if (resting == AFTER) {
        t->until_rest = min_real(closes, n->rest_until) - done;
        t->spare = min_real(latest - t->leave, closes - done - t->waiting_after);
    } else {
        end = t->leave;
    }
    return end <= closes + TOLERANCE && t->leave <= latest + TOLERANCE;
}

/* Extend a label or start to a node, with a rest or not. False where there is no capacity for
   another label. */
static bool extend_to(Construction *c, const Origin *origin, int64_t j, int resting) {
    const Network *n = c->network;
    VisitTimes t;
    if (!time_visit(n, origin->ready + origin->drive[j], j, resting, &t)) return true;
    if (c->made == c->pool->capacity || c->blocks == c->pool->block_capacity) return false;
    c->tried++;
    Label *label = label_at(c->pool, c->made), *parent = origin->parent;
    label->ready = t.leave;
    label->driven = origin->driven + origin->drive[j];
    label->reward = origin->reward - n->drive_cost * origin->drive[j];
    label->node = (int32_t)j;
    label->parent = origin->number;
    label->stops = origin->stops + 1;
    label->rested = origin->rested || resting != NO_REST;
    label->dominated = 0;
    Piece *piece = pieces_of(n, label);
    int count = 0;
    if (parent != NULL)
        count = hand_on_pieces(n, pieces_of(n, parent), parent->pieces, label, t.waiting, t.before);
    label->reward += n->prize[j];
    uint64_t *odd = odd_of(n, label), *visited = visited_of(label);
    for (int64_t word = 0; word < n->cut_words; word++) {
        uint64_t before = parent != NULL ? odd_of(n, parent)[word] : 0;
        uint64_t major = n->major[j * n->cut_words + word];
        label->reward -= duals_of(n, before & major, word);
        odd[word] = before ^ major;
    }
    count = add_piece(n, piece, count, j);
    if (t.waiting_after > 0.0 || (resting == AFTER && n->rest_until < n->work_end))
        count = hand_on_pieces(n, piece, count, label, t.waiting_after, t.until_rest);
    limit_pieces(n, label, count, t.spare);
    if (n->bounded && !can_reach_threshold(n, label)) return true;
    for (int64_t word = 0; word < n->ng_words; word++)
        visited[word] = parent != NULL ? visited_of(parent)[word] & n->near[j * n->ng_words + word]
                                       : 0;
    visited[n->bit[j] / 64] |= (uint64_t)1 << (n->bit[j] % 64);
    int bucket = (int)min64(BUCKETS - 1, (int64_t)((t.leave - n->work_start) / c->bucket_seconds));
    if (is_dominated(n, c->pool, label, bucket, c->exact)) return true;
    list_label(c, label, bucket);
    if (label->rested) end_day(n, c->pool, label, (int32_t)c->made);
    c->made++;
    return true;
}

/* Extend a label or start to all nodes; false where capacity does not suffice. */
static bool extend(Construction *c, const Origin *origin) {
    const Network *n = c->network;
    /* A rest inside doors is of use only where it could begin too late after them. */
    const int most_places = n->rest_until < n->work_end ? PLACES_OF_REST : INSIDE;
    if (origin->stops == n->nodes) return true;
    for (int64_t j = 0; j < n->nodes; j++) {
        if (origin->driven + origin->drive[j] + n->home[j] > n->drive_limit) continue;
        if (origin->parent != NULL) {
            /* A label may be dominated by one of its own extensions. */
            if (origin->parent->dominated) return true;
            if (visited_of(origin->parent)[n->bit[j] / 64] >> (n->bit[j] % 64) & 1) continue;
        }
        for (int resting = NO_REST; resting < (origin->rested ? 1 : most_places); resting++)
            if (!extend_to(c, origin, j, resting)) return false;
    }
    return true;
}

API int64_t label_bytes(int64_t ng_words, int64_t cut_words) {
    return (int64_t)(sizeof(Label) + 8 * (ng_words + cut_words) + PIECES * sizeof(Piece));
}

API int64_t block_bytes(void) { return (int64_t)sizeof(Block); }

API int64_t blocks_for(int64_t nodes, int64_t labels) {
    return 2 * BUCKETS * nodes + labels / BLOCK_LABELS + 1;
}

API int64_t extend_labels(const Network *n, LabelPool *pool, bool exact, int64_t most,
                          const int8_t *stop) {
    Construction c = {.network = n, .pool = pool, .exact = exact};
    c.bucket_seconds = max_real((n->work_end - n->work_start) / (BUCKETS - 1), TOLERANCE);
    for (int b = 0; b < BUCKETS; b++) c.first[b] = c.last[b] = -1;
    for (int64_t row = 0; row < n->nodes * 2; row++) pool->filled[row] = 0;
    for (int64_t list = 0; list < n->nodes * 2 * BUCKETS; list++) {
        pool->head[list] = -1;
        pool->most_before[list] = NOTHING;
        pool->least_after[list] = -NOTHING;
    }
    for (int64_t k = 0; k < n->nodes * n->ends; k++) {
        pool->value[k] = NOTHING;
        pool->best[k] = -1;
    }
    for (int64_t start = 0; start < n->starts; start++) {
        Origin origin = {.number = (int32_t)(-1 - start), .rested = n->rest <= 0.0,
                         .ready = n->work_start, .reward = n->bonus[start],
                         .drive = n->out + start * n->nodes};
        if (!extend(&c, &origin)) return CAPACITY_EXCEEDED;
    }
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
        for (int32_t number = c.first[bucket]; number >= 0;) {
            if (*(const volatile int8_t *)stop != 0 || c.tried > most) return STOPPED;
            Label *label = label_at(pool, number);
            Origin origin = {.parent = label, .number = number, .stops = label->stops,
                             .rested = label->rested, .ready = label->ready,
                             .reward = label->reward, .driven = label->driven,
                             .drive = n->drive + label->node * n->nodes};
            if (!label->dominated && !extend(&c, &origin)) return CAPACITY_EXCEEDED;
            number = label->next;
        }
    }
    return c.made;
}

API int64_t trace_label(const LabelPool *pool, int64_t number, int64_t capacity, int32_t *nodes) {
    int64_t count = 0;
    while (number >= 0) {
        if (count + 1 >= capacity) return CAPACITY_EXCEEDED;
        const Label *label = label_at(pool, number);
        nodes[count++] = label->node;
        number = label->parent;
    }
    nodes[count] = (int32_t)(-1 - number);
    return count;
}
