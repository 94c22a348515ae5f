#include "flows/circuit_boxes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "generator/base/exit_status.h"
#include "generator/spec/parts.h"

namespace cimforge::flows {
namespace {

const std::vector<FlatNet>& nets_of(const CircuitBox& box, const char* port) {
  const auto found = std::ranges::find(box.ports, port, &CircuitPort::name);
  if (found == box.ports.end()) {
    throw base::ToolError(
        fmt::format("the mapped netlist has no port {} at {} ({})", port, box.path, box.type));
  }
  return found->nets;
}

std::vector<bool> bits(const CircuitSimulator& simulator, const std::vector<FlatNet>& nets) {
  std::vector<bool> values(nets.size());
  for (std::size_t i = 0; i < nets.size(); ++i) values[i] = (simulator.value(nets[i]) & 1) != 0;
  return values;
}

/// Sets nets from `values[from ...]`; true where one changes.
bool show(CircuitSimulator& simulator, const std::vector<FlatNet>& nets,
          const std::vector<bool>& values, std::size_t from) {
  bool any = false;
  for (std::size_t i = 0; i < nets.size(); ++i) {
    const bool value = values[from + i];
    any = any || ((simulator.value(nets[i]) & 1) != 0) != value;
    simulator.set(nets[i], value);
  }
  return any;
}

/// The memory of a near-memory macro, as rtl/behavioural/cim_near_memory.v says.
class MemoryModel final : public BoxModel {
 public:
  MemoryModel(const spec::MacroSpec& spec, const CircuitBox& box)
      : clock_(nets_of(box, "clk_i").front()),
        write_(nets_of(box, "write_i").front()),
        write_address_(nets_of(box, "write_address_i")),
        write_data_(nets_of(box, "write_data_i")),
        read_(nets_of(box, "read_i").front()),
        read_address_(nets_of(box, "read_address_i")),
        read_data_(nets_of(box, "read_data_o")),
        words_(static_cast<std::size_t>(spec.rows) * static_cast<std::size_t>(spec.banks),
               std::vector<bool>(read_data_.size())) {}

  bool follow(CircuitSimulator& simulator) override {
    const bool clock = (simulator.value(clock_) & 1) != 0;
    const bool rises = clock && !last_clock_;
    last_clock_ = clock;
    if (!rises) return false;
    bool any = false;
    if (reads_now_ && read_at_ < words_.size()) {
      any = show(simulator, read_data_, words_[read_at_], 0);
      ++reads_;
    }
    if (writes_now_ && write_at_ < words_.size()) words_[write_at_] = data_;
    return any;
  }

  void rest(const CircuitSimulator& simulator) override {
    reads_now_ = (simulator.value(read_) & 1) != 0;
    read_at_ = simulator.number(read_address_);
    writes_now_ = (simulator.value(write_) & 1) != 0;
    write_at_ = simulator.number(write_address_);
    if (writes_now_) data_ = bits(simulator, write_data_);
  }

  [[nodiscard]] std::int64_t reads() const override { return reads_; }

 private:
  FlatNet clock_, write_;
  std::vector<FlatNet> write_address_, write_data_;
  FlatNet read_;
  std::vector<FlatNet> read_address_, read_data_;
  std::vector<std::vector<bool>> words_;
  bool last_clock_ = false;
  // What stood at the inputs before the edge.
  bool reads_now_ = false, writes_now_ = false;
  std::size_t read_at_ = 0, write_at_ = 0;
  std::vector<bool> data_;
  std::int64_t reads_ = 0;
};

/// A column of bitcells of one lane: latches, and a selection by bank (docs/storage.md).
class BitcellModel final : public BoxModel {
 public:
  explicit BitcellModel(const CircuitBox& box)
      : word_lines_(nets_of(box, "word_line_i")),
        data_(nets_of(box, "data_i")),
        cells_(word_lines_.size() * data_.size()) {
    for (const CircuitPort& port : box.ports) {
      if (port.name == "bank_i") bank_ = port.nets;
      if (port.name == "weight_o" || port.name == "weight_t_o") shown_.push_back(port.nets);
    }
  }

  bool follow(CircuitSimulator& simulator) override {
    for (std::size_t line = 0; line < word_lines_.size(); ++line) {
      if ((simulator.value(word_lines_[line]) & 1) == 0) continue;
      for (std::size_t bit = 0; bit < data_.size(); ++bit) {
        cells_[line * data_.size() + bit] = (simulator.value(data_[bit]) & 1) != 0;
      }
    }
    bool any = false;
    for (const std::vector<FlatNet>& nets : shown_) {
      const std::size_t from = simulator.number(bank_) * nets.size();
      // A bank that does not exist shows nothing that anyone relies on.
      if (from + nets.size() <= cells_.size()) any = show(simulator, nets, cells_, from) || any;
    }
    return any;
  }

 private:
  std::vector<FlatNet> word_lines_, data_, bank_;
  std::vector<std::vector<FlatNet>> shown_;  ///< of each read port
  std::vector<bool> cells_;                  ///< bit b of line l at [l*bits + b]
};

bool is_memory(const spec::MacroSpec& spec, const std::string& type) {
  return spec.kind == spec::Kind::near_memory && type == spec::black_box_module(spec);
}

bool is_bitcell_column(const spec::MacroSpec& spec, const std::string& type) {
  return spec::has_bitcells(spec) &&
         type.starts_with(spec::digital_part(spec).name + "_bitcell_column");
}

}  // namespace

std::set<std::string> boxes_with_models(const spec::MacroSpec& spec, const Netlist& netlist) {
  std::set<std::string> boxes;
  for (const NetlistModule& module : netlist.modules) {
    for (const NetlistInstance& instance : module.instances) {
      if (is_memory(spec, instance.type) || is_bitcell_column(spec, instance.type)) {
        boxes.insert(instance.type);
      }
    }
  }
  return boxes;
}

std::vector<std::unique_ptr<BoxModel>> make_boxes(const spec::MacroSpec& spec,
                                                  const Circuit& circuit) {
  std::vector<std::unique_ptr<BoxModel>> models;
  for (const CircuitBox& box : circuit.boxes) {
    if (is_memory(spec, box.type)) {
      models.push_back(std::make_unique<MemoryModel>(spec, box));
    } else {
      models.push_back(std::make_unique<BitcellModel>(box));
    }
  }
  return models;
}

}  // namespace cimforge::flows
