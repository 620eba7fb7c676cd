/* SPDX-License-Identifier: GPL-2.0-only */
/* The driver: what boots a VM with KVM's own code, and what then does the ops. */
#ifndef EL2FUZZ_NESTED_DRIVER_H
#define EL2FUZZ_NESTED_DRIVER_H

#include "host.h"

extern struct kvm *nested_kvm;
extern struct kvm_vcpu *nested_vcpus[NESTED_VCPUS];

/** el2fuzz_nested_boot() - make the VM; once, before the snapshot */
void el2fuzz_nested_boot(void);

/** el2fuzz_nested_step() - do what el2fuzz_nested asks for */
void el2fuzz_nested_step(void);

/** nested_set_slot() - as the VMM: @flags of enum nested_slot_flag. Return: what KVM says */
int nested_set_slot(unsigned int slot, unsigned int flags);

/** nested_destroy_vm() - the inverse of el2fuzz_nested_boot(): what is not freed then is a finding */
void nested_destroy_vm(void);

/** nested_tell() - what there is to see, in el2fuzz_nested */
void nested_tell(struct nested_shared *s);

/** nested_perform() - an op, by its number. Return: as in el2fuzz_nested.ret */
s64 nested_perform(unsigned int op, const unsigned long long *args);

/* driver_meanwhile.c: ops that are done while another is under way */

/** nested_defer() - is @op not to be done now? */
bool nested_defer(unsigned int op, const unsigned long long *args);

/** nested_perform_with_others() - do @op, and what was deferred to be done meanwhile */
s64 nested_perform_with_others(unsigned int op, const unsigned long long *args);

/** nested_others_turn() - the op under way gives way: is it somebody else's turn? */
bool nested_others_turn(void);

/**
 * nested_others_run() - do what is due
 * @slots_in_use: memory slots cannot change before the op under way goes on
 */
void nested_others_run(bool slots_in_use);

/** nested_before_guest() - what KVM does before it runs a vCPU */
void nested_before_guest(struct kvm_vcpu *vcpu);

#endif
