#include "flows/faulty_storage.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <system_error>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/spec/protection.h"
#include "generator/spec/self_test.h"
#include "generator/spec/structure.h"

namespace cimforge::flows {
namespace {

namespace fs = std::filesystem;

constexpr const char* stand_in = "faulty_storage.v";

/// The number behind a name in a path, as `u_block12` or `g_slice[3]`; -1 where the name is not
/// there.
int number_behind(const std::string& path, const std::string& name) {
  const std::size_t at = path.rfind(name);
  if (at == std::string::npos) return -1;
  std::size_t digit = path.find_first_of("0123456789", at + name.size());
  // Verilator may escape brackets: `g_slice__BRA__3__KET__`.
  if (digit == std::string::npos) return -1;
  int number = 0;
  for (; digit < path.size() && path[digit] >= '0' && path[digit] <= '9'; ++digit) {
    number = 10 * number + (path[digit] - '0');
  }
  return number;
}

}  // namespace

RtlSource faulty_storage_rtl(const spec::MacroSpec& spec, const RtlSource& rtl,
                             const fs::path& output) {
  if (spec.kind != spec::Kind::digital || spec.storage == spec::Storage::bitcell ||
      spec.transpose != spec::Transpose::never || spec::stored_bits(spec) != spec.weight.bits) {
    throw base::InputError(fmt::format(
        "{}: faults of storage are simulated in digital macros with latches or flip-flops, without "
        "structured weights and without a transposed view",
        spec.name));
  }
  fs::copy(rtl.directory, output,
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  std::string files = base::read_file(rtl.directory / "sim.f");
  bool is_found = false;
  for (const char* cell : {"cim_weight_latch", "cim_weight_banks", "cim_weight_flop"}) {
    // A line of the list.
    const std::string file = std::string(cell) + ".v";
    const std::size_t at = files.find(file);
    if (at == std::string::npos) continue;
    // A simulator reads no latch of cim_weight_banks.
    if (std::string(cell) == "cim_weight_latch" &&
        files.find("cim_weight_banks.v") != std::string::npos) {
      continue;
    }
    std::size_t begin = files.rfind('\n', at);
    begin = begin == std::string::npos ? 0 : begin + 1;
    files.replace(begin, at + file.size() - begin, stand_in);
    const bool clocked = std::string(cell) == "cim_weight_flop";
    base::write_file_atomically(
        output / stand_in,
        fmt::format("`define CIM_CELL {}\n{}{}", cell, clocked ? "`define CIM_CLOCKED\n" : "",
                    faulty_storage_text()));
    is_found = true;
  }
  if (!is_found) {
    throw base::InputError(
        fmt::format("{}: its sim.f names no storage cell", rtl.directory.string()));
  }
  base::write_file_atomically(output / "sim.f", files);
  return {output, rtl.top, rtl.by_user};
}

/// Hands evaluations on, and lets storage answer.
class FaultyStorage::FaultyDut final : public tb::Dut {
 public:
  FaultyDut(FaultyStorage& storage, std::unique_ptr<tb::Dut> dut, cim_dut_storage_set_fn* set)
      : storage_(storage), dut_(std::move(dut)), set_(set) {}
  ~FaultyDut() override {
    dut_.reset();
    storage_.blocks_.clear();
  }
  FaultyDut(const FaultyDut&) = delete;
  FaultyDut& operator=(const FaultyDut&) = delete;

  cim_dut_pins& pins() override { return dut_->pins(); }
  void eval() override {
    // What was upset before counts now.
    storage_.commit(set_);
    dut_->eval();
    if (storage_.commit(set_)) dut_->eval();
  }

 private:
  FaultyStorage& storage_;
  std::unique_ptr<tb::Dut> dut_;
  cim_dut_storage_set_fn* set_;
};

FaultyStorage::FaultyStorage(const spec::MacroSpec& spec)
    : spec_(spec),
      core_(spec::core_part(spec)),
      plan_(plan::plan(core_)),
      stored_bits_(spec::word_bits(spec)) {
  hooks_.context = this;
  hooks_.open = open;
  hooks_.put = [](void* cells, int line, int index, std::uint32_t word) {
    Block& block = *static_cast<Block*>(cells);
    std::vector<std::uint32_t>& words = block.written[static_cast<std::size_t>(line)];
    words.resize(block.held.front().size());
    words[static_cast<std::size_t>(index)] = word;
    block.owner->is_changed_ = true;
  };
  start(nullptr, false);
}

sim::StorageShape FaultyStorage::shape() const {
  return {spec_.banks * spec_.rows, spec_.columns * spec_.weight.bits};
}

int FaultyStorage::array_word(int word) const {
  return word / spec_.rows * core_.rows + word % spec_.rows;
}

int FaultyStorage::array_bit(int bit) const {
  return bit / spec_.weight.bits * stored_bits_ + bit % spec_.weight.bits;
}

void FaultyStorage::start(const sim::StorageFault* fault, bool before) {
  sim::StorageFault placed = fault == nullptr ? sim::StorageFault{} : *fault;
  placed.word = array_word(placed.word);
  placed.other_word = array_word(placed.other_word);
  placed.bit = array_bit(placed.bit);
  placed.other_bit = array_bit(placed.other_bit);
  array_ = std::make_unique<sim::FaultyArray>(
      sim::StorageShape{core_.banks * core_.rows, core_.columns * stored_bits_},
      fault == nullptr ? nullptr : &placed);
  array_->fill(before);
  is_changed_ = true;
}

void FaultyStorage::flip(int word, int column, int bit) {
  array_->flip(array_word(word), column * stored_bits_ + bit);
  is_changed_ = true;
}

std::unique_ptr<tb::Dut> FaultyStorage::make(const VerilatedModel& model) {
  return std::make_unique<FaultyDut>(*this, model.make(""), model.storage_set());
}

void* FaultyStorage::open(void* context, const char* path, void* scope, int lanes, int rows,
                          int bits, int banks) {
  FaultyStorage& owner = *static_cast<FaultyStorage*>(context);
  const std::string name(path);
  const int use = number_behind(name, "u_block");
  const bool is_last = name.find("u_last_slice") != std::string::npos;
  const int slice = is_last ? owner.plan_.full_slices : number_behind(name, "g_slice");
  const auto& uses = owner.plan_.block_uses;
  if (use < 0 || slice < 0 || use >= static_cast<int>(uses.size()) || bits != owner.stored_bits_ ||
      banks != owner.core_.banks) {
    throw base::InputError(
        fmt::format("the RTL is not of this specification: its storage {} has {} "
                    "lanes, {} rows, {} bits and {} banks",
                    name, lanes, rows, bits, banks));
  }
  auto block = std::make_unique<Block>();
  block->owner = &owner;
  block->scope = scope;
  block->lanes = lanes;
  block->rows = rows;
  block->bits = bits;
  block->first_row = uses[static_cast<std::size_t>(use)].first_row;
  block->first_column = slice * owner.plan_.lanes;
  const auto lines = static_cast<std::size_t>(banks * rows);
  block->written.resize(lines);
  block->held.assign(
      lines, std::vector<std::uint32_t>((static_cast<std::size_t>(bits * lanes) + 31) / 32));
  owner.blocks_.push_back(std::move(block));
  owner.is_changed_ = true;
  return owner.blocks_.back().get();
}

/// Writes what the models' word lines say, all blocks of a word at once, and tells the model what
/// became of it; whether anything did.
bool FaultyStorage::commit(cim_dut_storage_set_fn* set) {
  if (!is_changed_) return false;
  is_changed_ = false;
  std::vector<std::pair<int, sim::WordBits>> writes;
  for (const auto& block : blocks_) {
    for (std::size_t line = 0; line < block->written.size(); ++line) {
      std::vector<std::uint32_t>& data = block->written[line];
      if (data.empty()) continue;
      const auto row = static_cast<int>(line);
      const int word = row / block->rows * core_.rows + block->first_row + row % block->rows;
      auto found = std::ranges::find(writes, word, &std::pair<int, sim::WordBits>::first);
      if (found == writes.end()) {
        writes.emplace_back(word, array_->content(word));
        found = writes.end() - 1;
      }
      for (int bit = 0; bit < block->bits; ++bit) {
        for (int lane = 0; lane < block->lanes; ++lane) {
          const auto from = static_cast<unsigned>(bit * block->lanes + lane);
          const auto to = static_cast<unsigned>((block->first_column + lane) * block->bits + bit);
          const std::uint64_t value = (data[from / 32] >> (from % 32)) & 1;
          std::uint64_t& part = found->second[to / 64];
          part = (part & ~(std::uint64_t{1} << (to % 64))) | (value << (to % 64));
        }
      }
      data.clear();
    }
  }
  for (const auto& [word, data] : writes) array_->write(word, data);

  bool any = false;
  for (const auto& block : blocks_) {
    for (std::size_t line = 0; line < block->held.size(); ++line) {
      const auto row = static_cast<int>(line);
      const sim::WordBits& content =
          array_->content(row / block->rows * core_.rows + block->first_row + row % block->rows);
      std::vector<std::uint32_t> now(block->held[line].size());
      for (int bit = 0; bit < block->bits; ++bit) {
        for (int lane = 0; lane < block->lanes; ++lane) {
          const auto to = static_cast<unsigned>(bit * block->lanes + lane);
          const auto from = static_cast<unsigned>((block->first_column + lane) * block->bits + bit);
          now[to / 32] |= static_cast<std::uint32_t>((content[from / 64] >> (from % 64)) & 1)
                          << (to % 32);
        }
      }
      for (std::size_t index = 0; index < now.size(); ++index) {
        if (!block->is_new && now[index] == block->held[line][index]) continue;
        set(block->scope, row, static_cast<int>(index), now[index]);
        any = true;
      }
      block->held[line] = std::move(now);
    }
    block->is_new = false;
  }
  return any;
}

}  // namespace cimforge::flows
