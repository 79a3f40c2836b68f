/* Contraction hierarchy: order, fill-in, customization and many-to-many searches.
 *
 * Geisberger, Sanders, Schultes and Delling 2008, Contraction Hierarchies, WEA.
 * Delling, Goldberg, Nowatzyk and Werneck 2011, PHAST, IPDPS; and Delling, Goldberg and Werneck
 * 2011, Faster Batched Shortest Paths in Road Networks (RPHAST), ATMOS.
 * Dibbelt, Strasser and Wagner 2016, Customizable Contraction Hierarchies, ACM JEA 21.
 * Amestoy, Davis and Duff 1996, An Approximate Minimum Degree Ordering Algorithm, SIAM J. Matrix
 * Anal. Appl. 17; and Davis 2005, Algorithm 849, ACM TOMS 31, for order and fill-in.
 */
#include "base.h"

static const double UNREACHABLE = __builtin_inf();

/* Order */

/* Sort both ends of all edges by the node at the other end; leave out loops and repetitions. */
API void list_neighbours(const Graph *graph, int64_t *begins, int32_t *neighbours,
                         int64_t *listed) {
    const int32_t size = graph->node_count;
    int64_t *end = listed;  /* of each node's list so far */
    for (int32_t node = 0; node <= size; node++) begins[node] = 0;
    for (int32_t node = 0; node < size; node++) {
        begins[node + 1] += graph->begins[node + 1] - graph->begins[node];
        for (int64_t edge = graph->begins[node]; edge < graph->begins[node + 1]; edge++)
            begins[graph->heads[edge] + 1]++;
    }
    for (int32_t node = 0; node < size; node++) {
        begins[node + 1] += begins[node];
        end[node] = begins[node];
    }
    for (int32_t node = 0; node < size; node++) {
        for (int64_t edge = graph->begins[node]; edge < graph->begins[node + 1]; edge++) {
            const int32_t head = graph->heads[edge];
            neighbours[end[node]++] = head;
            neighbours[end[head]++] = node;
        }
    }
    /* From here on, `listed` has the last node in whose list each node is. */
    int64_t from = 0, used = 0;
    for (int32_t node = 0; node < size; node++) listed[node] = -1;
    for (int32_t node = 0; node < size; node++) {
        const int64_t to = begins[node + 1];
        begins[node] = used;
        listed[node] = node;
        for (; from < to; from++) {
            const int32_t other = neighbours[from];
            if (listed[other] == node) continue;
            listed[other] = node;
            neighbours[used++] = other;
        }
    }
    begins[size] = used;
}

/* A node is not contracted; or it is, and also stands for the clique of its higher neighbours; or
 * this clique is part of its parent's.
 */
enum { REMAINING, CLIQUE, ABSORBED };

/* The graph of the remaining nodes: a quotient graph, in which cliques stand for shortcuts, so that
 * it never grows (George and Liu 1989, SIAM Review 31).
 */
typedef struct {
    int32_t node_count;
    /* (nodes + 1,), (nodes,), (neighbours,): the list of a node begins at begins[node]. */
    const int64_t *begins;
    QuotientNode *nodes;
    QuotientEntry *entries;
    /* (nodes,): first node of each priority, -1 for none. No node has a lower one than `least`. */
    int32_t *queue, least;
    /* (nodes,): neighbours of the node contracted last. */
    int32_t *neighbours;
} Quotient;

/* Add a node to the queue. */
static void push(Quotient *graph, int32_t node, int64_t degree) {
    QuotientNode *own = &graph->nodes[node];
    own->priority = (int32_t)min64(degree + own->height / 4, graph->node_count - 1);
    own->previous = -1;
    own->next = graph->queue[own->priority];
    if (own->next >= 0) graph->nodes[own->next].previous = node;
    graph->queue[own->priority] = node;
    graph->least = min32(graph->least, own->priority);
}

/* Remove a node from the queue. */
static void take_out(Quotient *graph, int32_t node) {
    const QuotientNode *own = &graph->nodes[node];
    if (own->previous >= 0) graph->nodes[own->previous].next = own->next;
    else graph->queue[own->priority] = own->next;
    if (own->next >= 0) graph->nodes[own->next].previous = own->previous;
}

