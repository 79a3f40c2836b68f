/* The native library: inner loops of the planner and of the roads' contraction hierarchy.
 *
 * This header is read twice: by the compiler, and by routeplan/native/__init__.py, which makes
 * ctypes' structures and functions of it. It holds only comments, integer constants, structures of
 * numbers and pointers, and functions marked API. Shapes are those of C-contiguous numpy arrays.
 * The caller owns all memory; no function allocates any, keeps a pointer, or has state of its own.
 * A function that may run out of capacity returns CAPACITY_EXCEEDED.
 */
#ifndef ROUTEPLAN_H
#define ROUTEPLAN_H

/* Returned where more was to be stored than there is capacity for. */
#define CAPACITY_EXCEEDED (-9223372036854775807)
/* Returned by a search that was told to stop, or that tried as many labels as it may. */
#define STOPPED (-2)

/* Copy the SHA-256 of the sources, shape (65,), a text that ends in 0. */
API void copy_source_hash(uint8_t *text);

/* Return the bytes of a structure of this header, by its position in it; 0 for none. */
API int64_t struct_bytes(int64_t position);

/* ---- Planner: the problem and plans as arrays ----
 *
 * Villages, places, vehicles, teams, days and shifts are numbered from 0; a shift is one team on
 * one day, and shifts of one team follow each other in the order of days. Times of day are seconds
 * after midnight, at most LONGEST; a duration of INFINITE_SECONDS stands for "never" and "no road",
 * and several of them still add up in 32 bits.
 */
#define INFINITE_SECONDS 268435456
#define LONGEST 134217728

/* What is to be known of a village. */
typedef struct {
    /* Place, households, fewest and most households of a visit, seconds of setup. */
    int32_t at, households, fewest, most, setup;
    /* Whether a visit reaches all households or none; whether one must be made. */
    int8_t whole, required;
    int16_t unused;
    /* Value of a household. */
    double weight;
} Village;

/* When setup may begin and doors must end; closed where a village opens after it closes. */
typedef struct {
    int32_t opens, closes;
} DoorWindow;

/* h households take ceil(h * num / den) seconds at doors. */
typedef struct {
    int32_t num, den;
} Pace;

/* A problem as arrays, read only. */
typedef struct {
    int64_t vehicles, places, villages, teams, days, shifts;
    /* Rows of `windows`, and lengths of `required_villages`, `overnight_places` and of a row of
       `near`. */
    int64_t window_sets, required_count, overnight_count, near_count;
    /* Seconds of rest on a day with visits, from when until when it may begin, and most seconds of
       driving on a day. */
    int64_t rest, rest_from, rest_until, drive_limit;
    /* Cost of a second of driving, in weighted households. */
    double drive_cost;
    /* Rows of `bonus`, and number of districts. */
    int64_t bonus_sets, districts;
    /* (vehicles, places, places): driving seconds from a place (row) to a place, and the same
       transposed, to a place (row) from a place. */
    const int32_t *drive, *drive_to;
    /* (shifts,): vehicle, day, rows of `windows` and of `paces`; shifts of one class can drive the
       same routes. */
    const int32_t *vehicle, *day, *window_set, *pace_set, *shift_class;
    /* (shifts,): working hours. */
    const int32_t *work_start, *work_end;
    /* (shifts,): place where the team begins its first shift, and where it has its own beds. */
    const int32_t *start, *home;
    /* (shifts,): whether a shift is its team's first or last, or must not be changed. */
    const bool *first, *last, *fixed;
    /* (shifts,): the night after a shift lasts until day `until` and is `nights` nights long; the
       team may be away for `nights_away` nights in a row. */
    const int32_t *until, *nights, *nights_away;
    /* (villages,), (window_sets, villages), (pace_sets, villages). */
    const Village *village;
    const DoorWindow *windows;
    const Pace *paces;
    /* (places,): teams that can sleep there in a night, those at their own home aside. */
    const int32_t *beds;
    /* (required_count,), (overnight_count,): required villages, and places with beds. */
    const int32_t *required_villages, *overnight_places;
    /* (villages, near_count): nearest villages by driving there and back, itself first. */
    const int32_t *near;
    /* (shifts,): row of `bonus`, -1 for none; (bonus_sets, villages): value of a visit by itself. */
    const int32_t *bonus_set;
    const double *bonus;
    /* (villages,): district, -1 for none; (districts,): fewest households to be reached there. */
    const int32_t *district, *floors;
} Instance;

