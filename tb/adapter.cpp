// The adapter between a Verilated macro and the C interface of tb/dut.h. Compiled once for each
// macro, with:
//   CIM_MODEL         class of the Verilated model, whose header is CIM_MODEL_HEADER
//   CIM_NAME(x)       the exported name of x: a library of several models needs several names
//   CIM_TRACE         defined where the model was Verilated with --trace-fst
//   CIM_COVERAGE      likewise, with --coverage-line and --coverage-toggle
// The type of this model: several models may be linked into one program.
#define cim_dut CIM_NAME(dut)
#include CIM_MODEL_HEADER
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include "dut.h"
#include "runtime_hooks.h"
#include "verilated.h"
#ifdef CIM_TRACE
#include "verilated_fst_c.h"
#endif
#ifdef CIM_COVERAGE
#include "verilated_cov.h"
#endif

namespace {

// A Verilated port is an unsigned integer or an array of 32-bit words, low word first: on a
// little-endian machine, bit i of the port is bit i % 8 of byte i / 8.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "ports are read as little-endian bytes");

template <class Port>
uint8_t* bytes_of(Port& port) {
  return reinterpret_cast<uint8_t*>(&port);
}

// Pins that a macro may lack: a bank where there is one bank, a row where there is one row.
template <class Model>
void set_addresses(Model& model, const cim_dut_pins& pins) {
  if constexpr (requires { model.weight_bank_i; }) {
    model.weight_bank_i =
        static_cast<std::decay_t<decltype(model.weight_bank_i)>>(pins.weight_bank);
  }
  if constexpr (requires { model.weight_row_i; }) {
    model.weight_row_i = static_cast<std::decay_t<decltype(model.weight_row_i)>>(pins.weight_row);
  }
  if constexpr (requires { model.in_bank_i; }) {
    model.in_bank_i = static_cast<std::decay_t<decltype(model.in_bank_i)>>(pins.in_bank);
  }
}

/// Assigns with the port's own width.
template <class Port>
void drive(Port& port, uint32_t value) {
  port = static_cast<Port>(value);
}

// The mode of a vector.
template <class Model>
void drive_mode(Model& model, const cim_dut_pins& pins) {
  if constexpr (requires { model.in_transpose_i; }) {
    drive(model.in_transpose_i, pins.in_transpose);
  }
  if constexpr (requires { model.in_signed_i; }) {
    drive(model.in_signed_i, pins.in_signed);
    drive(model.in_weight_signed_i, pins.in_weight_signed);
  }
  if constexpr (requires { model.in_last_bit_i; }) drive(model.in_last_bit_i, pins.in_last_bit);
  if constexpr (requires { model.in_fuse_i; }) drive(model.in_fuse_i, pins.in_fuse);
  if constexpr (requires { model.in_integer_i; }) drive(model.in_integer_i, pins.in_integer);
  if constexpr (requires { model.weight_integer_i; }) {
    drive(model.weight_integer_i, pins.weight_integer);
  }
}

// The pins of an analog macro.
template <class Model>
void drive_analog(Model& model, const cim_dut_pins& pins) {
  if constexpr (requires { model.cfg_valid_i; }) {
    drive(model.cfg_valid_i, pins.cfg_valid);
    drive(model.cfg_write_i, pins.cfg_write);
    drive(model.cfg_address_i, pins.cfg_address);
    drive(model.cfg_data_i, pins.cfg_data);
    drive(model.cfg_answer_ready_i, pins.cfg_answer_ready);
    drive(model.fault_ready_i, 1);
    drive(model.temperature_i, pins.temperature);
    drive(model.elapsed_i, pins.elapsed);
  }
}

// The pins of self-test, repair, protection, thresholds and scan.
template <class Model>
void drive_options(Model& model, const cim_dut_pins& pins) {
  if constexpr (requires { model.bist_start_i; }) {
    drive(model.bist_start_i, pins.bist_start);
  }
  if constexpr (requires { model.bist_error_ready_i; }) {
    drive(model.bist_error_ready_i, pins.bist_error_ready);
  }
  if constexpr (requires { model.bist_compute_i; }) drive(model.bist_compute_i, pins.bist_compute);
  if constexpr (requires { model.repair_load_i; }) drive(model.repair_load_i, pins.repair_load);
  if constexpr (requires { model.protection_clear_i; }) {
    drive(model.protection_clear_i, pins.protection_clear);
  }
  if constexpr (requires { model.threshold_valid_i; }) {
    drive(model.threshold_valid_i, pins.threshold_valid);
  }
  if constexpr (requires { model.threshold_bank_i; }) {
    drive(model.threshold_bank_i, pins.threshold_bank);
  }
  if constexpr (requires { model.test_mode_i; }) drive(model.test_mode_i, pins.test_mode);
}

// What a logic macro is asked for.
template <class Model>
void drive_logic(Model& model, const cim_dut_pins& pins) {
  if constexpr (requires { model.in_operation_i; }) {
    drive(model.in_operation_i, pins.in_operation);
    drive(model.in_first_i, pins.in_first);
    drive(model.in_second_i, pins.in_second);
    drive(model.in_result_i, pins.in_result);
    drive(model.in_bits_i, pins.in_bits);
  }
}

template <class Model>
void read_options(const Model& model, cim_dut_pins& pins) {
  if constexpr (requires { model.bist_start_i; }) {
    pins.bist_busy = model.bist_busy_o;
    pins.bist_done = model.bist_done_o;
    pins.bist_fail = model.bist_fail_o;
  }
  if constexpr (requires { model.bist_error_valid_o; }) {
    pins.bist_error_valid = model.bist_error_valid_o;
    pins.bist_bit = model.bist_bit_o;
  }
  if constexpr (requires { model.bist_bank_o; }) pins.bist_bank = model.bist_bank_o;
  if constexpr (requires { model.bist_row_o; }) pins.bist_row = model.bist_row_o;
  if constexpr (requires { model.bist_signature_o; }) {
    pins.bist_signature = model.bist_signature_o;
  }
  if constexpr (requires { model.protection_clear_i; }) {
    pins.protection_irq = model.protection_irq_o;
    pins.protection_flagged = model.protection_flagged_o;
  }
  if constexpr (requires { model.protection_mended_o; }) {
    pins.protection_mended = model.protection_mended_o;
  }
  if constexpr (requires { model.threshold_valid_i; }) {
    pins.threshold_ready = model.threshold_ready_o;
  }
}

/// Where a port of data is, and how long; cleared.
template <class Port>
void find_port(Port& port, uint8_t*& data, uint32_t& bytes) {
  std::memset(&port, 0, sizeof port);
  data = bytes_of(port);
  bytes = sizeof port;
}

// Ports of data that a macro may lack.
template <class Model>
void find_ports(Model& model, cim_dut_pins& pins) {
  if constexpr (requires { model.weight_index_i; }) {
    find_port(model.weight_index_i, pins.weight_index, pins.weight_index_bytes);
  }
  if constexpr (requires { model.weight_scale_i; }) {
    find_port(model.weight_scale_i, pins.weight_scale, pins.weight_scale_bytes);
  }
  if constexpr (requires { model.weight_class_i; }) {
    find_port(model.weight_class_i, pins.weight_class, pins.weight_class_bytes);
  }
  if constexpr (requires { model.in_scale_i; }) {
    find_port(model.in_scale_i, pins.in_scale, pins.in_scale_bytes);
  }
}

/// Ports of options, likewise.
template <class Model>
void find_option_ports(Model& model, cim_dut_pins& pins) {
  if constexpr (requires { model.repair_data_i; }) {
    find_port(model.repair_data_i, pins.repair_data, pins.repair_data_bytes);
  }
  if constexpr (requires { model.threshold_data_i; }) {
    find_port(model.threshold_data_i, pins.threshold_data, pins.threshold_data_bytes);
  }
  if constexpr (requires { model.out_error_o; }) pins.out_error = bytes_of(model.out_error_o);
}

template <class Model>
const uint8_t* saturation_of(Model& model) {
  if constexpr (requires { model.out_saturated_o; }) {
    return bytes_of(model.out_saturated_o);
  } else {
    return nullptr;
  }
}

template <class Model>
void read_analog(const Model& model, cim_dut_pins& pins) {
  if constexpr (requires { model.cfg_valid_i; }) {
    pins.cfg_ready = model.cfg_ready_o;
    pins.cfg_answer_valid = model.cfg_answer_valid_o;
    pins.cfg_answer = model.cfg_answer_data_o;
    pins.fault_valid = model.fault_valid_o;
    pins.fault_row = model.fault_row_o;
    pins.fault_converter = model.fault_converter_o;
    pins.fault_column = model.fault_column_o;
    pins.fault_slice = model.fault_slice_o;
    pins.fault_minus = model.fault_minus_o;
  }
}

}  // namespace

