// SPDX-License-Identifier: MIT
/* The kernel's side of core_types: only the types count. */

struct same {
	char c[4];
	int a;
	struct {
		long b;
	};
} same;

struct subset {
	int a, b, c;
} subset;

struct retyped {
	unsigned int a;
} retyped;

struct resized {
	long a;
} resized;

struct renamed {
	int after;
} renamed;

struct longer {
	char text[8];
} longer;

union becomes_union {
	int a;
} becomes_union;

struct elsewhere;

struct pointers {
	struct elsewhere *other;
	struct pointers *self;
} pointers;

struct flavoured {
	int a, b;
} flavoured;

typedef int number_t;
number_t number;

typedef struct {
	int a, b;
} anonymous_t;
anonymous_t anonymous;

typedef struct {
	int a;
} becomes_struct_t;
becomes_struct_t becomes_struct;

typedef int (*callback_t)(struct same *, long);
callback_t callback;

typedef int (*fewer_t)(int);
fewer_t fewer;

typedef int (*other_result_t)(int);
other_result_t other_result;

typedef void (*with_dots_t)(int, ...);
with_dots_t with_dots;

typedef int vector_t[8];
vector_t vector;

typedef struct same *pointer_t;
pointer_t pointer;

enum colours {
	GREEN,
	BLUE,
	RED = 70000,
} colours;

enum shades {
	LIGHT,
	DIM,
} shades;

struct real {
	double number;
} real;
