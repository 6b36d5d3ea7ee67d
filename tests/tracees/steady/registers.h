/* Loops, and waits, in which every register has a value that is known, and memory below the stack pointer too, as far as a
 * function that calls nothing may use it. In assembly, as a compiler leaves no register alone. */
#ifdef __x86_64__

/* What the assembly takes and leaves: registers in the order of their numbers, with rsp for the stack pointer. */
uint64_t given_registers[16], found_registers[16], given_zone[16], found_zone[16], given_flags, found_flags;
/* 64 bytes a vector, 32 vectors, and masks. */
unsigned char given_vectors[32][64] __attribute__((aligned(64))), found_vectors[32][64] __attribute__((aligned(64)));
uint64_t given_masks[8], found_masks[8];
double given_x87[8], found_x87[8];
uint16_t given_control, found_control;
uint32_t given_mxcsr, found_mxcsr, usual_mxcsr;

/* Neither changes a flag: lea and jrcxz set none. */
#define LOOP "71: lea -1(%rcx), %rcx\n jrcxz 72f\n jmp 71b\n 72:\n"
#define CALL "syscall\n"

#define REGISTERS(name, work) \
  __asm__( \
      ".text\n .globl " name "\n .type " name ", @function\n" name ":\n" \
      "push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n pushfq\n" \
      "mov %rsp, given_registers+32(%rip)\n" \
      /* The flags go by the stack, and so before what lies below it. */ \
      "push given_flags(%rip)\n popfq\n" \
      ".set at, 0\n .rept 16\n mov given_zone+at(%rip), %rax\n mov %rax, -8-at(%rsp)\n .set at, at+8\n .endr\n" \
      "mov given_registers+0(%rip), %rax\n mov given_registers+8(%rip), %rcx\n mov given_registers+16(%rip), %rdx\n" \
      "mov given_registers+24(%rip), %rbx\n mov given_registers+40(%rip), %rbp\n mov given_registers+48(%rip), %rsi\n" \
      "mov given_registers+56(%rip), %rdi\n mov given_registers+64(%rip), %r8\n mov given_registers+72(%rip), %r9\n" \
      "mov given_registers+80(%rip), %r10\n mov given_registers+88(%rip), %r11\n mov given_registers+96(%rip), %r12\n" \
      "mov given_registers+104(%rip), %r13\n mov given_registers+112(%rip), %r14\n mov given_registers+120(%rip), %r15\n" \
      work \
      "mov %rax, found_registers+0(%rip)\n mov %rcx, found_registers+8(%rip)\n mov %rdx, found_registers+16(%rip)\n" \
      "mov %rbx, found_registers+24(%rip)\n mov %rsp, found_registers+32(%rip)\n mov %rbp, found_registers+40(%rip)\n" \
      "mov %rsi, found_registers+48(%rip)\n mov %rdi, found_registers+56(%rip)\n mov %r8, found_registers+64(%rip)\n" \
      "mov %r9, found_registers+72(%rip)\n mov %r10, found_registers+80(%rip)\n mov %r11, found_registers+88(%rip)\n" \
      "mov %r12, found_registers+96(%rip)\n mov %r13, found_registers+104(%rip)\n mov %r14, found_registers+112(%rip)\n" \
      "mov %r15, found_registers+120(%rip)\n" \
      /* One that was moved is told, and must not take the program along. */ \
      "mov given_registers+32(%rip), %rsp\n" \
      ".set at, 0\n .rept 16\n mov -8-at(%rsp), %rax\n mov %rax, found_zone+at(%rip)\n .set at, at+8\n .endr\n" \
      "pushfq\n pop found_flags(%rip)\n" \
      "popfq\n pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n ret\n" \
      ".size " name ", .-" name "\n");

REGISTERS("registers_loop", LOOP)
REGISTERS("registers_call", CALL)
void registers_loop(void);
void registers_call(void);

static const char *const register_names[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                             "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"};

/* Other ones each time, and of both signs. */
static uint64_t pattern(void) {
  static uint64_t value = 0x5eed;
  return value = value * 6364136223846793005 + 1442695040888963407;
}

/* CF, PF, AF, ZF, SF, DF and OF, half of them each time; IF is the kernel's. */
enum { EACH = 0xcd5, CHECKED = EACH | 0x40100 | 0x200000, ALWAYS = 0x202 };

static void give_registers(void) {
  static int turn;
  for (int i = 0; i < 16; i++) given_registers[i] = pattern(), given_zone[i] = pattern();
  turn++;
  given_flags = ALWAYS | (turn & 1 ? 0x895 : 0x440) | (turn & 2 ? 0x200000 : 0);
}

/* `except` are those that the kernel itself writes. */
static void check_registers(const char *mode, unsigned except) {
  for (int i = 0; i < 16; i++) {
    if (!(except >> i & 1) && found_registers[i] != given_registers[i]) noticed("%s: %s changed", mode, register_names[i]);
    if (found_zone[i] != given_zone[i]) noticed("%s: memory %d bytes below the stack pointer changed", mode, 8 + 8 * i);
  }
  if ((found_flags ^ given_flags) & CHECKED) noticed("%s: flags changed", mode);
}

/* Vectors, masks, x87 and its control, and MXCSR: %rdi is how often to loop, or a time to sleep. */
#define ALL16(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define ALL32(X) ALL16(X) X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27) X(28) X(29) X(30) X(31)
#define VECTOR_IN(move, kind, i) move " given_vectors+" #i "*64(%rip), %" kind #i "\n"
#define VECTOR_OUT(move, kind, i) move " %" kind #i ", found_vectors+" #i "*64(%rip)\n"
#define SSE_IN(i) VECTOR_IN("movdqu", "xmm", i)
#define SSE_OUT(i) VECTOR_OUT("movdqu", "xmm", i)
#define AVX_IN(i) VECTOR_IN("vmovdqu", "ymm", i)
#define AVX_OUT(i) VECTOR_OUT("vmovdqu", "ymm", i)
#define AVX512_IN(i) VECTOR_IN("vmovdqu64", "zmm", i)
#define AVX512_OUT(i) VECTOR_OUT("vmovdqu64", "zmm", i)
#define MASKS_IN \
  ".irp i, 1,2,3,4,5,6,7\n kmovw given_masks+8*\\i(%rip), %k\\i\n .endr\n"
