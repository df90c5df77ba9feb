# Tries what the privileged architecture allows and forbids, in order, and keeps what came of each try between begin_signature
# and end_signature: mcause and mtval, or -1 and a0 where nothing trapped. src/machine/privileged.test.ts says what must be there.
# It powers off at its end, so that QEMU can run it, too (tools/arch-test.ts).

        .equ MPP, 0x1800
        .equ MODE_S, 0x0800
        .equ MODE_U, 0
        .equ MIE, 1 << 3
        .equ MPRV, 1 << 17
        .equ SUM, 1 << 18
        .equ MXR, 1 << 19
        .equ TVM, 1 << 20
        .equ TW, 1 << 21
        .equ TSR, 1 << 22
        .equ VA, 0x40000000
        .equ LEAF_FLAGS, 0xcf           # D A X W R V

        .macro note first, second
        sd \first, 0(s0)
        sd \second, 8(s0)
        addi s0, s0, 16
        .endm

        # No trap: -1 and a0.
        .macro passed
        li t5, -1
        note t5, a0
        .endm

        # In M-mode.
        .macro try op:vararg
        la s11, 9f
        \op
        passed
9:
        .endm

        # Loads and stores of M-mode as \mode makes them.
        .macro as mode, op:vararg
        la s11, 9f
        li t0, MPP
        csrc mstatus, t0
        li t0, MPRV | \mode
        csrs mstatus, t0
        \op
        li t0, MPRV
        csrc mstatus, t0
        passed
9:
        .endm

        # In S- or U-mode; the environment call says that nothing else trapped.
        .macro in mode, op:vararg
        la s11, 9f
        la t0, 8f
        csrw mepc, t0
        li t0, MPP
        csrc mstatus, t0
        li t0, \mode
        csrs mstatus, t0
        mret
        .balign 4
8:      \op
        ecall
9:
        .endm

        .macro status bits
        li t0, \bits
        csrs mstatus, t0
        .endm
        .macro nostatus bits
        li t0, \bits
        csrc mstatus, t0
        .endm

        # Entry n of table: physical page and flags.
        .macro pte table, n, page, flags
        la t0, \page
        srli t0, t0, 2
        li t1, \flags
        or t0, t0, t1
        la t1, \table + 8 * \n
        sd t0, 0(t1)
        sfence.vma
        .endm

        .macro environment high
        li t0, \high << 32
        csrw menvcfg, t0
        .endm

        .macro paging mode, table
        la t0, \table
        srli t0, t0, 12
        li t1, \mode << 60
        or t0, t0, t1
        csrw satp, t0
        sfence.vma
        .endm

        # Entries 0 and 1 of memory protection: \config for what is at s2 / 4 and s3 / 4; entry 15 is the rest.
        .macro protect config
        srli t0, s2, 2
        csrw pmpaddr0, t0
        srli t0, s3, 2
        csrw pmpaddr1, t0
        li t0, \config
        csrw pmpcfg0, t0
        sfence.vma
        .endm

        .option norvc
        .text
        .globl _start
_start:
        la t0, trap
        csrw mtvec, t0
        la s0, begin_signature
        la s4, words
        li s5, VA
        li t0, -1
        csrw pmpaddr15, t0
        li t0, 0x1f << 56
        csrw pmpcfg2, t0
        csrw mcounteren, zero
        csrw satp, zero
        csrw mie, zero
        environment 0

illegal_instructions:
        in MODE_U, csrr a0, mstatus
        in MODE_S, csrr a0, mscratch
        in MODE_U, sret
        in MODE_S, mret
        in MODE_U, .4byte 0x18000073    # sfence.w.inval
        in MODE_U, sfence.vma
        in MODE_S, csrr a0, 0x14d       # stimecmp without menvcfg.STCE
        in MODE_U, csrr a0, cycle       # without mcounteren
        status TVM | TW | TSR
        in MODE_S, csrr a0, satp
        in MODE_S, sfence.vma
        in MODE_S, .4byte 0x16000073    # sinval.vma
        in MODE_S, .4byte 0x18100073    # sfence.inval.ir is not trapped
        in MODE_S, wfi
        in MODE_S, sret
        nostatus TVM | TW | TSR
        try .4byte 0x0000707f
        try .2byte 0

