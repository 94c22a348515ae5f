/* The pins of a Verilated macro as plain C: what a model library exports and the bench drives.
 * The adapter (tb/adapter.cpp) is compiled with the Verilated sources of one macro into a shared
 * object; everything else is compiled once and works on any macro. */
#ifndef CIMFORGE_TB_DUT_H
#define CIMFORGE_TB_DUT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Inputs are read by cim_dut_eval, outputs are written by it. The data pins point into the
 * Verilated model itself: bit i of a port is bit i % 8 of byte i / 8; bits past the port's width
 * must be written as 0. Pins that a macro does not have (a bank where banks = 1) are ignored. */
struct cim_dut_pins {
  uint8_t clk, rst_n;
  uint8_t weight_valid, in_valid, out_ready;
  uint8_t weight_ready, in_ready, out_valid;
  uint32_t weight_bank, weight_row, in_bank;
  /* The mode of a vector, where the macro lets it choose: log2 of the columns that hold a weight,
   * bits of an input less one. */
  uint8_t in_transpose, in_signed, in_weight_signed, in_fuse, in_last_bit;
  /* Of a floating macro with integer mode. */
  uint8_t in_integer, weight_integer;
  /* Of an analog macro. What the fault stream gives is taken at once and counted. */
  uint8_t cfg_valid, cfg_write, cfg_answer_ready;
  uint8_t cfg_ready, cfg_answer_valid;
  uint32_t cfg_address, cfg_data, cfg_answer;
  uint8_t fault_valid;
  uint32_t fault_row, fault_converter, fault_column, fault_slice, fault_minus;
  uint32_t temperature, elapsed; /* 1/64 K, s */
  /* Of a macro that tests itself. */
  uint8_t bist_start, bist_compute, bist_error_ready;
  uint8_t bist_busy, bist_done, bist_fail, bist_error_valid;
  uint32_t bist_bank, bist_row, bist_bit, bist_signature;
  /* Of a macro with spare rows or columns: the registers take repair_data; else null. */
  uint8_t repair_load;
  uint8_t* repair_data;
  uint32_t repair_data_bytes;
  /* Of a macro with check bits: counters, one bit a column of a result; else null. */
  uint8_t protection_clear, protection_irq;
  uint32_t protection_mended, protection_flagged;
  const uint8_t* out_error;
  /* Of a macro with thresholds; else null. */
  uint8_t threshold_valid, threshold_ready;
  uint32_t threshold_bank;
  uint8_t* threshold_data;
  uint32_t threshold_data_bytes;
  uint8_t test_mode;
  /* Of a logic macro. */
  uint32_t in_operation, in_first, in_second, in_result, in_bits;
  uint8_t* weight_data;
  uint8_t* weight_index; /* of structured weights; else null */
  uint32_t weight_index_bytes;
  uint8_t* weight_scale; /* of floating macros that have them; else null */
  uint8_t* weight_class;
  uint8_t* in_scale;
  uint32_t weight_scale_bytes, weight_class_bytes, in_scale_bytes;
  uint8_t* in_data;
  const uint8_t* out_data;
  const uint8_t* out_saturated; /* of an analog macro: one bit a column; else null */
};

struct cim_dut;

/* A new model, all inputs 0. `trace_file` names an FST file, or is null; a library built without
 * tracing ignores it. Null where the model cannot be made. */
typedef struct cim_dut* cim_dut_create_fn(const char* trace_file);
typedef struct cim_dut_pins* cim_dut_pins_fn(struct cim_dut*);
/* Lets the model settle after inputs changed; a rising clk is a clock edge. Advances the trace by
 * one time step. Returns 0; or 1 where the model stopped itself ($fatal, no convergence), with the
 * reason in cim_dut_error. */
typedef int cim_dut_eval_fn(struct cim_dut*);
typedef const char* cim_dut_error_fn(struct cim_dut*);
typedef void cim_dut_destroy_fn(struct cim_dut*);
/* Writes what the model has covered to a file, in Verilator's format; only of a model that was
 * Verilated with coverage. Returns 0, or 1 where it cannot be written. */
typedef int cim_dut_write_coverage_fn(struct cim_dut*, const char* file);
/* Bytes of the three data ports. */
typedef void cim_dut_sizes_fn(uint32_t* weight_data, uint32_t* in_data, uint32_t* out_data);

#ifdef __cplusplus
}
#endif
#endif