/* Visits and overnight places of all shifts. */
typedef struct {
    /* Stops that a shift can have. */
    int64_t stop_capacity;
    /* (shifts, stop_capacity): villages in the order of visits, and households reached there. */
    int32_t *village, *reached;
    /* (shifts,): number of stops, and the place where the shift ends. */
    int32_t *stops, *end;
} Tours;

/* What is left of a village: households that no visit reaches, number of visits, and the first of
   the list of its visitors, -1 for none. */
typedef struct {
    int32_t left, visits, first_visitor, unused;
} Remainder;

/* Before each stop of a shift, and after the last one: the earliest time at which the team can leave
   for it, and the latest time at which it must arrive there (at the shift's end after the last stop);
   each with the rest still to come, and with the rest taken. */
typedef struct {
    int32_t ready_before_rest, ready_after_rest, latest_before_rest, latest_after_rest;
} Slack;

/* A solution in the making: tours, and what is counted and timed of them. */
typedef struct {
    /* As in Tours. */
    int64_t stop_capacity;
    int32_t *village, *reached, *stops, *end;
    /* (villages,). */
    Remainder *remainder;
    /* (shifts * stop_capacity,): nodes of the lists of visitors: a shift, and the next node; nodes
       in no list form one of their own. */
    int32_t *visitor, *next_visitor;
    /* (1,): first of the nodes in no list. */
    int32_t *free_visitor;
    /* (villages, days): households reached; (districts,): and of each district. */
    int32_t *reached_on, *reached_in;
    /* (places, days): beds used in the night after a day, those of teams at home aside. */
    int32_t *beds_used;
    /* (shifts, stop_capacity + 1). */
    Slack *slack;
    /* (shifts, stop_capacity): seconds of setup and doors at each stop. */
    int32_t *duration;
    /* (shifts,): seconds of driving. */
    int64_t *driven;
} Solution;

/* What ruin and recreate may do; routeplan/planner/ruin_and_recreate has the values. */
typedef struct {
    /* Shares of the iterations that force villages into a shift, swap tails of two shifts, clear
       consecutive shifts of a team, and remove villages around one; the others remove strings of
       stops. */
    double forced, tails, whole_shifts, near_villages;
    /* Most shifts, villages, strings and forced villages at once, and the longest string. */
    int64_t most_shifts, most_villages, most_strings, most_forced;
    double longest;
    /* Share of the overnight places after changed shifts that are chosen anew. */
    double nights;
    /* Cost of a second of driving, in weighted households. */
    double driving;
    /* Share of villages without households left that are taken from other shifts to be forced into
       one. */
    double taken_away;
    /* Share of the iterations after which 2-opt and or-opt shorten the changed shifts. */
    double shortened;
} RuinParameters;

/* A gap between two stops of a shift: where the rows of `drive` from the place before and of
   `drive_to` to the place after begin, the drive between, and the most seconds that a visit in the
   gap may take, detour and setup included. */
typedef struct {
    int32_t from, to, leg, limit;
} Gap;

/* The best insertion of a village into a shift. */
typedef struct {
    int32_t village, position, households, unused;
    double score;
} Insertion;

