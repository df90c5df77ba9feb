# Runs in M-, S- and U-mode without firmware, and says over the UART what worked: "MTESUd" and a newline, then power off.
#   M reset, T machine timer interrupt, E external interrupt through the PLIC, S supervisor with Sv39,
#   U environment call from user mode, d data page written by user mode and read back by the supervisor.

        .equ UART, 0x10000000
        .equ PLIC, 0x0c000000
        .equ CLINT, 0x02000000
        .equ POWER, 0x100000
        .equ USER_CODE, 0x40000000
        .equ USER_DATA, 0x40001000

        .macro print letter
        li t0, UART
        li t1, \letter
        sb t1, 0(t0)
        .endm

        .text
        .globl _start
_start:
        la sp, stack_end
        la t0, machine_trap
        csrw mtvec, t0
        print 'M'

        # Timer: 1000 ticks from now.
        li t0, CLINT + 0xbff8
        ld t1, 0(t0)
        addi t1, t1, 1000
        li t0, CLINT + 0x4000
        sd t1, 0(t0)
        li t0, 0x80
        csrw mie, t0
        csrsi mstatus, 8
1:      wfi
        la t0, timer_seen
        lw t0, 0(t0)
        beqz t0, 1b
        csrci mstatus, 8

        # External: source 10 is the UART; its transmitter is empty, so enabling that interrupt raises it.
        li t0, PLIC
        li t1, 1
        sw t1, 40(t0)
        li t0, PLIC + 0x2000
        li t1, 0x400
        sw t1, 0(t0)
        li t0, UART
        li t1, 2
        sb t1, 1(t0)
        li t0, 0x800
        csrw mie, t0
        csrsi mstatus, 8
2:      la t0, external_seen
        lw t0, 0(t0)
        beqz t0, 2b
        csrci mstatus, 8
        csrw mie, zero

        # Memory protection: all memory for S- and U-mode.
        li t0, -1
        csrw pmpaddr0, t0
        li t0, 0x1f
        csrw pmpcfg0, t0

        # Page tables: gigapages for devices and RAM, pages for the user at 1 GiB.
        la a0, root
        li t0, 0x07                     # physical 0, V R W
        sd t0, 0(a0)
        la t0, middle
        srli t0, t0, 2
        ori t0, t0, 1
        sd t0, 8(a0)
        li t0, (0x80000000 >> 2) + 0x0f # V R W X
        sd t0, 16(a0)
        la a1, middle
        la t0, leaf
        srli t0, t0, 2
        ori t0, t0, 1
        sd t0, 0(a1)
        la a1, leaf
        la t0, user_code
        srli t0, t0, 2
        ori t0, t0, 0x19                # V X U: execute only, A and D clear
        sd t0, 0(a1)
        la t0, user_data
        srli t0, t0, 2
        ori t0, t0, 0x17                # V R W U
        sd t0, 8(a1)

        la t0, supervisor_trap
        csrw stvec, t0
        li t0, 0x100
        csrw medeleg, t0
        srli t0, a0, 12
        li t1, 8 << 60
        or t0, t0, t1
        csrw satp, t0
        sfence.vma
        li t0, 3 << 11
        csrc mstatus, t0
        li t0, 1 << 11
        csrs mstatus, t0
        la t0, supervisor
        csrw mepc, t0
        mret

supervisor:
        print 'S'
        li t0, 0x100
        csrc sstatus, t0
        li t0, USER_CODE
        csrw sepc, t0
        sret

        .align 2
supervisor_trap:
        csrr t0, scause
        li t1, 8
        bne t0, t1, fail
        bnez a7, finish
        li t0, UART
        sb a0, 0(t0)
        csrr t0, sepc
        addi t0, t0, 4
        csrw sepc, t0
        sret

finish:
        li t0, 1 << 18                  # SUM
        csrs sstatus, t0
        li t0, USER_DATA
        ld t1, 0(t0)
        csrc sstatus, t0
        li t0, UART
        sb t1, 0(t0)
        print '\n'
        li t0, POWER
        li t1, 0x5555
        sw t1, 0(t0)
3:      j 3b

fail:
        print '!'
        li t0, POWER
        li t1, 0x3333
        sw t1, 0(t0)
4:      j 4b

        .align 2
machine_trap:
        csrr t0, mcause
        bgez t0, fail
        andi t0, t0, 0xff
        li t1, 7
        beq t0, t1, 5f
        li t0, PLIC + 0x200004
        lw t1, 0(t0)
        li t2, 10
        bne t1, t2, fail
        li t2, UART
        lbu t3, 2(t2)                   # reading IIR clears the event
        sb zero, 1(t2)
        sw t1, 0(t0)
        print 'E'
        la t0, external_seen
        li t1, 1
        sw t1, 0(t0)
        mret
5:      print 'T'
        li t0, CLINT + 0x4000
        li t1, -1
        sd t1, 0(t0)
        la t0, timer_seen
        li t1, 1
        sw t1, 0(t0)
        mret

        .align 12
user_code:
        li t0, USER_DATA
        li t1, 'd'
        sd t1, 0(t0)
        li a0, 'U'
        li a7, 0
        ecall
        li a7, 1
        ecall

        .bss
        .align 12
root:   .skip 4096
middle: .skip 4096
leaf:   .skip 4096
user_data: .skip 4096
stack:  .skip 4096
stack_end:
timer_seen: .skip 8
external_seen: .skip 8