struct cim_dut {
  VerilatedContext context;
  std::unique_ptr<CIM_MODEL> model;
#ifdef CIM_TRACE
  std::unique_ptr<VerilatedFstC> trace;
#endif
  cim_dut_pins pins{};
  std::string error;

  ~cim_dut() {
#ifdef CIM_TRACE
    if (trace) trace->close();
    trace.reset();
#endif
    if (!model) return;
    // Verilator takes a model's scopes out of the thread's context, which may be another model's.
    Verilated::threadContextp(&context);
    model->final();
    model.reset();
  }
};

extern "C" {

cim_dut* CIM_NAME(create)(const char* trace_file) {
  try {
    auto dut = std::make_unique<cim_dut>();
    // Registers without reset start with values that no correct macro depends on.
    dut->context.randReset(2);
    dut->context.randSeed(1);
#ifdef CIM_TRACE
    dut->context.traceEverOn(trace_file != nullptr);
#endif
    dut->model = std::make_unique<CIM_MODEL>(&dut->context, "macro");
#ifdef CIM_TRACE
    if (trace_file != nullptr) {
      dut->trace = std::make_unique<VerilatedFstC>();
      dut->model->trace(dut->trace.get(), 99);
      dut->trace->open(trace_file);
      if (!dut->trace->isOpen()) return nullptr;
    }
#else
    (void)trace_file;
#endif
    CIM_MODEL& model = *dut->model;
    cim_dut_pins& pins = dut->pins;
    pins.weight_data = bytes_of(model.weight_data_i);
    find_ports(model, pins);
    find_option_ports(model, pins);
    pins.in_data = bytes_of(model.in_data_i);
    pins.out_data = bytes_of(model.out_data_o);
    pins.out_saturated = saturation_of(model);
    pins.cfg_answer_ready = 1;
    pins.temperature = 19082;  // 25 C
    std::memset(&model.weight_data_i, 0, sizeof model.weight_data_i);
    std::memset(&model.in_data_i, 0, sizeof model.in_data_i);
    return dut.release();
  } catch (...) {
    return nullptr;
  }
}

cim_dut_pins* CIM_NAME(pins)(cim_dut* dut) {
  return &dut->pins;
}

int CIM_NAME(eval)(cim_dut* dut) {
  CIM_MODEL& model = *dut->model;
  cim_dut_pins& pins = dut->pins;
  model.clk_i = pins.clk;
  model.rst_ni = pins.rst_n;
  model.weight_valid_i = pins.weight_valid;
  model.in_valid_i = pins.in_valid;
  model.out_ready_i = pins.out_ready;
  set_addresses(model, pins);
  drive_mode(model, pins);
  drive_analog(model, pins);
  drive_options(model, pins);
  drive_logic(model, pins);
  try {
    model.eval();
    if (dut->context.gotFinish()) {
      dut->error = "the model called $finish";
      return 1;
    }
#ifdef CIM_TRACE
    if (dut->trace) {
      dut->trace->dump(dut->context.time());
      dut->context.timeInc(1);
    }
#endif
  } catch (const cimforge_runtime::Stopped& stopped) {
    dut->error = stopped.reason;
    return 1;
  }
  pins.weight_ready = model.weight_ready_o;
  pins.in_ready = model.in_ready_o;
  pins.out_valid = model.out_valid_o;
  read_analog(model, pins);
  read_options(model, pins);
  return 0;
}

const char* CIM_NAME(error)(cim_dut* dut) {
  return dut->error.c_str();
}

void CIM_NAME(destroy)(cim_dut* dut) {
  delete dut;
}

#ifdef CIM_COVERAGE
int CIM_NAME(write_coverage)(cim_dut* dut, const char* file) {
  try {
    dut->context.coveragep()->write(file);
    return 0;
  } catch (...) {
    return 1;
  }
}
#endif

// Bytes of the data ports, so that a reader with other widths in mind is refused.
void CIM_NAME(sizes)(uint32_t* weight_data, uint32_t* in_data, uint32_t* out_data) {
  *weight_data = sizeof(std::declval<CIM_MODEL&>().weight_data_i);
  *in_data = sizeof(std::declval<CIM_MODEL&>().in_data_i);
  *out_data = sizeof(std::declval<CIM_MODEL&>().out_data_o);
}

}  // extern "C"