/* Memory of one search by ruin and recreate. */
typedef struct {
    /* Lengths of a shift's lists of insertions and of candidate villages, and of the tables below. */
    int64_t insertion_capacity, candidate_count, cached_pairs;
    int64_t noise_bits, power_count, power_households, weight_count, threshold_count;
    /* (2,): state of the random numbers, never 0; and the seed of an iteration's noise. */
    uint64_t *random;
    /* (shifts,) and (1,): shifts changed in this iteration, in order, and how many; (shifts,): the
       position of each in that order, -1 where it is unchanged. */
    int32_t *changed, *changed_count, *changed_position;
    /* Tours and driving of the changed shifts as they were, by shift; as in Tours and Solution. */
    int32_t *old_village, *old_reached, *old_stops, *old_end;
    int64_t *old_driven;
    /* (shifts, insertion_capacity), rows by position in `changed`. */
    Insertion *insertion;
    /* (shifts,), by position in `changed`: number of insertions, and the best of them, -1 for none. */
    int32_t *insertion_count, *best_insertion;
    /* (cached_pairs, 3), (cached_pairs, candidate_count): a cache of candidate villages, nearest
       first, by vehicle, start and end of a shift; -1 for a row without. */
    int32_t *pair, *candidates;
    /* (villages,): scratch memory of sorting. */
    int64_t *key;
    /* (stop_capacity + 1,): gaps of the shift in hand, before each stop and after the last one. */
    Gap *gap;
    /* (2 ** noise_bits,): random factors of gains, and the same for trimming. */
    const double *noise, *trim_noise;
    /* (power_count, power_households + 1): what so many households count for. */
    const double *power;
    /* (weight_count,): weights of a second of detour against a second of a visit. */
    const double *detour_weight;
    /* (threshold_count,): quantiles of the exponential distribution. */
    const double *threshold;
    /* (shifts,) and (1,): shifts that differ from those of the incumbent, and how many; (shifts,):
       whether a shift is among them. */
    int32_t *differing, *differing_count;
    bool *differs;
    /* (3,) each: objective, seconds of driving, and required villages without a visit together with
       households that districts lack, of the solution and of the incumbent. */
    double *value, *best_value;
} Workspace;

/* Routes of good solutions, each at most a few times. */
typedef struct {
    int64_t capacity, stop_capacity, hash_bits;
    /* (1,): how many there are. */
    int32_t *size;
    /* (capacity,): shift, start, end and number of stops. */
    int32_t *shift, *start, *end, *stops;
    /* (capacity, stop_capacity): villages and households. */
    int32_t *village, *reached;
    /* (2 ** hash_bits,): hashes of routes that were seen. */
    uint64_t *seen;
} RoutePool;

/* Write the nearest villages of each by driving there and back with the fastest vehicle, itself
   first, into `near`, shape (villages, near_count); `key`, shape (villages,), is scratch memory. */
API void find_near_villages(const int32_t *drive, const int32_t *drive_to, int64_t vehicles,
                            int64_t places, const Village *village, int64_t villages,
                            int64_t near_count, int32_t *near, int64_t *key);

/* Count and time the tours that a solution has been given. */
API int64_t count_solution(const Instance *instance, Solution *solution);

/* Time a shift forward and backward; return whether it keeps all limits. */
API bool time_shift(const Instance *instance, Solution *solution, int64_t shift);

/* Return the most seconds that doors at a stop may take, the other stops as they are; below 0 where
   there is not even time for setup. The shift has been timed. */
API int64_t door_slack(const Instance *instance, const Solution *solution, int64_t shift,
                       int64_t position);

/* Reach more households at the stops of a shift, first to last. */
API void fill_shift(const Instance *instance, Solution *solution, int64_t shift);

/* Shorten the drive of a shift that keeps all limits; return whether it was shortened. */
API bool shorten_shift(const Instance *instance, Solution *solution, int64_t shift);

/* Give the stops of the only shift of an instance between `least` and `most` households, shape
   (stops,), where they pay best; `prize` is that of a household, shape (villages,). Return whether
   the shift keeps all limits. */
API bool share_households(const Instance *instance, Solution *solution, const int32_t *least,
                          const int32_t *most, const double *prize);

/* Fill the shifts of a solution greedily, `group` consecutive ones at a time. */
API void construct(const Instance *instance, Solution *solution, Workspace *workspace,
                   int64_t group);

/* Ruin and recreate `iterations` times at a temperature, in weighted households; routes of
   solutions that reach at most `margin` less than the incumbent go into the pool. */
API void anneal(const Instance *instance, Solution *solution, Tours *incumbent,
                Workspace *workspace, RoutePool *pool, const RuinParameters *parameters,
                int64_t iterations, double temperature, double margin);

/* ---- Planner: day routes by labelling ---- */