/* Remove a node of the lowest priority, the one added last, and return it. */
static int32_t take_least(Quotient *graph) {
    while (graph->queue[graph->least] < 0) graph->least++;
    const int32_t node = graph->queue[graph->least];
    take_out(graph, node);
    return node;
}

/* Add to the neighbours of the contracted node, unless it is there. */
static inline void add_neighbour(Quotient *graph, int32_t node, int32_t neighbour) {
    if (graph->nodes[neighbour].neighbour_of == node) return;
    graph->nodes[neighbour].neighbour_of = node;
    graph->neighbours[graph->nodes[node].size++] = neighbour;
}

/* Make a clique of the neighbours of a node; it absorbs the cliques that the node was in. */
static void contract(Quotient *graph, int32_t node) {
    QuotientNode *nodes = graph->nodes;
    nodes[node].state = CLIQUE;
    nodes[node].neighbour_of = node;
    for (int64_t at = graph->begins[node]; at < graph->begins[node + 1]; at++) {
        const int32_t other = graph->entries[at].neighbour;
        if (other < 0) continue;
        if (nodes[other].state == REMAINING) {
            add_neighbour(graph, node, other);
            continue;
        }
        for (int64_t n = nodes[other].first_entry; n >= 0; n = graph->entries[n].next)
            add_neighbour(graph, node, graph->entries[n].owner);
        nodes[other].state = ABSORBED;
        nodes[other].parent = node;
    }
}

/* Count one neighbour of the contracted node out of the other cliques that it is in. */
static void count_outside(Quotient *graph, int32_t node, int32_t neighbour) {
    for (int64_t at = graph->begins[neighbour]; at < graph->begins[neighbour + 1]; at++) {
        const int32_t clique = graph->entries[at].neighbour;
        if (clique < 0 || clique == node || graph->nodes[clique].state != CLIQUE) continue;
        QuotientNode *compared = &graph->nodes[clique];
        if (compared->compared_to != node) compared->outside = compared->size;
        compared->compared_to = node;
        compared->outside--;
    }
}

/* Replace what the clique of a contracted node covers in the list of a neighbour, and return the
 * neighbour's degree; what other cliques have in common counts twice (the approximate degree of
 * Amestoy et al. 1996).
 */
static int64_t join_clique(Quotient *graph, int32_t node, int32_t neighbour) {
    QuotientNode *nodes = graph->nodes;
    int64_t degree = nodes[node].size - 1;
    bool joined = false;
    for (int64_t at = graph->begins[neighbour]; at < graph->begins[neighbour + 1]; at++) {
        QuotientEntry *entry = &graph->entries[at];
        const int32_t other = entry->neighbour;
        if (other < 0) continue;
        if (other == node || nodes[other].state == ABSORBED) {
            entry->neighbour = joined ? -1 : node;
            if (joined) continue;
            joined = true;
            entry->next = nodes[node].first_entry;
            nodes[node].first_entry = at;
        } else if (nodes[other].state == CLIQUE) {
            degree += nodes[other].outside;
        } else if (nodes[other].neighbour_of == node) {
            entry->neighbour = -1;
        } else {
            degree++;
        }
    }
    return degree;
}

/* Rank nodes in a postorder: from the last node contracted to the first, each subtree takes the
 * highest ranks that are left of its parent's subtree.
 */
static void rank_nodes(const Quotient *graph, const int32_t *order, int32_t *rank, int32_t *parent,
                       int32_t *first, int32_t *arc_count) {
    const QuotientNode *nodes = graph->nodes;
    int32_t *subtree = graph->queue, *end = graph->neighbours, end_of_roots = graph->node_count;
    for (int32_t node = 0; node < graph->node_count; node++) subtree[node] = 1;
    for (int32_t n = 0; n < graph->node_count; n++) {
        const int32_t above = nodes[order[n]].parent;
        if (above >= 0) subtree[above] += subtree[order[n]];
    }
    for (int32_t n = graph->node_count - 1; n >= 0; n--) {
        const int32_t node = order[n], above = nodes[node].parent;
        int32_t *end_above = above >= 0 ? &end[above] : &end_of_roots;
        const int32_t own = *end_above - 1;
        *end_above -= subtree[node];
        rank[node] = end[node] = own;
        parent[own] = above >= 0 ? rank[above] : -1;
        first[own] = *end_above;
        arc_count[own] = nodes[node].size;
    }
}

