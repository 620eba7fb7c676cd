// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "fuzz/cli/command.h"
#include "fuzz/cli/setup.h"

struct arguments {
	struct setup setup;
	bool dict;
};

static const struct argp_option options[] = {
	{ "dict", 'd', NULL, 0, "print the ops as a dictionary for libFuzzer and AFL++", 0 }, { 0 }
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *args = state->input;

	(void)value;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->setup;
		return 0;
	case 'd':
		args->dict = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char *kind_name(enum arg_kind kind)
{
	static const char *const names[] = {
		[ARG_VALUE] = "value",
		[ARG_PFN] = "pfn",
		[ARG_PA] = "pa",
		[ARG_HVA] = "hva",
		[ARG_GFN] = "gfn",
		[ARG_SIZE] = "bytes",
		[ARG_COUNT] = "pages",
		[ARG_HANDLE] = "handle",
		[ARG_IPA] = "ipa",
		[ARG_KVM_FIELD] = "field",
		[ARG_VCPU_FIELD] = "field",
		[ARG_GUEST_SYSREG] = "register",
		[ARG_STYLE] = "style",
		[ARG_NESTED_REG] = "register",
		[ARG_ACCESS] = "access",
		[ARG_TLBI] = "TLBI",
		[ARG_AT] = "AT",
		[ARG_STRATEGY] = "strategy",
		[ARG_FFA_FIELD] = "field",
	};

	return names[kind];
}

/* "gfn" where name and kind are the same, "mem:hva" where they are not */
static int format_args(const struct op_desc *desc, char *buf, size_t len)
{
	size_t at = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < desc->nr_args && at < len; i++) {
		const struct op_arg *arg = &desc->args[i];
		const char *kind = kind_name(arg->kind);
		bool same = !strcmp(arg->name, kind);

		at += snprintf(buf + at, len - at, "%s%s%s%s", i ? " " : "", arg->name,
		               same ? "" : ":", same ? "" : kind);
	}

	return at;
}

static const char *hypercall_name(const struct op_desc *desc)
{
	return desc->hypercall ? desc->hypercall : "-";
}

static void widen(int *width, int len)
{
	if (*width < len)
		*width = len;
}

static void print_ops(enum world world, const struct hello *hello)
{
	int name_width = 0, args_width = 0, hypercall_width = 0;
	const struct op_desc *desc;
	char args[128];

	for_each_op(world, code, desc) {
		widen(&name_width, strlen(desc->name));
		widen(&args_width, format_args(desc, args, sizeof(args)));
		widen(&hypercall_width, strlen(hypercall_name(desc)));
	}

	printf("%-*s TREE %-*s %-*s SUMMARY\n", name_width, "OP", args_width, "ARGUMENTS",
	       hypercall_width, "HYPERCALL");
	for_each_op(world, code, desc) {
		const char *has = !hello ? "?" : hello->has_op[code % OP_CODE_LIMIT] ? "yes" : "no";

		format_args(desc, args, sizeof(args));
		printf("%-*s %-4s %-*s %-*s %s\n", name_width, desc->name, has, args_width, args,
		       hypercall_width, hypercall_name(desc), desc->summary);
	}
}

static void print_unknown(const struct hello *hello)
{
	for (u32 i = 0; i < hello->nr_unknown; i++)
		printf("not modelled: hypercall %u, %s: only host_hvc makes it, and only a crash is seen\n",
		       hello->unknown[i].id, hello->unknown[i].name);
}

/* Each op about the first page of what its arguments can count from, in binary form */
static int print_dictionary(enum world world)
{
	const struct op_desc *desc;

	for_each_op(world, code, desc) {
		struct op op = { .code = code };
		struct trace trace = { .world = world, .ops = &op, .nr_ops = 1 };
		u8 bytes[OP_TEXT_MAX];
		size_t size;

		for (unsigned int i = 0; i < desc->nr_args; i++) {
			if (arg_takes_place(desc->args[i].kind, PLACE_RAM))
				op.place[i] = PLACE_RAM;
		}
		size = trace_encode(&trace, bytes);
		printf("%s=\"", desc->name);
		for (size_t i = 0; i < size; i++)
			printf("\\x%02x", bytes[i]);
		puts("\"");
	}

	return EXIT_CLEAN;
}

int command_ops(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.children = setup_runner_children,
		.doc = "List the ops that traces are made of, their arguments as name:kind, and "
		       "whether the tree of this build has them.",
	};
	struct arguments args = { 0 };
	struct client *client;
	struct error err;

	setup_init(&args.setup);
	argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (args.dict)
		return print_dictionary(setup_world(&args.setup));

	/* The table is worth reading without a runner, too. */
	client = setup_start(&args.setup, &err);
	print_ops(setup_world(&args.setup), client ? client_hello(client) : NULL);
	if (client)
		print_unknown(client_hello(client));
	else
		fprintf(stderr, "%s: what the tree has is not known: %s\n", argv[0], err.text);

	client_close(client);
	return EXIT_CLEAN;
}