/* The pricing network of one day; nodes are visits, see routeplan/planner/branch_and_price/network.py. */
typedef struct {
    int64_t nodes, starts, ends, ng_words, cut_words, cuts, steps;
    /* (nodes, nodes), (starts, nodes), (nodes, ends): seconds of driving. */
    const double *drive, *out, *back;
    /* (nodes,): seconds to the nearest end, by way of other nodes where that is shorter. */
    const double *home;
    /* (starts,): reward of beginning there. */
    const double *bonus;
    /* (nodes,): when setup may begin and doors must end, and seconds of setup and the fewest
       households. */
    const double *opens, *closes, *lasts;
    /* (nodes,): reward of the visit with the fewest households; of a second of further doors, and
       how many seconds of them there are. */
    const double *prize, *rate, *length;
    /* (nodes,): bit of the node's village; one village may be several nodes. */
    const int32_t *bit;
    /* (nodes, ng_words): villages in the ng-set of each node, as bits. */
    const uint64_t *near;
    /* (nodes, cut_words), (cuts,): subset-row cuts that count the node, as bits, and the dual of
       each. */
    const uint64_t *major;
    const double *cost;
    /* (2, nodes, steps): completion bounds: the most that the rest of a day can bring after leaving
       a node, with the rest still to come and taken, by steps of the time left. */
    const double *completion;
    /* Labels that cannot come to a reward of `threshold` are dropped, if `bounded`. */
    double threshold;
    bool bounded;
    /* Seconds; the rest begins between `rest_from` and `rest_until`. */
    double work_start, work_end, rest, rest_from, rest_until, drive_limit;
    /* Cost of a second of driving. */
    double drive_cost;
    /* Seconds of one household where they are the same at all nodes, else 0. */
    double door;
} Network;

/* Labels, and what they lead to. */
typedef struct {
    /* Bytes of a label, at least label_bytes() and a multiple of 8; number of labels and of blocks,
       which are of block_bytes(). */
    int64_t stride, capacity, block_capacity;
    /* (capacity, stride), (block_capacity, block_bytes()): labels, and lists of them. */
    uint8_t *labels, *blocks;
    /* (nodes, 2, BUCKETS): first block of the labels of a node by whether the rest was taken and by
       the part of the day in which they are ready, -1 for none. */
    int32_t *head;
    /* (nodes, 2, BUCKETS): the most that any label brings in all that is ready in a part of the day
       or before, and the least of those that are ready then or after. */
    double *most_before, *least_after;
    /* (nodes, 2): which parts of the day have any label, as bits. */
    uint64_t *filled;
    /* (ends, nodes): reward of the best route to an end by its last node, and its label, -1 for
       none. */
    double *value;
    int32_t *best;
} LabelPool;

/* Parts of a day by which labels of a node are listed. */
#define BUCKETS 64
/* Pieces of a label's reward as a function of time. */
#define PIECES 10

/* Return the bytes that a label takes, and those of a block of labels. */
API int64_t label_bytes(int64_t ng_words, int64_t cut_words);
API int64_t block_bytes(void);

/* Return how many blocks suffice for so many labels. */
API int64_t blocks_for(int64_t nodes, int64_t labels);

/* Extend labels until none is left; return how many were made, CAPACITY_EXCEEDED, or STOPPED where
   `stop`, shape (1,), was set or more than `most` were tried. With `exact`, no route is lost by
   dominance; else the search is quick. */
API int64_t extend_labels(const Network *network, LabelPool *pool, bool exact, int64_t most,
                          const int8_t *stop);

/* Write the nodes of a label's route, last first, and the number of its start behind them; return
   how many nodes there are. `nodes` has room for `capacity` numbers. */
API int64_t trace_label(const LabelPool *pool, int64_t label, int64_t capacity, int32_t *nodes);

/* Bound what can be brought after leaving a node by the labels of the network driven backward,
   `made` of them; `from_node` is scratch memory of the shape of `completion`. */
API void bound_completions(const Network *network, const LabelPool *pool, int64_t made,
                           double *from_node, double *completion);

/* ---- Roads: contraction hierarchy ----
 *
 * Times are in microseconds and lengths in millimetres: whole numbers, held as doubles and exact
 * below 2^53; infinity stands for what is unreachable. Of equal times the shorter length counts.
 * Nodes of a hierarchy are numbered by rank, in a postorder of the elimination tree: a node comes
 * after all others of its subtree, which have consecutive numbers.
 */
/* Sources of one sweep. */
#define LANES 8

