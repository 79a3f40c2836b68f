/* The nearest of many villages. */
#include "search.h"

/* Move a key down a binary heap with the largest key at the top. */
static void sift_down(int64_t *heap, int64_t count, int64_t at) {
    int64_t moved = heap[at];
    for (int64_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && heap[child + 1] > heap[child]) child++;
        if (heap[child] <= moved) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

/* Put the smallest of some keys first, in order; by heapsort (Williams 1964, CACM 7). */
void select_smallest(int64_t *key, int64_t count, int64_t kept) {
    if (kept <= 0) return;
    for (int64_t at = kept / 2 - 1; at >= 0; at--) sift_down(key, kept, at);
    for (int64_t n = kept; n < count; n++) {
        if (key[n] >= key[0]) continue;
        key[0] = key[n];
        sift_down(key, kept, 0);
    }
    for (int64_t left = kept - 1; left > 0; left--) {
        int64_t largest = key[0];
        key[0] = key[left];
        key[left] = largest;
        sift_down(key, left, 0);
    }
}

/* Return the villages by the drive from a shift's start by way of the village to its end. */
const int32_t *candidates_between(const Instance *in, Workspace *ws, int64_t s, int32_t start,
                                  int32_t end) {
    uint64_t pair = (uint64_t)((in->vehicle[s] * in->places + start) * in->places + end);
    int64_t row = (int64_t)((pair * 0x9E3779B97F4A7C15u >> 32) % (uint64_t)ws->cached_pairs);
    int32_t *known = ws->pair + 3 * row, *candidates = ws->candidates + row * ws->candidate_count;
    if (known[0] == in->vehicle[s] && known[1] == start && known[2] == end) return candidates;
    const int32_t *there = drive_from(in, s, start), *on = drive_to(in, s, end);
    for (int64_t v = 0; v < in->villages; v++) {
        int64_t length = (int64_t)there[in->village[v].at] + on[in->village[v].at];
        ws->key[v] = length << 32 | v;
    }
    select_smallest(ws->key, in->villages, ws->candidate_count);
    for (int64_t n = 0; n < ws->candidate_count; n++) candidates[n] = (int32_t)ws->key[n];
    known[0] = in->vehicle[s];
    known[1] = start;
    known[2] = end;
    return candidates;
}

API void find_near_villages(const int32_t *drive, const int32_t *drive_to, int64_t vehicles,
                            int64_t places, const Village *village, int64_t villages,
                            int64_t near_count, int32_t *near, int64_t *key) {
    for (int64_t v = 0; v < villages; v++) {
        for (int64_t other = 0; other < villages; other++) {
            int64_t length = 2 * INFINITE_SECONDS;
            for (int64_t k = 0; k < vehicles; k++) {
                int64_t row = (k * places + village[v].at) * places + village[other].at;
                length = min64(length, (int64_t)drive[row] + drive_to[row]);
            }
            key[other] = length << 32 | other;
        }
        key[v] = v - (1LL << 40);
        select_smallest(key, villages, near_count);
        for (int64_t n = 0; n < near_count; n++)
            near[v * near_count + n] = (int32_t)(key[n] & 0xFFFFFFFF);
    }
}
