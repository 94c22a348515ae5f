// The DPI-C functions of faulty storage: they hand on to the hooks of the program. Compiled with
// the Verilated sources of a model that has it.
#include "storage_hooks.h"

#include "runtime_hooks.h"
#include "svdpi.h"

namespace {

const cim_storage_hooks* hooks = nullptr;

const cim_storage_hooks& given() {
  if (hooks == nullptr) {
    throw cimforge_runtime::Stopped{"the model has no faults behind its storage"};
  }
  return *hooks;
}

}  // namespace

extern "C" {

// Of the model.
void cim_storage_set(int line, int index, unsigned int data);

void CIM_NAME(set_storage)(const cim_storage_hooks* given_hooks) {
  hooks = given_hooks;
}

void CIM_NAME(storage_set)(void* scope, int line, int index, uint32_t word) {
  svSetScope(static_cast<svScope>(scope));
  cim_storage_set(line, index, word);
}

// As Verilator declares them.
void* cim_storage_open(int lanes, int rows, int bits, int banks) {
  const svScope scope = svGetScope();
  return given().open(given().context, svGetNameFromScope(scope), scope, lanes, rows, bits, banks);
}
int cim_storage_put(void* cells, int line, int index, unsigned int data) {
  given().put(cells, line, index, data);
  return 0;
}

}  // extern "C"