/* A directed graph. */
typedef struct {
    int32_t node_count;
    /* (nodes + 1,): position of the first edge from each node. */
    const int64_t *begins;
    /* (edges,): node at the end of each edge; its microseconds, which are finite, and
       millimetres. */
    const int32_t *heads;
    const double *microseconds;
    const int64_t *millimetres;
} Graph;

/* Costs of an arc. */
typedef struct {
    double time, length;
} ArcCost;

/* A contracted graph. */
typedef struct {
    int32_t node_count;
    /* (nodes,): the lowest higher neighbour, -1 for none; and the lowest node of the subtree. */
    int32_t *parent, *first;
    /* (nodes + 1,): position of the first arc of each node. */
    int64_t *offsets;
    /* (arcs,): higher neighbours of each node, ascending; costs of the upward arc to the neighbour
       and of the downward arc from it. */
    int32_t *heads;
    ArcCost *up, *down;
} Hierarchy;

/* A node while nodes are contracted, and the clique of its higher neighbours once it is. */
typedef struct {
    /* Position of the first entry that is this clique, -1 for none. */
    int64_t first_entry;
    /* One of REMAINING, CLIQUE, ABSORBED of hierarchy.c. */
    int32_t state;
    /* Priority, and the nodes before and after this one in the queue, -1 for none. */
    int32_t priority, previous, next;
    /* Arcs on the longest path down the elimination tree. */
    int32_t height;
    /* Number of members of the clique, and the lowest of them, -1 for none. */
    int32_t size, parent;
    /* The last contracted node of which this is a neighbour, -1 for none. */
    int32_t neighbour_of;
    /* Members of the clique that are not neighbours of the node contracted last, which is
       `compared_to`. */
    int32_t outside, compared_to;
} QuotientNode;

/* A neighbour of a node, or a clique that the node is in; -1 where another entry covers it. */
typedef struct {
    int32_t owner, neighbour;
    /* Position of the next entry that is the same clique, -1 for none. */
    int64_t next;
} QuotientEntry;

/* List the neighbours of each node, whatever the direction of the edges: `neighbours`, shape
   (2 * edges,), has those of a node from position `begins`, shape (nodes + 1,), on; `listed`, shape
   (nodes,), is scratch memory. */
API void list_neighbours(const Graph *graph, int64_t *begins, int32_t *neighbours, int64_t *listed);

/* Order nodes for contraction: write `rank`, shape (nodes,), and by rank the parents, first nodes
   and numbers of arcs of a hierarchy, shape (nodes,). `nodes`, shape (nodes,), `entries`, shape
   (neighbours,), and `lists`, shape (3, nodes), are scratch memory. */
API void order_nodes(int32_t node_count, const int64_t *begins, const int32_t *neighbours,
                     QuotientNode *nodes, QuotientEntry *entries, int32_t *lists, int32_t *rank,
                     int32_t *parent, int32_t *first, int32_t *arc_count);

/* Write the heads of a hierarchy that has parents and offsets; `lists`, shape (3, nodes), is
   scratch memory. */
API void fill_in(const int64_t *begins, const int32_t *neighbours, const int32_t *rank,
                 Hierarchy *hierarchy, int32_t *lists);

/* Write the costs of a hierarchy that has heads. */
API void customize(const Graph *graph, const int32_t *rank, Hierarchy *hierarchy);

/* Number some nodes of a hierarchy and their ancestors from 0 on, in order: `number`, shape
   (nodes,), is -1 for all others. Write how many are numbered, and how many arcs these have:
   `size`, shape (2,). */
API void number_ancestors(const Hierarchy *hierarchy, const int32_t *nodes, int32_t count,
                          int32_t *number, int64_t *size);

/* Copy the numbered nodes and their arcs into another hierarchy, which has room for them. */
API void copy_numbered(const Hierarchy *whole, const int32_t *number, Hierarchy *part);

/* Write times and lengths from sources, which ascend, to targets, shape (sources, targets); -1
   where the time exceeds a limit, at most 2^53. `costs`, shape (nodes, 2, LANES), `near` and
   `climbed`, shape (nodes,), are scratch memory. */
API void many_to_many(const Hierarchy *hierarchy, const int32_t *sources, int32_t source_count,
                      const int32_t *targets, int32_t target_count, double limit, double *costs,
                      bool *near, bool *climbed, int64_t *microseconds, int64_t *millimetres);

#endif
