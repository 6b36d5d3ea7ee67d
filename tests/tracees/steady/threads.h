/* Eight threads that move money between accounts, and blocks of memory through a queue, with locks and condition variables:
 * no money may be lost, no block changed, and none may be stuck. */
enum { THREADS = 8, ACCOUNTS = 16, FUNDS = 1000, QUEUE = 4 };

static struct { pthread_mutex_t lock; long money; } accounts[ACCOUNTS];
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t room = PTHREAD_COND_INITIALIZER, content = PTHREAD_COND_INITIALIZER, tick;
static struct block { size_t size; uint64_t sum; unsigned char bytes[]; } *queue[QUEUE];
static int queued;
static atomic_long put, taken, moved;
static atomic_int threads_end;
static pthread_t workers[THREADS];

static void move_money(uint64_t number) {
  int from = number >> 32 & 15, to = number >> 40 & 15, low = from < to ? from : to, high = from < to ? to : from;
  if (from == to) return;
  /* Always the lower one first, so that no two wait for each other. */
  pthread_mutex_lock(&accounts[low].lock);
  pthread_mutex_lock(&accounts[high].lock);
  long sum = number >> 50 & 63;
  accounts[from].money -= sum;
  accounts[to].money += sum;
  pthread_mutex_unlock(&accounts[high].lock);
  pthread_mutex_unlock(&accounts[low].lock);
  moved++;
}

static void put_block(uint64_t number) {
  size_t size = 1 + (number >> 40 & 4095);
  struct block *block = malloc(sizeof *block + size);
  block->size = size;
  for (size_t i = 0; i < size; i++) block->bytes[i] = number >> i % 8 * 8;
  block->sum = sum(block->bytes, size);
  pthread_mutex_lock(&queue_lock);
  while (queued == QUEUE && !threads_end) pthread_cond_wait(&room, &queue_lock);
  int fits = queued < QUEUE;
  if (fits) queue[queued++] = block, put++;
  pthread_cond_signal(&content);
  pthread_mutex_unlock(&queue_lock);
  if (!fits) free(block);
}

static void take_block(void) {
  pthread_mutex_lock(&queue_lock);
  while (!queued && !threads_end) pthread_cond_wait(&content, &queue_lock);
  struct block *block = queued ? queue[--queued] : 0;
  pthread_cond_signal(&room);
  pthread_mutex_unlock(&queue_lock);
  if (block && sum(block->bytes, block->size) != block->sum) noticed("threads: a block changed");
  if (block) taken++;
  free(block);
}

static void *worker(void *which) {
  uint64_t number = (uintptr_t)which + 1;
  while (!threads_end) {
    for (int i = 0; i < 50; i++) move_money(number = number * factor + summand);
    if ((uintptr_t)which % 2) take_block();
    else put_block(number);
    /* Others use the machine, too. */
    rest(1);
  }
  return 0;
}

static const char *prepare_threads(void) {
  pthread_condattr_t attributes;
  mappings_are_steady = 0;
  unchecked("mappings");
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&tick, &attributes);
  for (int i = 0; i < ACCOUNTS; i++) {
    pthread_mutex_init(&accounts[i].lock, 0);
    accounts[i].money = FUNDS;
  }
  for (uintptr_t i = 0; i < THREADS; i++)
    if (pthread_create(&workers[i], 0, worker, (void *)i)) return "threads";
  return 0;
}

static void check_money(const char *mode) {
  long total = 0;
  for (int i = 0; i < ACCOUNTS; i++) pthread_mutex_lock(&accounts[i].lock);
  for (int i = 0; i < ACCOUNTS; i++) total += accounts[i].money;
  for (int i = ACCOUNTS; i--;) pthread_mutex_unlock(&accounts[i].lock);
  if (total != ACCOUNTS * FUNDS) noticed("%s: money was lost or made", mode);
}

static void round_threads(const char *mode, long milliseconds) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  long begun = now(), before = moved;
  struct timespec at = after(begun, milliseconds);
  pthread_mutex_lock(&lock);
  /* Nobody signals it. The library makes an interrupted call again itself, and so only the time tells. */
  int error = pthread_cond_timedwait(&tick, &lock, &at);
  pthread_mutex_unlock(&lock);
  if (error != ETIMEDOUT) noticed("%s: a condition variable gave %s", mode, error_name(error));
  check_time(mode, begun, milliseconds, 0);
  check_money(mode);
  long late = now() + 5000L * MILLISECOND;
  while (moved == before && now() < late) rest(1);
  if (moved == before) noticed("%s: stuck", mode);
}

static void end_threads(void) {
  struct timespec late;
  int stuck = 0;
  pthread_mutex_lock(&queue_lock);
  threads_end = 1;
  pthread_cond_broadcast(&room);
  pthread_cond_broadcast(&content);
  pthread_mutex_unlock(&queue_lock);
  clock_gettime(CLOCK_REALTIME, &late);
  late.tv_sec += 5;
  for (int i = 0; i < THREADS; i++) stuck += pthread_timedjoin_np(workers[i], 0, &late) != 0;
  if (stuck) noticed("threads: %d are stuck", stuck);
  else if (taken + queued != put) noticed("threads: of %ld blocks %ld were taken and %d left", put, taken, queued);
}
