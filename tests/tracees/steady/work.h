/* Work whose result is known beforehand. */

enum { STEPS = 3000000, ARRAY = 20000 };

static const uint64_t factor = 6364136223846793005, summand = 1442695040888963407;

/* As many steps at once, in a few multiplications. */
static uint64_t after_steps(uint64_t value, uint64_t steps) {
  uint64_t by = 1, plus = 0, f = factor, s = summand;
  for (; steps; steps >>= 1) {
    if (steps & 1) by *= f, plus = plus * f + s;
    s = s * f + s;
    f *= f;
  }
  return value * by + plus;
}

static uint32_t array[ARRAY];

static void sort(uint32_t *from, uint32_t *to) {
  if (to - from < 2) return;
  uint32_t pivot = from[(to - from) / 2], *low = from, *high = to - 1, swap;
  while (low <= high) {
    while (*low < pivot) low++;
    while (*high > pivot) high--;
    if (low <= high) swap = *low, *low++ = *high, *high-- = swap;
  }
  sort(from, high + 1);
  sort(low, to);
}

static void round_sums(const char *mode, long milliseconds) {
  static uint64_t value = 1;
  for (long until = now() + milliseconds * MILLISECOND; now() < until;) {
    uint64_t wanted = after_steps(value, STEPS), total = 0, sorted = 0;
    for (int i = 0; i < STEPS; i++) value = value * factor + summand;
    if (value != wanted) noticed("%s: a sum was wrong", mode);
    value = wanted;
    for (int i = 0; i < ARRAY; i++) total += array[i] = (value = value * factor + summand) >> 32;
    sort(array, array + ARRAY);
    for (int i = 0; i < ARRAY; i++) {
      sorted += array[i];
      if (i && array[i - 1] > array[i]) noticed("%s: an array was not sorted", mode);
    }
    if (sorted != total) noticed("%s: an array changed", mode);
  }
}

/* A call that cannot wait, as often as there is time: it may be hit at its entry, its exit, and between two. */
static void round_busy_syscalls(const char *mode, long milliseconds) {
  long parent = getppid();
  for (long until = now() + milliseconds * MILLISECOND; now() < until;)
    for (int i = 0; i < 1000; i++) {
      long result = syscall(SYS_getppid), error = syscall(SYS_close, -1);
      if (result != parent) noticed("%s gave %ld", mode, result);
      if (error != -1 || errno != EBADF) noticed("%s: close gave %ld", mode, error);
    }
}
