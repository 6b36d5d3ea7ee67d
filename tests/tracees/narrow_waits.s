# A 32-bit program that says a line and waits.
    .globl _start
    .text
_start:
    movl $4, %eax               # write(1, ready, 6)
    movl $1, %ebx
    movl $ready, %ecx
    movl $6, %edx
    int $0x80
again:
    movl $29, %eax              # pause()
    int $0x80
    jmp again

    .section .rodata
ready:
    .ascii "ready\n"
    .section .note.GNU-stack, "", @progbits
