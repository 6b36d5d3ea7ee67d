# A 32-bit program that executes one that is not there, and exits with 0.
.globl _start
_start:
    mov $11, %eax           # execve
    mov $path, %ebx
    xor %ecx, %ecx
    xor %edx, %edx
    int $0x80
    mov $1, %eax            # exit
    xor %ebx, %ebx
    int $0x80
.data
path: .asciz "/no/such"