breakpoints_and_calls:
        la s11, 9f
        .globl ebreak_at
ebreak_at:
        ebreak
9:
        try ecall

protection:
        # Entry 0: four bytes at words + 8, readable.
        addi s2, s4, 8
        mv s3, s4
        protect 0x11
        in MODE_U, lw a0, 8(s4)
        in MODE_U, sw a0, 8(s4)
        in MODE_U, ld a0, 8(s4)         # not all of it matches
        in MODE_U, lw a0, 12(s4)
        in MODE_U, lw a0, 4(s4)
        try ld a0, 8(s4)                # that holds for M-mode, too
        try sw zero, 8(s4)
        as MODE_U, sw zero, 8(s4)
        as MODE_U, amoadd.w a0, zero, (s4)
        as MODE_U, lr.w a0, (s2)
        # Top of range from words + 16 to words + 24, nothing allowed.
        addi s2, s4, 16
        addi s3, s4, 24
        protect 0x0800
        in MODE_U, ld a0, 8(s4)
        in MODE_U, ld a0, 16(s4)
        in MODE_U, lb a0, 23(s4)
        in MODE_U, ld a0, 24(s4)
        in MODE_U, lw a0, 13(s4)        # its last byte

execution:
        # Entry 0: two instructions of code in a page without X.
        la s2, snippet
        mv s3, s4
        protect 0x13                    # NA4, R W
        in MODE_U, jr s2
        la t1, snippet + 6
        in MODE_U, jr t1
        # The last halfword that is allowed holds the first half of an instruction.
        la t1, snippet + 2
        la s2, snippet + 4
        protect 0x13
        in MODE_U, jr t1
        addi s2, s4, 0
        protect 0

translation:
        pte root, 2, 0x80000000, LEAF_FLAGS
        pte root, 1, middle, 1
        pte middle, 0, leaf, 1
        paging 8, root
        li a1, 0x1111
        la t0, page0
        sd a1, 0(t0)
        pte leaf, 0, page0, LEAF_FLAGS
        as MODE_S, ld a0, 0(s5)
        as MODE_U, ld a0, 0(s5)
        pte leaf, 0, page0, LEAF_FLAGS | 16
        as MODE_U, ld a0, 0(s5)
        as MODE_S, ld a0, 0(s5)
        status SUM
        as MODE_S, ld a0, 0(s5)
        in MODE_S, jr s5                # SUM does not reach fetches
        nostatus SUM
        pte leaf, 0, page0, 0x49        # X and A only
        as MODE_S, ld a0, 0(s5)
        status MXR
        as MODE_S, ld a0, 0(s5)
        nostatus MXR
        pte leaf, 0, page0, 0x4d        # W without R
        as MODE_S, ld a0, 0(s5)
        pte leaf, 0, page0, LEAF_FLAGS | (1 << 54)
        as MODE_S, ld a0, 0(s5)
        pte leaf, 0, page0, LEAF_FLAGS | (1 << 60)
        as MODE_S, sd a0, 0(s5)
        pte middle, 0, leaf, 0x41       # A in a pointer
        as MODE_S, ld a0, 0(s5)
        pte middle, 0, leaf, 0x11       # U in a pointer
        as MODE_S, ld a0, 0(s5)
        pte middle, 0, page0, LEAF_FLAGS        # misaligned megapage, unless page0 is aligned to 2 MiB
        as MODE_S, sd a0, 0(s5)
        in MODE_S, jr s5
        pte middle, 0, leaf, 1
        li t0, (1 << 53) | LEAF_FLAGS   # nothing lies there
        la t1, leaf
        sd t0, 0(t1)
        sfence.vma
        as MODE_S, ld a0, 0(s5)
        li t0, (1 << 53) | 1
        la t1, middle
        sd t0, 0(t1)
        sfence.vma
        as MODE_S, sd a0, 0(s5)
        pte middle, 0, leaf, 1
        li t1, 1 << 38                  # not canonical
        as MODE_S, ld a0, 0(t1)

