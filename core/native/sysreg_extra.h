
/* Registers that the tree names in assembler only; encodings of Arm ARM C5. */
#define EL2FUZZ_SYSREG_daif sys_reg(3, 3, 4, 2, 1)
#define EL2FUZZ_SYSREG_CurrentEL sys_reg(3, 0, 4, 2, 2)
#define EL2FUZZ_SYSREG_spsr_irq sys_reg(3, 4, 4, 3, 0)
#define EL2FUZZ_SYSREG_spsr_abt sys_reg(3, 4, 4, 3, 1)
#define EL2FUZZ_SYSREG_spsr_und sys_reg(3, 4, 4, 3, 2)
#define EL2FUZZ_SYSREG_spsr_fiq sys_reg(3, 4, 4, 3, 3)
