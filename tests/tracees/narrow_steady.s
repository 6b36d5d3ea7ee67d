# A 32-bit program that spins and sleeps in turn, and looks whether every register and flag is as it was, whether a sleep of
# 100 ms ends with 0 and not early, and whether it has a child. It says "ready", and when its input ends it exits with 0, or
# with 1 if it noticed anything. The smaller sister of steady.c.
.globl _start

.macro give                 # all but the counter, the stack and what a call gives; flags: CF, DF and SF
    push $0x683
    popf
    mov $0x11111111, %ebx
    mov $0x22222222, %edx
    mov $0x33333333, %esi
    mov $0x44444444, %edi
    mov $0x55555555, %ebp
.endm

.macro wanted register, value
    cmp $\value, \register
    jne bad\@
    jmp good\@
bad\@:
    movl $1, noticed
good\@:
.endm

.macro check                # the flags first, as comparing changes them
    pushf
    cld
    andl $0xcd5, (%esp)
    cmpl $0x481, (%esp)
    je flags\@
    movl $1, noticed
flags\@:
    add $4, %esp
    wanted %edx, 0x22222222
    wanted %esi, 0x33333333
    wanted %edi, 0x44444444
    wanted %ebp, 0x55555555
    cmp stack, %esp
    je stack\@
    movl $1, noticed
    mov stack, %esp
stack\@:
.endm

.macro clock place          # CLOCK_MONOTONIC
    mov $265, %eax          # clock_gettime
    mov $1, %ebx
    mov $\place, %ecx
    int $0x80
.endm

_start:
    mov %esp, stack
    mov $4, %eax            # write
    mov $1, %ebx
    mov $ready, %ecx
    mov $6, %edx
    int $0x80
round:
    give
    mov $0x66666666, %eax
    mov $50000000, %ecx
spin:
    loop spin               # changes no flag
    check
    wanted %eax, 0x66666666
    wanted %ebx, 0x11111111
    wanted %ecx, 0

    clock before
    give
    mov $162, %eax          # nanosleep
    mov $time, %ebx
    mov $0, %ecx
    int $0x80
    check
    wanted %eax, 0
    wanted %ebx, time
    wanted %ecx, 0
    clock after
    mov after, %eax
    sub before, %eax
    imul $1000000000, %eax
    add after+4, %eax
    sub before+4, %eax
    cmp $100000000, %eax
    jae children
    movl $1, noticed
children:
    mov $7, %eax            # waitpid
    mov $-1, %ebx
    xor %ecx, %ecx
    mov $1, %edx            # WNOHANG
    int $0x80
    wanted %eax, -10        # ECHILD

    mov $168, %eax          # poll
    mov $input, %ebx
    mov $1, %ecx
    xor %edx, %edx
    int $0x80
    test %eax, %eax
    jz round
    jns read
    movl $1, noticed
    jmp round
read:
    mov $3, %eax
    xor %ebx, %ebx
    mov $byte, %ecx
    mov $1, %edx
    int $0x80
    cmp $1, %eax
    je round
    mov $7, %eax            # waitpid, also for a child whose end sends no signal
    mov $-1, %ebx
    xor %ecx, %ecx
    mov $0x40000001, %edx   # WNOHANG and __WALL
    int $0x80
    wanted %eax, -10
    mov noticed, %ebx
    mov $1, %eax            # exit
    int $0x80
.data
ready: .ascii "ready\n"
.balign 4
time: .long 0, 100000000
input: .long 0, 1           # its number, and POLLIN
.bss
noticed: .long 0
stack: .long 0
before: .skip 8
after: .skip 8
byte: .skip 4
