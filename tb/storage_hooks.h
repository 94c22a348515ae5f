/* The storage of a Verilated model that may have faults: its cells (tb/faulty_storage.v) tell the
 * program what is written, and the program says what they hold. */
#ifndef CIMFORGE_TB_STORAGE_HOOKS_H
#define CIMFORGE_TB_STORAGE_HOOKS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The storage of one block of rows in one slice, as the program knows it. */
struct cim_storage_hooks {
  void* context;
  /* `path`: the instance, as the simulator names it; `scope`: what cim_dut_storage_set takes. */
  void* (*open)(void* context, const char* path, void* scope, int lanes, int rows, int bits,
                int banks);
  /* Word line `line` (bank * rows + row) is high: 32 bits of the data, the lowest first. */
  void (*put)(void* cells, int line, int index, uint32_t word);
};

/* Exported by the library of a model: for all models that are made from now on. */
typedef void cim_dut_set_storage_fn(const struct cim_storage_hooks* hooks);
/* What a block holds in 32 bits of a word line; the model sees it with its next evaluation. */
typedef void cim_dut_storage_set_fn(void* scope, int line, int index, uint32_t word);

#ifdef __cplusplus
}
#endif
#endif
