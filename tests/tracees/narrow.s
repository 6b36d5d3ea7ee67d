# A 32-bit program: forks, waits for its child in waitpid, and exits with 9. The child waits in epoll_wait for 600 ms, and
# exits with 0 if that came to its end by itself, otherwise with 1. With an argument it waits in sendto, of a full socket with
# a time limit.
.globl _start
_start:
    mov (%esp), %ebp        # how many arguments, with the name
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
    cmp $1, %ebp
    jne send
    mov $254, %eax          # epoll_create
    mov $1, %ebx
    int $0x80
    mov %eax, %ebx
    mov $256, %eax          # epoll_wait
    mov $event, %ecx
    mov $1, %edx
    mov $600, %esi
    int $0x80
end:
    xor %ebx, %ebx
    test %eax, %eax
    setnz %bl
    mov $1, %eax            # exit
    int $0x80
send:
    mov $360, %eax          # socketpair
    mov $1, %ebx            # AF_UNIX
    mov $1, %ecx            # SOCK_STREAM
    xor %edx, %edx
    mov $ends, %esi
    int $0x80
    mov $366, %eax          # setsockopt
    mov ends, %ebx
    mov $1, %ecx            # SOL_SOCKET
    mov $21, %edx           # SO_SNDTIMEO
    mov $limit, %esi
    mov $8, %edi
    int $0x80
    mov $0x40, %esi         # MSG_DONTWAIT
fill:
    call sendto
    test %eax, %eax
    jns fill
    xor %esi, %esi
    call sendto
    add $11, %eax           # EAGAIN: the time is over
    jmp end
sendto:                     # one byte, with the flags that are in %esi
    mov $369, %eax
    mov ends, %ebx
    mov $event, %ecx
    mov $1, %edx
    xor %edi, %edi
    xor %ebp, %ebp
    int $0x80
    ret
.data
limit: .long 0, 600000
.bss
status: .long 0
event: .skip 16
ends: .skip 8
