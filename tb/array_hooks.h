/* The array of an analog macro in a Verilated model: its DPI-C functions (rtl/behavioural/
 * cim_analog_array_device.v) call these, which the program that loaded the model gives it. */
#ifndef CIMFORGE_TB_ARRAY_HOOKS_H
#define CIMFORGE_TB_ARRAY_HOOKS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Vectors that are put as words of 32 bits, the lowest first. */
enum cim_array_vector {
  CIM_ARRAY_ENABLE, /* rows that are driven */
  CIM_ARRAY_CODE,   /* their codes */
  CIM_ARRAY_RANGE,  /* of the converters */
  CIM_ARRAY_SET,    /* devices that a pulse moves up */
  CIM_ARRAY_RESET,  /* or down */
  CIM_ARRAY_AMPLITUDE,
  CIM_ARRAY_VECTORS /* how many there are */
};

/* One array is used by one thread at a time. A function may throw: the exception comes out of the
 * evaluation of the model. */
struct cim_array_hooks {
  void* context;
  void* (*open)(void* context, int rows, int cell_columns, int converters);
  void (*close)(void* array);
  void (*put)(void* array, int vector, int index, uint32_t word);
  void (*conditions)(void* array, uint32_t temperature, uint32_t elapsed);
  void (*pulse)(void* array, int row);
  void (*read)(void* array); /* the rows as they were put */
  void (*convert)(void* array, int column, int slice, int plus, int minus, int test,
                  int32_t reference);
  uint32_t (*code)(void* array, int converter); /* the bit above the code: it was clipped */
};

/* Exported by the library of a model: for all models that are made from now on. */
typedef void cim_dut_set_array_fn(const struct cim_array_hooks* hooks);

#ifdef __cplusplus
}
#endif
#endif
