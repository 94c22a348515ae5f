// The DPI-C functions of an analog array: they hand on to the hooks of the program. Compiled with
// the Verilated sources of a macro that has such an array.
#include "array_hooks.h"

#include "runtime_hooks.h"

namespace {

const cim_array_hooks* hooks = nullptr;

const cim_array_hooks& given() {
  if (hooks == nullptr) {
    throw cimforge_runtime::Stopped{"the model has no device model behind its array"};
  }
  return *hooks;
}

}  // namespace

extern "C" {

void CIM_NAME(set_array)(const cim_array_hooks* given_hooks) {
  hooks = given_hooks;
}

// As Verilator declares them. The return values make their order that of the statements.
void* cim_array_open(int rows, int cell_columns, int converters) {
  return given().open(given().context, rows, cell_columns, converters);
}
void cim_array_close(void* array) {
  if (array != nullptr && hooks != nullptr) hooks->close(array);
}
int cim_array_put(void* array, int vector, int index, unsigned int word) {
  given().put(array, vector, index, word);
  return 0;
}
int cim_array_conditions(void* array, unsigned int temperature, unsigned int elapsed) {
  given().conditions(array, temperature, elapsed);
  return 0;
}
int cim_array_pulse(void* array, int row) {
  given().pulse(array, row);
  return 0;
}
int cim_array_read(void* array) {
  given().read(array);
  return 0;
}
int cim_array_convert(void* array, int column, int slice, int plus, int minus, int test,
                      int reference) {
  given().convert(array, column, slice, plus, minus, test, reference);
  return 0;
}
unsigned int cim_array_code(void* array, int converter) {
  return given().code(array, converter);
}

}  // extern "C"
