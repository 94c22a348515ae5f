#include "generator/verilog/rename.h"

#include <algorithm>
#include <optional>
#include <type_traits>

namespace cimforge::verilog {
namespace {

bool declares(const Items& items, const std::string& name) {
  return std::ranges::any_of(items, [&](const Item& item) {
    return std::visit(
        [&](const auto& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, Declaration>) {
            return std::ranges::find(value.names, name) != value.names.end();
          } else if constexpr (std::is_same_v<T, GenerateFor>) {
            return value.genvar == name || declares(value.items, name);
          } else if constexpr (std::is_same_v<T, GenerateIf>) {
            return declares(value.items, name);
          } else if constexpr (std::is_same_v<T, MacroIf>) {
            return declares(value.defined, name) || declares(value.otherwise, name);
          } else {
            return false;
          }
        },
        item.value);
  });
}

/// Puts the new name everywhere in what it is given.
class Renaming {
 public:
  Renaming(const std::string& from, const std::string& to) : from_(from), to_(to) {}

  void in(std::string& name) const {
    if (name == from_) name = to_;
  }
  void in(Expression& expression) const {
    ExpressionNode node = expression.node();
    if (node.kind == ExpressionNode::Kind::identifier) in(node.text);
    for (Expression& each : node.operands) in(each);
    expression = Expression(std::make_shared<const ExpressionNode>(std::move(node)));
  }
  void in(std::optional<Expression>& expression) const {
    if (expression) in(*expression);
  }
  template <typename T>
  void in(std::vector<T>& list) const {
    for (T& each : list) in(each);
  }
  void in(Item& item) const {
    std::visit([&](auto& value) { in(value); }, item.value);
  }

  void in(Comment&) const {}
  void in(Blank&) const {}
  void in(LocalParameter& item) const { in(item.parameter.value); }
  void in(Declaration& item) const {
    in(item.width);
    in(item.names);
  }
  void in(Assign& item) const {
    in(item.target);
    in(item.value);
  }
  void in(Connection& connection) const { in(connection.value); }
  void in(Instance& item) const {
    in(item.parameters);
    in(item.connections);
  }
  void in(ClockedAssign& item) const {
    in(item.clock);
    in(item.enable);
    in(item.assigns);
  }
  void in(GenerateFor& item) const {
    in(item.genvar);
    in(item.count);
    in(item.items);
  }
  void in(GenerateIf& item) const {
    in(item.condition);
    in(item.items);
  }
  void in(LoopSum& item) const {
    in(item.target);
    in(item.index);
    in(item.count);
    in(item.zero);
    in(item.term);
  }
  void in(CombinationalBlock& item) const { in(item.assigns); }
  void in(MacroIf& item) const {
    in(item.defined);
    in(item.otherwise);
  }

 private:
  const std::string& from_;
  const std::string& to_;
};

}  // namespace

bool declares_signal(const Module& module, const std::string& name) {
  return declares(module.items, name);
}

Module with_signal_renamed(Module module, const std::string& from, const std::string& to) {
  Renaming(from, to).in(module.items);
  return module;
}

}  // namespace cimforge::verilog
