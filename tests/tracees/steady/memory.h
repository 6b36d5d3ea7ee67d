/* Memory that does not change: all program text and constants, of the program, its libraries and the vDSO, and a block of the
 * heap. What lies on the stack is looked at by rounds.h and registers.h. */
#include <link.h>

static uint64_t sum(const void *memory, size_t size) {
  const unsigned char *bytes = memory;
  uint64_t value = 0xcbf29ce484222325, word;
  for (; size >= 8; size -= 8, bytes += 8) {
    memcpy(&word, bytes, 8);
    value = (value ^ word) * 0x100000001b3;
    value ^= value >> 32;
  }
  while (size--) value = (value ^ *bytes++) * 0x100000001b3;
  return value;
}

enum { SEGMENTS = 64, BLOCK = 65536 };

static struct segment {
  const void *start;
  size_t size;
  uint64_t sum;
} segments[SEGMENTS];
static int segment_count;
static unsigned char *heap_block;

static int add_segments(struct dl_phdr_info *info, size_t size, void *context) {
  (void)size, (void)context;
  for (int i = 0; i < info->dlpi_phnum && segment_count < SEGMENTS; i++) {
    const ElfW(Phdr) *header = &info->dlpi_phdr[i];
    if (header->p_type != PT_LOAD || header->p_flags & PF_W || !(header->p_flags & PF_R)) continue;
    const void *start = (const char *)info->dlpi_addr + header->p_vaddr;
    segments[segment_count++] = (struct segment){start, header->p_memsz, sum(start, header->p_memsz)};
  }
  return 0;
}

/* So that another process can find it (disturb.c). */
static void memory_prepare(void) {
  dl_iterate_phdr(add_segments, 0);
  heap_block = malloc(BLOCK);
  for (int i = 0; i < BLOCK; i++) heap_block[i] = i * 167 + (i >> 8);
  memcpy(heap_block, "steady heap", 12);
  if (!segment_count) unchecked("program text");
}

static void memory_check(void) {
  static uint64_t heap;
  if (!heap) heap = sum(heap_block, BLOCK);
  if (sum(heap_block, BLOCK) != heap) noticed("the heap changed");
  for (int i = 0; i < segment_count; i++)
    if (sum(segments[i].start, segments[i].size) != segments[i].sum) noticed("program text or constants changed (segment %d)", i);
}