accessed_and_dirty:
        pte leaf, 0, page0, 0x0f
        as MODE_S, ld a0, 0(s5)         # Svade
        pte leaf, 0, page0, 0x4f
        as MODE_S, ld a0, 0(s5)
        as MODE_S, sd a1, 0(s5)
        environment 0x20000000          # ADUE
        sfence.vma
        as MODE_S, sd a1, 0(s5)
        la t1, leaf
        ld a0, 0(t1)
        andi a0, a0, 0xff
        passed
        pte leaf, 0, page0, 0x0f
        as MODE_S, ld a0, 0(s5)
        la t1, leaf
        ld a0, 0(t1)
        andi a0, a0, 0xff
        passed
        environment 0

page_types:
        pte leaf, 0, page0, LEAF_FLAGS | (1 << 61)
        as MODE_S, ld a0, 0(s5)         # without PBMTE
        environment 0x40000000          # PBMTE
        sfence.vma
        as MODE_S, ld a0, 0(s5)
        pte leaf, 0, page0, LEAF_FLAGS | (2 << 61)
        as MODE_S, ld a0, 0(s5)
        pte leaf, 0, page0, LEAF_FLAGS | (3 << 61)
        as MODE_S, ld a0, 0(s5)
        pte leaf, 0, page0, LEAF_FLAGS
        pte middle, 0, leaf, (1 << 61) | 1
        as MODE_S, ld a0, 0(s5)
        pte middle, 0, leaf, 1

napot:
        # 64 KiB at napot_pages: PPN[3:0] is 8. Every page of it says its number.
        la t0, napot_pages
        li t1, 0x8000
        add t0, t0, t1
        srli t0, t0, 2
        li t1, LEAF_FLAGS | (1 << 63)
        or t0, t0, t1
        la t1, leaf
        li t2, 16
1:      sd t0, 0(t1)
        addi t1, t1, 8
        addi t2, t2, -1
        bnez t2, 1b
        la t1, napot_pages
        li t2, 0x5000
        add t1, t1, t2
        li t2, 0x5555
        sd t2, 8(t1)
        sfence.vma
        li t1, VA + 0x5008
        as MODE_S, ld a0, 0(t1)
        la t1, leaf
        ld t0, 0(t1)
        xori t0, t0, 1 << 10            # PPN[3:0] is 9: reserved
        sd t0, 0(t1)
        sfence.vma
        as MODE_S, ld a0, 0(s5)
        pte middle, 0, leaf, (1 << 63) | 1
        as MODE_S, ld a0, 0(s5)
        pte middle, 0, leaf, 1

larger_tables:
        pte leaf, 0, page0, LEAF_FLAGS
        pte root48, 0, root, 1
        pte root57, 0, root48, 1
        paging 9, root48
        as MODE_S, ld a0, 0(s5)
        li t1, 1 << 47
        as MODE_S, ld a0, 0(t1)
        paging 10, root57
        as MODE_S, ld a0, 0(s5)
        li t1, 1 << 56
        as MODE_S, ld a0, 0(t1)
        paging 8, root

