#include "generator/spec/verilog_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "generator/base/quote.h"

namespace cimforge::spec {
namespace {

// clang-format off
constexpr auto keywords = std::to_array<std::string_view>({
    "accept_on", "alias", "always", "always_comb", "always_ff", "always_latch", "and", "assert",
    "assign", "assume", "automatic", "before", "begin", "bind", "bins", "binsof", "bit", "break",
    "buf", "bufif0", "bufif1", "byte", "case", "casex", "casez", "cell", "chandle", "checker",
    "class", "clocking", "cmos", "config", "const", "constraint", "context", "continue", "cover",
    "covergroup", "coverpoint", "cross", "deassign", "default", "defparam", "design", "disable",
    "dist", "do", "edge", "else", "end", "endcase", "endchecker", "endclass", "endclocking",
    "endconfig", "endfunction", "endgenerate", "endgroup", "endinterface", "endmodule",
    "endpackage", "endprimitive", "endprogram", "endproperty", "endsequence", "endspecify",
    "endtable", "endtask", "enum", "event", "eventually", "expect", "export", "extends", "extern",
    "final", "first_match", "for", "force", "foreach", "forever", "fork", "forkjoin", "function",
    "generate", "genvar", "global", "highz0", "highz1", "if", "iff", "ifnone", "ignore_bins",
    "illegal_bins", "implements", "implies", "import", "incdir", "include", "initial", "inout",
    "input", "inside", "instance", "int", "integer", "interconnect", "interface", "intersect",
    "join", "join_any", "join_none", "large", "let", "liblist", "library", "local", "localparam",
    "logic", "longint", "macromodule", "matches", "medium", "modport", "module", "nand", "negedge",
    "nettype", "new", "nexttime", "nmos", "nor", "noshowcancelled", "not", "notif0", "notif1",
    "null", "or", "output", "package", "packed", "parameter", "pmos", "posedge", "primitive",
    "priority", "program", "property", "protected", "pull0", "pull1", "pulldown", "pullup",
    "pulsestyle_ondetect", "pulsestyle_onevent", "pure", "rand", "randc", "randcase",
    "randsequence", "rcmos", "real", "realtime", "ref", "reg", "reject_on", "release", "repeat",
    "restrict", "return", "rnmos", "rpmos", "rtran", "rtranif0", "rtranif1", "s_always",
    "s_eventually", "s_nexttime", "s_until", "s_until_with", "scalared", "sequence", "shortint",
    "shortreal", "showcancelled", "signed", "small", "soft", "solve", "specify", "specparam",
    "static", "string", "strong", "strong0", "strong1", "struct", "super", "supply0", "supply1",
    "sync_accept_on", "sync_reject_on", "table", "tagged", "task", "this", "throughout", "time",
    "timeprecision", "timeunit", "tran", "tranif0", "tranif1", "tri", "tri0", "tri1", "triand",
    "trior", "trireg", "type", "typedef", "union", "unique", "unique0", "unsigned", "until",
    "until_with", "untyped", "use", "uwire", "var", "vectored", "virtual", "void", "wait",
    "wait_order", "wand", "weak", "weak0", "weak1", "while", "wildcard", "wire", "with", "within",
    "wor", "xnor", "xor",
});
// Ports, parameters and instances of the top module of a macro, whose names stay as they are; a
// signal that has the name of the macro gets another. tests/lower finds what is missing here.
constexpr auto names_within = std::to_array<std::string_view>({
    "COLUMNS", "FULL_SLICES", "LANES", "LAST_LANES", "SLICES", "bist_bank_o", "bist_bit_o",
    "bist_busy_o", "bist_compute_i", "bist_done_o", "bist_error_ready_i", "bist_error_valid_o",
    "bist_fail_o", "bist_row_o", "bist_signature_o", "bist_start_i", "cfg_address_i",
    "cfg_answer_data_o", "cfg_answer_ready_i", "cfg_answer_valid_o", "cfg_data_i", "cfg_ready_o",
    "cfg_valid_i", "cfg_write_i", "clk_i", "elapsed_i", "fault_column_o", "fault_converter_o",
    "fault_minus_o", "fault_ready_i", "fault_row_o", "fault_slice_o", "fault_valid_o", "in_bank_i",
    "in_bits_i", "in_data_i", "in_first_i", "in_fuse_i", "in_integer_i", "in_last_bit_i",
    "in_operation_i", "in_ready_o", "in_result_i", "in_scale_i", "in_second_i", "in_signed_i",
    "in_transpose_i", "in_valid_i", "in_weight_signed_i", "out_data_o", "out_error_o",
    "out_ready_i", "out_saturated_o", "out_valid_o", "protection_clear_i", "protection_flagged_o",
    "protection_irq_o", "protection_mended_o", "repair_data_i", "repair_load_i", "rst_ni",
    "temperature_i", "test_mode_i", "threshold_bank_i", "threshold_data_i", "threshold_ready_o",
    "threshold_valid_i", "u_analog", "u_array", "u_column_select", "u_columns", "u_compute_test",
    "u_control", "u_core", "u_count", "u_digital", "u_direction", "u_error_gather", "u_feed",
    "u_indices_spread", "u_input", "u_join", "u_last_columns", "u_last_lane", "u_last_slice",
    "u_last_weights", "u_macs", "u_march", "u_memory", "u_memory_port", "u_monitor", "u_negatives",
    "u_offset", "u_output_stage", "u_program", "u_reference_lane", "u_registers",
    "u_repair_address", "u_repair_registers", "u_result", "u_result_gather", "u_row_select",
    "u_rows", "u_scrubber", "u_self_test_control", "u_sequencer", "u_sideband", "u_slice",
    "u_threshold_port", "u_thresholds_spread", "u_transpose", "u_vector_spread", "u_weight",
    "u_weight_port", "u_weight_split", "u_weights", "u_weights_spread", "u_word_lines",
    "weight_bank_i", "weight_class_i", "weight_data_i", "weight_index_i", "weight_integer_i",
    "weight_ready_o", "weight_row_i", "weight_scale_i", "weight_valid_i",
});
// clang-format on

/// `u_lanes12`, `u_integer_3`: the groups of converters of an analog macro and the arrays of blocks
/// of a floating one are counted.
bool is_counted(std::string_view name) {
  return std::ranges::any_of(
      std::to_array<std::string_view>({"u_lanes", "u_integer_"}), [&](std::string_view prefix) {
        return name.starts_with(prefix) && name.size() > prefix.size() &&
               name.find_first_not_of("0123456789", prefix.size()) == std::string_view::npos;
      });
}

constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_identifier(std::string_view name) {
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

}  // namespace

std::span<const std::string_view> verilog_keywords() {
  return keywords;
}

std::optional<NameComplaint> complaint_about_name(std::string_view name) {
  if (!is_identifier(name)) {
    return NameComplaint{"name-invalid",
                         fmt::format("name must be a Verilog identifier (letters, digits and _, "
                                     "not beginning with a digit), got {}",
                                     base::in_quotes(name))};
  }
  if (name.size() > max_name_length) {
    return NameComplaint{"name-too-long",
                         fmt::format("name must have at most {} characters, got {} ({})",
                                     max_name_length, name.size(), base::in_quotes(name))};
  }
  if (std::binary_search(keywords.begin(), keywords.end(), name)) {
    return NameComplaint{
        "name-keyword",
        fmt::format("name must not be a keyword of Verilog or SystemVerilog, got {}",
                    base::in_quotes(name))};
  }
  if (name.starts_with(reserved_prefix)) {
    return NameComplaint{"name-reserved",
                         fmt::format("name must not begin with {}, which marks the leaf cells of "
                                     "cimforge, got {}",
                                     reserved_prefix, base::in_quotes(name))};
  }
  // Verilator has modules and what they declare in one space of names.
  if (std::binary_search(names_within.begin(), names_within.end(), name) || is_counted(name)) {
    return NameComplaint{"name-reserved",
                         fmt::format("name must not be that of a port, parameter or instance of "
                                     "the macro itself, got {}",
                                     base::in_quotes(name))};
  }
  return std::nullopt;
}

}  // namespace cimforge::spec
