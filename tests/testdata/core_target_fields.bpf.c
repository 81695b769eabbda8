// SPDX-License-Identifier: MIT
/* The kernel's side of core_fields: only the types count. */

struct pair {
	long between;
	int second;
	int first;
};

enum mood { HAPPY, SAD };
enum temper { CALM };

typedef unsigned long number_t;

struct task {
	char at_the_beginning[8];
	union {
		struct {
			int plain_b;
			int plain_a;
		};
		long plain_x;
	};
	int pid;
	struct {
		struct {
			long plain_c;
		};
	};
	enum mood mood;
	struct pair pairs[3];
	short grid[2][3];
	struct pair pair;
	number_t counter;
	struct pair *const pointer;
	void (*function)(int);
	char comm[32];
	struct pair becomes_struct;
	enum temper other_mood;
	unsigned char sign_changes;
	struct pair flexible[];
};

typedef struct {
	long a;
	int b;
} alias_t;

struct packet {
	int kind;
	long other;
	int length;
};

struct vast {
	char space[40000];
	int end;
};

struct task *the_task;
alias_t the_alias;
struct packet the_packet;
struct vast the_vast;

int use(struct task *t)
{
	return t->pid;
}

/* Old versions of libbpf take a single function without a section for a program. */
int use_again(struct task *t)
{
	return t->pid;
}