page_ends:
        # An instruction of which the second half is in a page that is not there; a load and a store like that.
        pte leaf, 1, page0, 0
        la t1, page0
        li t2, 0xffe
        add t1, t1, t2
        li t2, 0x13
        sh t2, 0(t1)
        fence.i
        li t1, VA + 0xffe
        in MODE_S, jr t1
        as MODE_S, lw a0, 0(t1)
        as MODE_S, sw a0, 0(t1)
        as MODE_S, amoadd.w a0, a0, (t1)
        as MODE_S, lr.w a0, (t1)
        # Devices are not there for the walk, and nothing is at 0.
        try ld a0, 0(zero)
        try jr zero
        # Tables that memory protection hides.
        la s2, leaf
        la s3, words
        protect 0x10
        as MODE_S, lw a0, 0(s5)
        as MODE_S, sw a0, 0(s5)
        in MODE_S, jr s5
        mv s2, s4
        protect 0

address_spaces:
        # The same page in two address spaces; a fence of one leaves the other.
        pte leaf, 0, page0, LEAF_FLAGS
        csrr s6, satp
        li t0, 1 << 44
        or s7, s6, t0
        csrw satp, s6
        as MODE_S, ld a0, 0(s5)
        csrw satp, s7
        as MODE_S, ld a0, 0(s5)
        la t0, leaf
        sd zero, 0(t0)
        li t0, 1
        sfence.vma s5, t0
        as MODE_S, ld a0, 0(s5)
        csrw satp, s6
        sfence.vma s5, zero
        as MODE_S, ld a0, 0(s5)
        csrw satp, zero

triggers:
        status MIE
        csrw tselect, zero
        la t0, words
        csrw tdata2, t0
        li t1, (6 << 60) | (1 << 6) | 1         # mcontrol6, M-mode, load
        csrw tdata1, t1
        try lw a0, 0(s4)
        status MIE
        try sw zero, 0(s4)
        status MIE
        try lw a0, 4(s4)
        status MIE
        li t1, (6 << 60) | (1 << 6) | 2         # store
        csrw tdata1, t1
        try sw zero, 0(s4)
        nostatus MIE
        try sw zero, 0(s4)                      # interrupts are off: the handler's own accesses do not fire
        la t2, snippet
        csrw tdata2, t2
        li t1, (6 << 60) | (1 << 3) | 4         # U-mode, execute
        csrw tdata1, t1
        in MODE_U, jr t2
        la t3, snippet + 6
        in MODE_U, jr t3
        li t1, (6 << 60) | (1 << 3) | (2 << 7) | 4      # U-mode, execute, tdata2 and all above
        csrw tdata1, t1
        in MODE_U, jr t3
        csrw tdata1, zero
        in MODE_U, jr t2

locks:
        # Entry 2: words + 32, locked, readable, for M-mode, too. It stays so.
        addi t0, s4, 32
        srli t0, t0, 2
        csrw pmpaddr2, t0
        li t0, 0x91 << 16
        csrw pmpcfg0, t0
        csrw pmpcfg0, zero
        csrr a0, pmpcfg0
        passed
        csrw pmpaddr2, zero
        csrr a0, pmpaddr2
        slli a0, a0, 2
        sub a0, a0, s4
        passed
        try lw a0, 32(s4)
        try sw a0, 32(s4)
        try sw a0, 36(s4)

        li t0, 0x100000
        li t1, 0x5555
1:      sw t1, 0(t0)
        j 1b

        .balign 4
trap:
        csrr t5, mcause
        csrr t6, mtval
        note t5, t6
        csrw mepc, s11
        li t5, MPRV
        csrc mstatus, t5
        li t5, MPP
        csrs mstatus, t5
        mret

        .balign 8
snippet:
        .2byte 0x0001                   # c.nop
        nop
        ecall

        .data
        .balign 64
words:  .8byte 0, 0x0000000200000001, 3, 4, 5, 6, 7, 8
        .balign 8
        .globl begin_signature, end_signature
begin_signature:
        .skip 16 * 160
end_signature:
        .balign 4096
        .globl page0
root:   .skip 4096
root48: .skip 4096
root57: .skip 4096
middle: .skip 4096
leaf:   .skip 4096
page0:  .skip 4096
        .balign 65536
        .globl napot_pages
napot_pages:
        .skip 65536
