/* The table of descriptors: which there are, their flags, positions, and what they lead to. It is listed by /proc where that
 * is, and otherwise as far as 255. */
#include <fcntl.h>
#include <sys/stat.h>

enum { DESCRIPTORS = 512 };

struct descriptor {
  int number;
  long flags, status, position, device, inode;
};

struct table {
  int count;
  struct descriptor of[DESCRIPTORS];
};

static struct table table_before, table_now;

static void add_descriptor(struct table *table, int number) {
  struct stat file;
  long flags = fcntl(number, F_GETFD);
  if (flags < 0 || table->count == DESCRIPTORS || fstat(number, &file)) return;
  /* The position of its output moves, if that is a file, by what it says itself. */
  long position = number > 2 ? lseek(number, 0, SEEK_CUR) : 0;
  table->of[table->count++] =
      (struct descriptor){number, flags, fcntl(number, F_GETFL), position, file.st_dev, file.st_ino};
}

struct entry {
  uint64_t inode, offset;
  unsigned short length;
  unsigned char type;
  char name[];
};

/* By raw calls: the C library's way allocates, and this must leave the heap as it is. A leader that is gone has no table. */
static int list_by_proc(struct table *table) {
  static char buffer[16384] __attribute__((aligned(8)));
  int folder = open("/proc/thread-self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return 0;
  for (long size; (size = syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0;)
    for (long at = 0; at < size;) {
      struct entry *entry = (struct entry *)(buffer + at);
      int number = atoi(entry->name);
      if (entry->name[0] != '.' && number != folder) add_descriptor(table, number);
      at += entry->length;
    }
  close(folder);
  return 1;
}

static void table_read(struct table *table) {
  table->count = 0;
  if (list_by_proc(table)) return;
  unchecked("descriptors above 255");
  for (int number = 0; number < 256; number++) add_descriptor(table, number);
}

static void descriptors_prepare(void) { table_read(&table_before); }

static struct descriptor *find(struct table *table, int number) {
  for (int i = 0; i < table->count; i++)
    if (table->of[i].number == number) return &table->of[i];
  return 0;
}

static void descriptors_check(void) {
  table_read(&table_now);
  for (int i = 0; i < table_before.count; i++) {
    struct descriptor *before = &table_before.of[i], *after = find(&table_now, before->number);
    if (!after) noticed("descriptor %d is gone", before->number);
    else if (memcmp(before, after, sizeof *before)) noticed("descriptor %d changed", before->number);
  }
  for (int i = 0; i < table_now.count; i++)
    if (!find(&table_before, table_now.of[i].number)) noticed("descriptor %d is new", table_now.of[i].number);
}
