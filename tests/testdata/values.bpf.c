// SPDX-License-Identifier: MIT
/* One variable of every sort of type, with a value that tells each part from the others. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

enum access { READ = 1, WRITE = 2, EXECUTE = 4, ALL = 7 };
enum colour { RED = -1, GREEN, BLUE, PINK, GREY };
enum wide { TOP = 0x8000000000000000ul };

struct bits {
	unsigned int low : 3;
	unsigned int middle : 10;
	int negative : 5;
	unsigned int : 2;
	enum colour colour : 4;
	unsigned long wide : 40;
	_Bool flag : 1;
};

struct point {
	int x;
	int y;
};

typedef struct point point_t;

struct event {
	int pid;
	char comm[16];
	enum access access;
	enum colour colour;
	enum wide wide;
	struct bits bits;
	union {
		__u64 number;
		struct {
			__u32 first;
			__u32 second;
		};
	};
	void *pointer;
	const struct event *next;
	short grid[2][3];
	_Bool yes;
	char letter;
	unsigned char raw[4];
	double real;
	float half;
	const point_t points[2];
	__int128 big;
};

struct event event = {
	.pid = -12,
	.comm = "bash",
	.access = READ | EXECUTE,
	.colour = RED,
	.wide = TOP,
	.bits = { .low = 5, .middle = 600, .negative = -3, .colour = PINK, .wide = 0x123456789aul, .flag = 1 },
	.first = 7,
	.second = 8,
	.pointer = (void *)0xffff888100a04000ul,
	.grid = { { 1, 2, 3 }, { 4, 5, -6 } },
	.yes = 1,
	.letter = 'x',
	.raw = { 1, 2, 3, 255 },
	.real = 0.5,
	.half = -1.5f,
	.points = { { 1, 2 }, { 3, 4 } },
	.big = -((__int128)1 << 100),
};

struct event nothing;

struct flexible {
	int count;
	point_t rest[];
};

struct flexible *pointer_to_flexible;
