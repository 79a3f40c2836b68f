/* What the library says of itself, and the two functions that compilers call unasked. */
#include "base.h"

API void copy_source_hash(uint8_t *text) {
    static const char hash[] = ROUTEPLAN_SOURCE_HASH;
    for (size_t n = 0; n < sizeof hash; n++) text[n] = (uint8_t)hash[n];
}

API int64_t struct_bytes(int64_t position) {
    static const int16_t bytes[] = {
        sizeof(Village),        sizeof(DoorWindow), sizeof(Pace),         sizeof(Instance),
        sizeof(Tours),          sizeof(Remainder),  sizeof(Slack),        sizeof(Solution),
        sizeof(RuinParameters), sizeof(Gap),        sizeof(Insertion),        sizeof(Workspace),
        sizeof(RoutePool),      sizeof(Network),    sizeof(LabelPool),    sizeof(Graph),
        sizeof(ArcCost),        sizeof(Hierarchy),  sizeof(QuotientNode), sizeof(QuotientEntry),
    };
    const int64_t count = sizeof bytes / sizeof *bytes;
    return position >= 0 && position < count ? bytes[position] : 0;
}

#if defined(ROUTEPLAN_FREESTANDING)
#if defined(_WIN32)
/* Windows calls this when it loads the library; there is nothing to set up. */
int DllMainCRTStartup(void *library, unsigned reason, void *reserved) {
    (void)library, (void)reason, (void)reserved;
    return 1;
}
#endif

/* Compilers turn loops into calls of these; without a C library they must be here. */
__attribute__((no_builtin)) void *memset(void *to, int value, size_t size) {
    unsigned char *bytes = to;
    for (size_t n = 0; n < size; n++) bytes[n] = (unsigned char)value;
    return to;
}

__attribute__((no_builtin)) void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    unsigned char *bytes = to;
    const unsigned char *others = from;
    for (size_t n = 0; n < size; n++) bytes[n] = others[n];
    return to;
}

__attribute__((no_builtin)) void *memmove(void *to, const void *from, size_t size) {
    unsigned char *bytes = to;
    const unsigned char *others = from;
    if (bytes < others) {
        for (size_t n = 0; n < size; n++) bytes[n] = others[n];
    } else {
        for (size_t n = size; n > 0; n--) bytes[n - 1] = others[n - 1];
    }
    return to;
}
#endif
