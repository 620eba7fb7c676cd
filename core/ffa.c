// SPDX-License-Identifier: GPL-2.0-only
#include "core/ffa.h"

#include <string.h>

/* What a driver puts into a transaction (DEN0077A 10.9, 11.4) */
#define NORMAL_WRITE_BACK_INNER 0x2f
#define READ_WRITE 0x2
#define SECURE_PARTITION 0x8001

/* v1.0 ends where v1.1 says how large the receivers are, and where. */
u32 ffa_region_size(const struct ffa_layout *layout, u32 version)
{
	return version > FFA_V1_0 ? layout->sizeof_region :
	                            layout->fields[FFA_FIELD_ep_mem_offset].offset;
}

u32 ffa_receiver_size(const struct ffa_layout *layout, u32 version)
{
	return version >= FFA_V1_2 ? layout->sizeof_receiver :
	                             layout->sizeof_receiver - layout->sizeof_impdef;
}

static u32 composite_offset(const struct ffa_layout *layout, u32 version)
{
	return ffa_region_size(layout, version) + ffa_receiver_size(layout, version);
}

u32 ffa_ranges_offset(const struct ffa_layout *layout, u32 version)
{
	return composite_offset(layout, version) + layout->sizeof_composite;
}

u32 ffa_field_offset(const struct ffa_layout *layout, u32 version, enum ffa_field field)
{
	switch (layout->in[field]) {
	case FFA_STRUCT_ffa_mem_region:
		return layout->fields[field].offset;
	case FFA_STRUCT_ffa_mem_region_attributes:
		return ffa_region_size(layout, version) + layout->fields[field].offset;
	default:
		return composite_offset(layout, version) + layout->fields[field].offset;
	}
}

u32 ffa_header(const struct ffa_layout *layout, u32 version, u32 nr_ranges, u32 nr_pages,
               u64 header[FFA_MAX_HEADER / 8])
{
	const struct {
		enum ffa_field field;
		u32 value;
	} fields[] = {
		{ FFA_FIELD_attributes, NORMAL_WRITE_BACK_INNER },
		{ FFA_FIELD_ep_count, 1 },
		{ FFA_FIELD_receiver, SECURE_PARTITION },
		{ FFA_FIELD_attrs, READ_WRITE },
		{ FFA_FIELD_composite_off, composite_offset(layout, version) },
		{ FFA_FIELD_total_pg_cnt, nr_pages },
		{ FFA_FIELD_addr_range_cnt, nr_ranges },
		{ FFA_FIELD_ep_mem_size, ffa_receiver_size(layout, version) },
		{ FFA_FIELD_ep_mem_offset, ffa_region_size(layout, version) },
	};
	/* v1.0 has not the last two. */
	size_t nr = ARRAY_SIZE(fields) - (version > FFA_V1_0 ? 0 : 2);

	memset(header, 0, FFA_MAX_HEADER);
	for (size_t i = 0; i < nr; i++)
		memcpy((u8 *)header + ffa_field_offset(layout, version, fields[i].field),
		       &fields[i].value, layout->fields[fields[i].field].size);

	return ffa_ranges_offset(layout, version);
}

u64 ffa_fill_ranges(const struct ffa_layout *layout, u64 wanted)
{
	return 1 + (wanted - 1) % (layout->mailbox_size / layout->sizeof_range);
}

u64 ffa_get(const struct ffa_layout *layout, const u8 *buffer, u32 at, enum ffa_field field)
{
	const struct tree_field *f = &layout->fields[field];
	u64 value = 0;

	memcpy(&value, buffer + at + f->offset, f->size);
	return value;
}
