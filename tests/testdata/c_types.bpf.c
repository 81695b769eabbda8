// SPDX-License-Identifier: MIT
/* One type for every rule that writing C knows; each is kept by a variable. */

#define KEEP(type, name) type keep_##name

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

struct packed_members { char a; long b; short c; } __attribute__((packed));
struct packed_inside { char a; struct packed_members b; int c; };
struct aligned_member { char a; int b __attribute__((aligned(32))); char c; };
struct aligned_whole { int a; } __attribute__((aligned(16)));
union aligned_union { int a; char b[5]; } __attribute__((aligned(32)));
union packed_union { int a; char b[5]; } __attribute__((packed));
struct low_alignment { int a; u64 b __attribute__((packed, aligned(4))); int c; };
struct empty {};
struct with_empty { int a; struct empty b; int c; };

struct bits {
	unsigned int a : 3;
	unsigned int : 5;
	unsigned int b : 7;
	unsigned int : 0;
	int c : 9;
	u64 d : 40;
	u8 e : 2;
	_Bool f : 1;
	short g;
};
struct packed_bits { unsigned int a : 30; unsigned int b : 7; u64 c : 60; short d; } __attribute__((packed));
struct wide_bits { u64 a : 1; u64 b : 63; u64 c : 64; u32 d : 32; };

struct anonymous {
	union {
		struct {
			int a;
			long b;
		};
		u8 bytes[16];
	};
	struct {
		enum { INNER_A, INNER_B = 5 } kind;
	} named;
	struct {
		int x;
	} many[3];
};

struct flexible { int n; struct { int x; } tail[]; };
#pragma clang diagnostic ignored "-Wgnu-variable-sized-type-not-at-end"
struct flexible_inside { struct flexible a; int b[4]; };
struct zero_in_the_middle { int a; long b[0]; int c; };

enum plain { PLAIN_A, PLAIN_B = 7 };
enum negative { NEGATIVE = -5, POSITIVE = 5 };
enum large { LARGE = 0xffffffff };
enum huge { HUGE_A = 1, HUGE_B = 0xffffffffffffffff };
enum lowest { LOWEST = -9223372036854775807LL - 1, HIGHEST = 9223372036854775807LL };
enum tiny { TINY } __attribute__((mode(QI)));
enum wide { WIDE = 1 } __attribute__((mode(DI)));
struct enums { enum plain a; enum tiny b; enum wide c; enum huge d; enum plain e : 4; enum not_known *f; };

struct later;
struct pointers {
	const char *text;
	char *const fixed;
	const char *const *both;
	volatile u32 *restrict reg;
	int (*function)(struct later *, const char *, ...);
	void (*functions[4])(void);
	int (*array)[3];
	int *array_of_pointers[3];
	int matrix[2][3];
	const int constants[2];
	const char *const names[2];
	void *(*(*returns)(int))(long);
	struct pointers *next;
	const struct later **later;
	void (*takes)(int (*)(struct later *), u8 *);
};
struct later { struct pointers pointers; };

struct tree;
typedef struct node *node_ptr;
typedef int (*visit_fn)(node_ptr, struct tree *);
struct node { node_ptr next; visit_fn visit; };
typedef struct { visit_fn visit; } visitors[2];
struct tree { visitors visitors; struct node root; };

struct numbers {
	_Bool a;
	signed char b;
	unsigned short c;
	long long d;
	__int128 e;
	unsigned __int128 f;
	float g;
	double h;
};

struct texts {
	char name[16];
	char lines[4][8];
	char none[0];
	_Bool on;
	_Bool flags[3];
	char one;
	signed char small;
};
struct words { int event; int words; int ToString; int a_b; int aB; int class; };
struct key { u32 address; unsigned short port; u8 protocol; u64 cookie; };

#define user_tag __attribute__((btf_type_tag("user")))
struct tagged {
	int user_tag *pointer;
	int user_tag *user_tag *pointers;
	int counter __attribute__((btf_decl_tag("a \"quoted\" tag")));
} __attribute__((btf_decl_tag("whole")));
typedef int tagged_int __attribute__((btf_decl_tag("typedef")));

KEEP(struct packed_members, packed_members);
KEEP(struct packed_inside, packed_inside);
KEEP(struct aligned_member, aligned_member);
KEEP(struct aligned_whole, aligned_whole);
KEEP(union aligned_union, aligned_union);
KEEP(union packed_union, packed_union);
KEEP(struct low_alignment, low_alignment);
KEEP(struct with_empty, with_empty);
KEEP(struct bits, bits);
KEEP(struct packed_bits, packed_bits);
KEEP(struct wide_bits, wide_bits);
KEEP(struct anonymous, anonymous);
KEEP(struct flexible, flexible);
KEEP(struct flexible_inside, flexible_inside);
KEEP(struct zero_in_the_middle, zero_in_the_middle);
KEEP(enum negative, negative);
KEEP(enum large, large);
KEEP(enum lowest, lowest);
KEEP(struct enums, enums);
KEEP(struct later, later);
KEEP(struct tree, tree);
KEEP(struct numbers, numbers);
KEEP(struct texts, texts);
KEEP(struct words, words);
KEEP(struct key, key);
KEEP(struct tagged, tagged);
KEEP(tagged_int, tagged_int);

int keep_function(struct later *first, const char *second)
{
	return first != 0 && second != 0;
}
