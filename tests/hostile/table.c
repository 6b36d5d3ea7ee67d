// The one table of probes; `probes.def` is its text.
#include "hostile.h"

#define PROBE(name, function, place, itself, promise) {name, function, place, itself, promise},
const struct probe probes[] = {
#include "probes.def"
};
#undef PROBE
const size_t probe_count = sizeof probes / sizeof *probes;
