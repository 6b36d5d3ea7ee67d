# A 32-bit program: forks, waits for its child in waitpid, and exits with 9. The child waits in epoll_wait for 600 ms, and
# exits with 0 if that came to its end by itself, otherwise with 1.
.globl _start
_start:
    mov $2, %eax            # fork
    int $0x80
    test %eax, %eax
    jz child
    mov %eax, %ebx
    mov $7, %eax            # waitpid
    mov $status, %ecx
    xor %edx, %edx
    int $0x80
    mov status, %ebx
    shr $8, %ebx
    add $9, %ebx
    mov $1, %eax            # exit
    int $0x80
child:
    mov $254, %eax          # epoll_create
    mov $1, %ebx
    int $0x80
    mov %eax, %ebx
    mov $256, %eax          # epoll_wait
    mov $event, %ecx
    mov $1, %edx
    mov $600, %esi
    int $0x80
    xor %ebx, %ebx
    test %eax, %eax
    setnz %bl
    mov $1, %eax            # exit
    int $0x80
.bss
status: .long 0
event: .skip 16