/* Contract nodes of low degree first, and so that the elimination tree stays low: a quarter of the
 * height below a node is added to its degree (Geisberger et al. 2008 weigh the depth likewise). The
 * order depends on the graph and not on its costs (Dibbelt et al. 2016).
 */
API void order_nodes(int32_t node_count, const int64_t *begins, const int32_t *neighbours,
                     QuotientNode *nodes, QuotientEntry *entries, int32_t *lists, int32_t *rank,
                     int32_t *parent, int32_t *first, int32_t *arc_count) {
    int32_t *queue = lists, *order = lists + 2 * (int64_t)node_count;
    Quotient graph = {node_count, begins, nodes, entries, queue, 0, lists + node_count};
    for (int32_t node = 0; node < node_count; node++) queue[node] = -1;
    for (int32_t node = 0; node < node_count; node++) {
        nodes[node] = (QuotientNode){
            .first_entry = -1, .parent = -1, .neighbour_of = -1, .compared_to = -1};
        for (int64_t at = begins[node]; at < begins[node + 1]; at++)
            entries[at] = (QuotientEntry){.next = -1, .neighbour = neighbours[at], .owner = node};
        push(&graph, node, begins[node + 1] - begins[node]);
    }
    for (int32_t n = 0; n < node_count; n++) {
        const int32_t node = order[n] = take_least(&graph);
        contract(&graph, node);
        const int32_t *end = graph.neighbours + nodes[node].size;
        for (const int32_t *one = graph.neighbours; one < end; one++)
            count_outside(&graph, node, *one);
        for (const int32_t *one = graph.neighbours; one < end; one++) {
            take_out(&graph, *one);
            nodes[*one].height = max32(nodes[*one].height, nodes[node].height + 1);
            push(&graph, *one, join_clique(&graph, node, *one));
        }
    }
    rank_nodes(&graph, order, rank, parent, first, arc_count);
}

/* Fill-in and customization */

/* Make each node a higher neighbour of all nodes on the paths up the tree to it from its lower
 * neighbours in the graph (Davis 2005).
 */
API void fill_in(const int64_t *begins, const int32_t *neighbours, const int32_t *rank,
                 Hierarchy *hierarchy, int32_t *lists) {
    const int32_t size = hierarchy->node_count;
    int32_t *node_at = lists, *seen = node_at + size, *filled = seen + size;
    for (int32_t node = 0; node < size; node++) {
        node_at[rank[node]] = node;
        seen[node] = -1;
        filled[node] = 0;
    }
    for (int32_t high = 0; high < size; high++) {
        const int32_t node = node_at[high];
        seen[high] = high;
        for (int64_t at = begins[node]; at < begins[node + 1]; at++) {
            int32_t low = rank[neighbours[at]];
            for (; low < high && seen[low] != high; low = hierarchy->parent[low]) {
                seen[low] = high;
                hierarchy->heads[hierarchy->offsets[low] + filled[low]++] = high;
            }
        }
    }
}

/* Lower the time and length of an arc to those of a path, if the path takes less. */
static inline void lower(ArcCost *arc, double time, double length) {
    if (time < arc->time || (time == arc->time && length < arc->length))
        *arc = (ArcCost){time, length};
}

/* Return the position of the arc between two nodes, by binary search. */
static int64_t find_arc(const Hierarchy *hierarchy, int32_t low, int32_t high) {
    int64_t begin = hierarchy->offsets[low], end = hierarchy->offsets[low + 1];
    while (end - begin > 1) {
        const int64_t middle = begin + (end - begin) / 2;
        if (hierarchy->heads[middle] <= high) begin = middle;
        else end = middle;
    }
    return begin;
}

/* Give each arc the costs of the fastest path by way of lower nodes: those of the edge, if there is
 * one, then those of each lower triangle (Dibbelt et al. 2016, basic customization).
 */
