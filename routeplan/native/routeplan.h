/* The native library: inner loops of the planner and of the roads' contraction hierarchy.
 *
 * This header is read twice: by the compiler, and by routeplan/native/__init__.py, which makes
 * ctypes' structures and functions of it. It holds only comments, constants, structures of numbers
 * and pointers, and functions marked API. Shapes are those of C-contiguous numpy arrays. The caller
 * owns all memory; no function allocates any, keeps a pointer, or has state of its own. Functions
 * that may run out of capacity return CAPACITY_EXCEEDED.
 */
#ifndef ROUTEPLAN_H
#define ROUTEPLAN_H

/* Returned where more was to be stored than there is capacity for. */
#define CAPACITY_EXCEEDED (-1)

/* Copy the SHA-256 of the sources, shape (65,), a text that ends in 0. */
API void copy_source_hash(uint8_t *text);

#endif
