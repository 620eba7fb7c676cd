/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FF-A (DEN0077A): the numbers of its ABI, and how a memory transaction lies in a buffer. The host, the
 * secure world and the model all speak it; where the fields are comes from the tree.
 */
#ifndef EL2FUZZ_FFA_H
#define EL2FUZZ_FFA_H

#include "core/tree_info.h"

#define FFA_32(number) (0x84000000ULL | (number))
#define FFA_64(number) (0xc4000000ULL | (number))
#define FFA_FIRST 0x60 /* function numbers */
#define FFA_LAST 0xff

#define FFA_ERROR FFA_32(0x60)
#define FFA_SUCCESS FFA_32(0x61)
#define FFA_VERSION FFA_32(0x63)
#define FFA_FEATURES FFA_32(0x64)
#define FFA_RX_RELEASE FFA_32(0x65)
#define FFA_RXTX_MAP_32 FFA_32(0x66)
#define FFA_RXTX_MAP FFA_64(0x66)
#define FFA_RXTX_UNMAP FFA_32(0x67)
#define FFA_PARTITION_INFO_GET FFA_32(0x68)
#define FFA_ID_GET FFA_32(0x69)
#define FFA_MSG_POLL FFA_32(0x6a)
#define FFA_MSG_WAIT FFA_32(0x6b)
#define FFA_MSG_SEND FFA_32(0x6e)
#define FFA_MSG_SEND_DIRECT_RESP_32 FFA_32(0x70)
#define FFA_MEM_DONATE_32 FFA_32(0x71)
#define FFA_MEM_DONATE FFA_64(0x71)
#define FFA_MEM_LEND_32 FFA_32(0x72)
#define FFA_MEM_LEND FFA_64(0x72)
#define FFA_MEM_SHARE_32 FFA_32(0x73)
#define FFA_MEM_SHARE FFA_64(0x73)
#define FFA_MEM_RETRIEVE_REQ_32 FFA_32(0x74)
#define FFA_MEM_RETRIEVE_REQ FFA_64(0x74)
#define FFA_MEM_RETRIEVE_RESP FFA_32(0x75)
#define FFA_MEM_RELINQUISH FFA_32(0x76)
#define FFA_MEM_RECLAIM FFA_32(0x77)
#define FFA_MEM_OP_PAUSE FFA_32(0x78)
#define FFA_MEM_OP_RESUME FFA_32(0x79)
#define FFA_MEM_FRAG_RX FFA_32(0x7a)
#define FFA_MEM_FRAG_TX FFA_32(0x7b)
#define FFA_NOTIFICATION_BITMAP_CREATE FFA_32(0x7d)
#define FFA_NOTIFICATION_BITMAP_DESTROY FFA_32(0x7e)
#define FFA_NOTIFICATION_BIND FFA_32(0x7f)
#define FFA_NOTIFICATION_UNBIND FFA_32(0x80)
#define FFA_NOTIFICATION_SET FFA_32(0x81)
#define FFA_NOTIFICATION_GET FFA_32(0x82)
#define FFA_NOTIFICATION_INFO_GET_32 FFA_32(0x83)
#define FFA_CONSOLE_LOG_32 FFA_32(0x8a)
#define FFA_PARTITION_INFO_GET_REGS FFA_64(0x8b)
#define FFA_MSG_SEND_DIRECT_REQ2 FFA_64(0x8d)
#define FFA_MSG_SEND_DIRECT_RESP2 FFA_64(0x8e)

/* Status codes */
#define FFA_NOT_SUPPORTED (-1LL)
#define FFA_INVALID_PARAMETERS (-2LL)
#define FFA_NO_MEMORY (-3LL)
#define FFA_BUSY (-4LL)
#define FFA_DENIED (-6LL)
#define FFA_ABORTED (-8LL)

#define FFA_V1_0 0x10000U
#define FFA_V1_1 0x10001U
#define FFA_V1_2 0x10002U
#define FFA_MAJOR(version) ((version) >> 16 & 0x7fff)
#define FFA_MINOR(version) ((version) & 0xffff)

#define FFA_PAGE_SIZE 4096ULL

/* The host, and EL2 for it, at the non-secure physical instance (6.1) */
#define FFA_HOST_ID 0

/* A partition in the answer to PARTITION_INFO_GET: v1.1 and later add the UUID */
#define FFA_PARTITION_SIZE_1_0 8
#define FFA_PARTITION_SIZE 24
#define FFA_PARTITION_COUNT_ONLY BIT(0)

/** ffa_region_size() - bytes of the descriptor before its receivers */
u32 ffa_region_size(const struct ffa_layout *layout, u32 version);

/** ffa_receiver_size() - bytes of a receiver */
u32 ffa_receiver_size(const struct ffa_layout *layout, u32 version);

/** ffa_ranges_offset() - where the ranges begin in a well-formed descriptor */
u32 ffa_ranges_offset(const struct ffa_layout *layout, u32 version);

/** ffa_field_offset() - where a field lies in a well-formed descriptor */
u32 ffa_field_offset(const struct ffa_layout *layout, u32 version, enum ffa_field field);

#define FFA_MAX_HEADER 256

/**
 * ffa_header() - a well-formed descriptor, as far as its ranges
 * @nr_ranges: how many there will be
 * @nr_pages: in all of them
 * @header: whole 8-byte words
 *
 * Return: its size in bytes.
 */
u32 ffa_header(const struct ffa_layout *layout, u32 version, u32 nr_ranges, u32 nr_pages,
               u64 header[FFA_MAX_HEADER / 8]);

/** ffa_fill_ranges() - how many ranges the op ffa_fill writes when it is asked for @wanted: at least one */
u64 ffa_fill_ranges(const struct ffa_layout *layout, u64 wanted);

/** ffa_get() - a field of the tree's structures in a buffer, at offset @at of its structure */
u64 ffa_get(const struct ffa_layout *layout, const u8 *buffer, u32 at, enum ffa_field field);

#endif