API void customize(const Graph *graph, const int32_t *rank, Hierarchy *hierarchy) {
    const int64_t *offsets = hierarchy->offsets;
    const int32_t *heads = hierarchy->heads;
    ArcCost *up = hierarchy->up, *down = hierarchy->down;
    for (int64_t arc = 0; arc < offsets[hierarchy->node_count]; arc++)
        up[arc] = down[arc] = (ArcCost){UNREACHABLE, UNREACHABLE};
    for (int32_t node = 0; node < graph->node_count; node++) {
        const int32_t tail = rank[node];
        for (int64_t edge = graph->begins[node]; edge < graph->begins[node + 1]; edge++) {
            const int32_t head = rank[graph->heads[edge]];
            if (head == tail) continue;
            const int64_t arc = find_arc(hierarchy, min32(tail, head), max32(tail, head));
            lower(tail < head ? &up[arc] : &down[arc], graph->microseconds[edge],
                  (double)graph->millimetres[edge]);
        }
    }
    for (int32_t node = 0; node < hierarchy->node_count; node++) {
        for (int64_t one = offsets[node]; one < offsets[node + 1]; one++) {
            int64_t arc = offsets[heads[one]];
            const ArcCost to_one = up[one], from_one = down[one];
            for (int64_t other = one + 1; other < offsets[node + 1]; other++) {
                while (heads[arc] < heads[other]) arc++;
                const ArcCost to_other = up[other], from_other = down[other];
                lower(&up[arc], from_one.time + to_other.time, from_one.length + to_other.length);
                lower(&down[arc], from_other.time + to_one.time, from_other.length + to_one.length);
            }
        }
    }
}

/* Searches */

/* Select the part that searches between some nodes need (Delling et al. 2011, RPHAST). */
API void number_ancestors(const Hierarchy *hierarchy, const int32_t *nodes, int32_t count,
                          int32_t *number, int64_t *size) {
    int32_t node_count = 0;
    int64_t arc_count = 0;
    for (int32_t node = 0; node < hierarchy->node_count; node++) number[node] = -1;
    for (int32_t n = 0; n < count; n++) number[nodes[n]] = 0;
    for (int32_t node = 0; node < hierarchy->node_count; node++) {
        if (number[node] < 0) continue;
        number[node] = node_count++;
        arc_count += hierarchy->offsets[node + 1] - hierarchy->offsets[node];
        if (hierarchy->parent[node] >= 0) number[hierarchy->parent[node]] = 0;
    }
    size[0] = node_count;
    size[1] = arc_count;
}

/* Copy that part. */
API void copy_numbered(const Hierarchy *whole, const int32_t *number, Hierarchy *part) {
    part->offsets[0] = 0;
    for (int32_t node = 0; node < part->node_count; node++) part->first[node] = node;
    for (int32_t node = 0; node < whole->node_count; node++) {
        const int32_t own = number[node];
        if (own < 0) continue;
        const int32_t parent = whole->parent[node] >= 0 ? number[whole->parent[node]] : -1;
        part->parent[own] = parent;
        if (parent >= 0) part->first[parent] = min32(part->first[parent], part->first[own]);
        int64_t to = part->offsets[own];
        for (int64_t arc = whole->offsets[node]; arc < whole->offsets[node + 1]; arc++, to++) {
            part->heads[to] = number[whole->heads[arc]];
            part->up[to] = whole->up[arc];
            part->down[to] = whole->down[arc];
        }
        part->offsets[own + 1] = to;
    }
}

/* Two numbers that the processor works on at once, and the result of comparing them. */
typedef double Pair __attribute__((vector_size(16), aligned(8)));
typedef int64_t Mask __attribute__((vector_size(16), aligned(8)));

enum { PAIRS = LANES / 2 };

static const double LENGTH_LIMIT = 0x1p53;  /* in millimetres */

/* Costs from the sources of one sweep to a node. */
typedef struct {
    Pair time[PAIRS];
    Pair complement[PAIRS];  /* LENGTH_LIMIT - length: what a mask makes 0 is the worst */
} Costs;

/* Set all lanes to unreachable. */
static inline void clear(Costs *costs) {
    for (int n = 0; n < PAIRS; n++) {
        costs->time[n] = (Pair){UNREACHABLE, UNREACHABLE};
        costs->complement[n] = (Pair){0, 0};
    }
}

/* Return one number where the mask is set, and the other elsewhere. */
static inline Pair select(Mask mask, Pair one, Pair other) {
    return (Pair)((mask & (Mask)one) | (~mask & (Mask)other));
}

/* Lower the costs of a node to those of the tail of an arc plus the arc's, in each lane where the
 * time is less, or equal and the length less.
 */