#define MASKS_OUT \
  ".irp i, 1,2,3,4,5,6,7\n kmovw %k\\i, found_masks+8*\\i(%rip)\n .endr\n"

#define VECTORS(name, in, out, last) \
  __asm__( \
      ".text\n .globl " name "\n .type " name ", @function\n" name ":\n" \
      "stmxcsr usual_mxcsr(%rip)\n ldmxcsr given_mxcsr(%rip)\n fninit\n fldcw given_control(%rip)\n" \
      ".set at, 0\n .rept 8\n fldl given_x87+at(%rip)\n .set at, at+8\n .endr\n" \
      in \
      "mov %rdi, %rcx\n test %rsi, %rsi\n jz 71f\n" \
      "mov $35, %eax\n xor %esi, %esi\n syscall\n jmp 72f\n" \
      LOOP \
      out \
      ".set at, 56\n .rept 8\n fstpl found_x87+at(%rip)\n .set at, at-8\n .endr\n" \
      "fnstcw found_control(%rip)\n stmxcsr found_mxcsr(%rip)\n fninit\n ldmxcsr usual_mxcsr(%rip)\n" last \
      "ret\n .size " name ", .-" name "\n");

VECTORS("vectors_sse", ALL16(SSE_IN), ALL16(SSE_OUT), "")
VECTORS("vectors_avx", ALL16(AVX_IN), ALL16(AVX_OUT), "vzeroupper\n")
VECTORS("vectors_avx512", ALL32(AVX512_IN) MASKS_IN, ALL32(AVX512_OUT) MASKS_OUT, "vzeroupper\n")
void vectors_sse(uint64_t count, uint64_t sleeps), vectors_avx(uint64_t count, uint64_t sleeps),
    vectors_avx512(uint64_t count, uint64_t sleeps);

static struct {
  const char *name;
  void (*loop)(uint64_t count, uint64_t sleeps);
  int vectors, bytes, masks;
} vectors = {"SSE", vectors_sse, 16, 16, 0};

static const char *prepare_registers(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) {
    vectors.name = "AVX-512", vectors.loop = vectors_avx512, vectors.vectors = 32, vectors.bytes = 64, vectors.masks = 1;
  } else if (__builtin_cpu_supports("avx")) {
    vectors.name = "AVX", vectors.loop = vectors_avx, vectors.bytes = 32;
    unchecked("AVX-512 registers");
  } else unchecked("AVX registers");
  return 0;
}

static void with_vectors(const char *mode, uint64_t count, uint64_t sleeps) {
  uint64_t *words = (uint64_t *)given_vectors;
  for (size_t i = 0; i < sizeof given_vectors / 8; i++) words[i] = pattern();
  for (int i = 0; i < 8; i++) given_x87[i] = (int)pattern(), given_masks[i] = pattern() & 0xffff;
  /* Other roundings than the usual one, and every exception masked: a wrong one would change sums, too. */
  given_control = 0x0e7f, given_mxcsr = 0x5f80;
  vectors.loop(count, sleeps);
  for (int i = 0; i < vectors.vectors; i++)
    if (memcmp(given_vectors[i], found_vectors[i], vectors.bytes)) noticed("%s: %s register %d changed", mode, vectors.name, i);
  if (vectors.masks && memcmp(given_masks + 1, found_masks + 1, 7 * 8)) noticed("%s: mask registers changed", mode);
  if (memcmp(given_x87, found_x87, sizeof given_x87)) noticed("%s: x87 registers changed", mode);
  if (given_control != found_control) noticed("%s: the x87 control word changed", mode);
  if (given_mxcsr != (found_mxcsr & ~0x3fu)) noticed("%s: MXCSR changed", mode);
}

enum { LOOPS = 2000000, RCX = 1 << 1, RAX = 1 << 0, R11 = 1 << 11 };

static void round_spin(const char *mode, long milliseconds) {
  for (long until = now() + milliseconds * MILLISECOND; now() < until;) {
    give_registers();
    given_registers[1] = LOOPS;
    registers_loop();
    if (found_registers[1]) noticed("%s: rcx changed", mode);
    check_registers(mode, RCX);
    with_vectors(mode, LOOPS, 0);
  }
}

/* A system call keeps all but rax, rcx and r11. */
static void round_registers_asleep(const char *mode, long milliseconds) {
  struct timespec half = interval(milliseconds / 2);
  long begun = now();
  give_registers();
  given_registers[0] = SYS_nanosleep, given_registers[6] = 0, given_registers[7] = (uintptr_t)&half;
  registers_call();
  if (found_registers[0]) noticed("%s: nanosleep gave %ld", mode, (long)found_registers[0]);
  check_registers(mode, RAX | RCX | R11);
  check_time(mode, begun, milliseconds / 2, 0);
  begun = now();
  with_vectors(mode, (uintptr_t)&half, 1);
  check_time(mode, begun, milliseconds / 2, 0);
}

#else
static const char *prepare_registers(void) { return "registers of this machine"; }
static void round_spin(const char *mode, long milliseconds) { (void)mode, rest(milliseconds); }
static void round_registers_asleep(const char *mode, long milliseconds) { (void)mode, rest(milliseconds); }
#endif
