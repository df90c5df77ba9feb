# Runs a random program in U-mode under Sv39, logs every trap, and serves write and exit. The program lies at PROGRAM.
# Its windows of pages at WINDOW have the permissions of `pages` below; the pages with X are full of `jalr x0,0(x7)`, two bytes
# late, so that one of them straddles each page's end. After a trap the program goes on behind the instruction, or at x7
# where that lies in the window. The dump goes to the UART, then the log of traps, then the machine powers off.

        .equ UART, 0x10000000
        .equ UART_READY, 0x20
        .equ POWER, 0x100000
        .equ PROGRAM, 0x80100000
        .equ PROGRAM_END, 0x80800000
        .equ LOG, 0x80800000
        .equ LOG_END, 0x80c00000
        .equ WINDOW, 0x40000000
        .equ WINDOW_PAGES, 16
        .equ RETURN_LOW, 0x8067
        .equ RETURN_HIGH, 0x0003

        .text
        .globl _start
_start:
        la t0, trap
        csrw mtvec, t0
        li t0, -1
        csrw pmpaddr0, t0
        li t0, 0x1f
        csrw pmpcfg0, t0

        # Code in all pages of the window.
        la t0, window
        li t1, WINDOW_PAGES * 1024
1:      li t2, RETURN_HIGH
        sh t2, 0(t0)
        li t2, RETURN_LOW
        sh t2, 2(t0)
        addi t0, t0, 4
        addi t1, t1, -1
        bnez t1, 1b

        # Root: gigabyte 1 is the window's, gigabyte 2 the program's.
        la a0, root
        la t0, window_middle
        call table_entry
        sd t0, 8(a0)
        la t0, program_middle
        call table_entry
        sd t0, 16(a0)
        la a0, window_middle
        la t0, window_leaf
        call table_entry
        sd t0, 0(a0)

        # The program: pages in its first 2 MiB, superpages for the next 6.
        la a0, program_middle
        la t0, program_leaf
        call table_entry
        sd t0, 0(a0)
        li t0, (0x80200000 >> 2) | 0xdf
        li t1, 3
        li t2, 0x200000 >> 2
2:      sd t0, 8(a0)
        add t0, t0, t2
        addi a0, a0, 8
        addi t1, t1, -1
        bnez t1, 2b
        la a0, program_leaf + 256 * 8
        li t0, (PROGRAM >> 2) | 0xdf
        li t1, 256
3:      sd t0, 0(a0)
        addi t0, t0, 0x400
        addi a0, a0, 8
        addi t1, t1, -1
        bnez t1, 3b

        # The window's pages.
        la a0, window_leaf
        la a1, pages
        la t0, window
        srli t0, t0, 2
        li t1, WINDOW_PAGES
4:      lbu t2, 0(a1)
        or t2, t2, t0
        sd t2, 0(a0)
        addi t0, t0, 0x400
        addi a0, a0, 8
        addi a1, a1, 1
        addi t1, t1, -1
        bnez t1, 4b

        la t0, root
        srli t0, t0, 12
        li t1, 8 << 60
        or t0, t0, t1
        csrw satp, t0
        sfence.vma
        li t0, 0x6000                   # mstatus: FS dirty, MPP user
        csrw mstatus, t0
        la t0, saved
        csrw mscratch, t0
        li t0, LOG
        la t1, log_next
        sd t0, 0(t1)
        li t0, PROGRAM
        csrw mepc, t0
        call clear
        mret

# t0: address of a table; becomes the entry that points to it.
table_entry:
        srli t0, t0, 2
        ori t0, t0, 1
        ret

# All registers of the program 0.
clear:
        .irp r, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        li x\r, 0
        .endr
        ret

        .align 2
trap:
        csrrw sp, mscratch, sp
        sd t0, 0(sp)
        sd t1, 8(sp)
        sd t2, 16(sp)
        sd t3, 24(sp)
        csrr t0, mcause
        li t1, 8
        bne t0, t1, 5f
        li t1, 64
        beq a7, t1, write
        li t1, 93
        beq a7, t1, exit

5:      # Log cause, address and value, as long as there is room.
        la t1, log_next
        ld t2, 0(t1)
        li t3, LOG_END
        bgeu t2, t3, 6f
        sd t0, 0(t2)
        csrr t0, mepc
        sd t0, 8(t2)
        csrr t0, mtval
        sd t0, 16(t2)
        addi t2, t2, 24
        sd t2, 0(t1)

6:      csrr t0, mepc
        li t1, PROGRAM
        bltu t0, t1, recover
        li t1, PROGRAM_END
        bgeu t0, t1, recover
        lhu t1, 0(t0)
        andi t1, t1, 3
        addi t0, t0, 2
        addi t1, t1, -3
        bnez t1, 7f
        addi t0, t0, 2
7:      csrw mepc, t0
        j return
recover:
        # x7 is t2: the program's value is in its save area.
        ld t0, 16(sp)
        csrw mepc, t0
return:
        ld t0, 0(sp)
        ld t1, 8(sp)
        ld t2, 16(sp)
        ld t3, 24(sp)
        csrrw sp, mscratch, sp
        mret

write:
        mv t0, a1
        add t1, a1, a2
        jal t3, send
        mv a0, a2
        csrr t0, mepc
        addi t0, t0, 4
        csrw mepc, t0
        j return

exit:
        li t0, LOG
        la t1, log_next
        ld t1, 0(t1)
        jal t3, send
        li t0, POWER
        li t1, 0x5555
        sw t1, 0(t0)
8:      j 8b

# The bytes from t0 to t1 to the UART; returns to t3.
send:
        li t2, UART
9:      beq t0, t1, 11f
10:     lbu sp, 5(t2)
        andi sp, sp, UART_READY
        beqz sp, 10b
        lbu sp, 0(t0)
        sb sp, 0(t2)
        addi t0, t0, 1
        j 9b
11:     la sp, saved
        jr t3

        .section .rodata
# V R W X U G A D are bits 0 to 7: U A D and V, with the letters of the comment.
pages:  .byte 0x00      #  0 nothing
        .byte 0xd7      #  1 RW
        .byte 0xd7      #  2 RW
        .byte 0x00      #  3 nothing
        .byte 0xd3      #  4 R
        .byte 0xd7      #  5 RW
        .byte 0xd3      #  6 R
        .byte 0xd9      #  7 X
        .byte 0xdb      #  8 RX
        .byte 0x00      #  9 nothing
        .byte 0xdb      # 10 RX
        .byte 0xd9      # 11 X
        .byte 0x00      # 12 nothing
        .byte 0xdf      # 13 RWX
        .byte 0xcf      # 14 RWX, the supervisor's
        .byte 0xd5      # 15 W: reserved

        .bss
        .align 12
root:           .space 4096
window_middle:  .space 4096
window_leaf:    .space 4096
program_middle: .space 4096
program_leaf:   .space 4096
window:         .space WINDOW_PAGES * 4096
saved:          .space 64
log_next:       .space 8
