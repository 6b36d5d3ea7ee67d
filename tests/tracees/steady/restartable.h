/* Counters, one a CPU, to which threads add in restartable sequences (rseq(2)): without a lock, and right only if a sequence
 * that was left in its middle is begun again. */
#if defined __x86_64__
enum { CPUS = 1024, ADDERS = 4 };

static struct { long value, padding[7]; } counters[CPUS];
static atomic_long added, begun_again;
static atomic_int adders_end;
static pthread_t adders[ADDERS];

/* The sequence dallies between reading and writing, so that it is often left there. */
static void add_one(struct rseq *area) {
again:
  __asm__ goto(
      ".pushsection .data.sequence, \"aw\"\n .balign 32\n"
      "3: .long 0, 0\n .quad 1f, 2f-1f, 4f\n .popsection\n"
      "lea 3b(%%rip), %%rax\n mov %%rax, 8(%0)\n"
      "1: mov 4(%0), %%ecx\n shl $6, %%rcx\n mov (%1,%%rcx), %%rdx\n"
      "mov $400, %%esi\n 5: dec %%esi\n jnz 5b\n"
      "inc %%rdx\n mov %%rdx, (%1,%%rcx)\n"
      "2:\n"
      ".pushsection .text.abort, \"ax\"\n .byte 0x0f, 0xb9, 0x3d\n .long 0x53053053\n"
      "4: jmp %l2\n .popsection\n"
      :: "r"(area), "r"(counters) : "rax", "rcx", "rdx", "rsi", "memory", "cc" : aborted);
  return;
aborted:
  begun_again++;
  goto again;
}

static void add_many(int count) {
  for (int i = 0; i < count; i++) add_one(own_rseq());
  added += count;
}

static void *adder(void *nothing) {
  while (!adders_end) add_many(1000);
  return nothing;
}

static const char *prepare_rseq(void) {
  if (!restartable()) return "not registered";
  if (sysconf(_SC_NPROCESSORS_CONF) > CPUS) return "too many CPUs";
  for (int i = 0; i < ADDERS; i++)
    if (pthread_create(&adders[i], 0, adder, 0)) return "threads";
  return 0;
}

static void round_rseq(const char *mode, long milliseconds) {
  for (long until = now() + milliseconds * MILLISECOND; now() < until;) {
    unsigned cpu = 0;
    add_many(1000);
    /* One may move in between, but not each time. */
    int tries = 100;
    while (tries-- && (getcpu(&cpu, 0), cpu != own_rseq()->cpu_id));
    if (tries < 0) noticed("%s: the CPU is not the one that rseq says", mode);
  }
}

static void end_rseq(void) {
  long total = 0;
  adders_end = 1;
  for (int i = 0; i < ADDERS; i++) pthread_join(adders[i], 0);
  for (int i = 0; i < CPUS; i++) total += counters[i].value;
  if (total != added) noticed("rseq: %s of what was added is there", total < added ? "not all" : "more than all");
}
#else
static const char *prepare_rseq(void) { return "sequences for this machine"; }
static void round_rseq(const char *mode, long milliseconds) { (void)mode, rest(milliseconds); }
static void end_rseq(void) {}
#endif