static inline void relax(Costs *costs, const Costs *tail, ArcCost arc) {
    for (int n = 0; n < PAIRS; n++) {
        const Pair old_time = costs->time[n], new_time = tail->time[n] + arc.time;
        const Mask less = new_time < old_time, not_more = new_time <= old_time;
        const Pair old = (Pair)(~less & (Mask)costs->complement[n]);
        const Pair new = (Pair)(not_more & (Mask)(tail->complement[n] - arc.length));
        costs->time[n] = select(less, new_time, old_time);
        costs->complement[n] = select(new > old, new, old);
    }
}

/* Return whether the time is within the limit in any lane. */
static inline bool any_within(const Costs *costs, double limit) {
    Mask within = {0, 0};
    for (int n = 0; n < PAIRS; n++) within |= costs->time[n] <= limit;
    return within[0] | within[1];
}

/* Search upward from up to LANES sources: relax the upward arcs of all their ancestors in ascending
 * order (Dibbelt et al. 2016).
 */
static void climb(const Hierarchy *hierarchy, const int32_t *sources, int32_t count, double limit,
                  Costs *costs, bool *near, bool *climbed) {
    const int32_t size = hierarchy->node_count;
    for (int32_t node = 0; node < size; node++) near[node] = climbed[node] = false;
    for (int32_t lane = 0; lane < count; lane++) {
        for (int32_t node = sources[lane]; node >= 0 && !climbed[node];
             node = hierarchy->parent[node]) {
            climbed[node] = true;
            clear(&costs[node]);
        }
        costs[sources[lane]].time[lane / 2][lane % 2] = 0;
        costs[sources[lane]].complement[lane / 2][lane % 2] = LENGTH_LIMIT;
    }
    for (int32_t node = sources[0]; node < size; node++) {
        if (!climbed[node] || !any_within(&costs[node], limit)) continue;
        near[node] = true;
        for (int64_t arc = hierarchy->offsets[node]; arc < hierarchy->offsets[node + 1]; arc++)
            relax(&costs[hierarchy->heads[arc]], &costs[node], hierarchy->up[arc]);
    }
}

/* Relax all downward arcs in descending order, in all lanes at once (Delling et al. 2011, PHAST).
 * Only arcs from the higher neighbours of its root lead into a subtree: where these neighbours are
 * beyond the limit, and no source is in the subtree, it is left out.
 */
static void sweep(const Hierarchy *hierarchy, double limit, Costs *costs, bool *near,
                  const bool *climbed) {
    for (int32_t node = hierarchy->node_count - 1; node >= 0; node--) {
        Costs own;
        bool reached = climbed[node];
        if (reached) own = costs[node];
        else clear(&own);
        for (int64_t arc = hierarchy->offsets[node]; arc < hierarchy->offsets[node + 1]; arc++) {
            const int32_t head = hierarchy->heads[arc];
            if (!near[head]) continue;
            relax(&own, &costs[head], hierarchy->down[arc]);
            reached = true;
        }
        if (!reached) {
            node = hierarchy->first[node];
            continue;
        }
        costs[node] = own;
        near[node] = any_within(&own, limit);
    }
}

/* Search from LANES sources at a time, upward, then downward, and read off the targets. */
API void many_to_many(const Hierarchy *hierarchy, const int32_t *sources, int32_t source_count,
                      const int32_t *targets, int32_t target_count, double limit, double *costs,
                      bool *near, bool *climbed, int64_t *microseconds, int64_t *millimetres) {
    Costs *of_node = (Costs *)costs;
    for (int32_t from = 0; from < source_count; from += LANES) {
        const int32_t count = min32(LANES, source_count - from);
        climb(hierarchy, sources + from, count, limit, of_node, near, climbed);
        sweep(hierarchy, limit, of_node, near, climbed);
        for (int32_t lane = 0; lane < count; lane++) {
            const int64_t row = (int64_t)(from + lane) * target_count;
            for (int32_t n = 0; n < target_count; n++) {
                const Costs *found = &of_node[targets[n]];
                const double time = found->time[lane / 2][lane % 2];
                const double length = LENGTH_LIMIT - found->complement[lane / 2][lane % 2];
                const bool within = near[targets[n]] && time <= limit;
                microseconds[row + n] = within ? (int64_t)time : -1;
                millimetres[row + n] = within ? (int64_t)length : -1;
            }
        }
    }
}
