#include "flows/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <bit>
#include <cassert>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/quote.h"

namespace cimforge::flows {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are copied as they stand");

constexpr std::string_view kMagic = "\x93NUMPY";

/// The names of an element type, in the order of NpyData's alternatives.
struct ElementType {
  std::string_view descr;  ///< in the header of a file
  std::string_view name;   ///< in Python
};
constexpr std::array<ElementType, std::variant_size_v<NpyData>> kElementTypes = {{
    {"|i1", "int8"},
    {"|u1", "uint8"},
    {"<i2", "int16"},
    {"<u2", "uint16"},
    {"<i4", "int32"},
    {"<u4", "uint32"},
    {"<i8", "int64"},
    {"<f4", "float32"},
    {"<f8", "float64"},
}};
constexpr std::string_view kSupported =
    "int8, uint8, int16, uint16, int32, uint32, int64, float32 and float64";

template <std::size_t... Index>
NpyData empty_data(std::size_t type, std::index_sequence<Index...>) {
  NpyData data;
  ((type == Index ? void(data.emplace<Index>()) : void()), ...);
  return data;
}

[[noreturn]] void fail(const std::string& file, const std::string& reason) {
  throw base::InputError(fmt::format("{}: {}", file, reason));
}

/// Bytes of a file in quotes, fit for a message.
std::string in_quotes(std::string_view bytes) {
  std::string ascii(bytes);
  for (char& c : ascii) {
    if (static_cast<unsigned char>(c) > 0x7f) c = '?';
  }
  return base::in_quotes(ascii);
}

/// What the header of a file says.
struct Header {
  std::string descr;
  bool fortran_order = false;
  std::vector<std::size_t> shape;
};

/// Reads the header: a Python dictionary such as
///   {'descr': '<i4', 'fortran_order': False, 'shape': (256,), }
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  Header parse() {
    std::optional<std::string> descr;
    std::optional<bool> fortran_order;
    std::optional<std::vector<std::size_t>> shape;

    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr" && !descr) {
        descr = type();
      } else if (key == "fortran_order" && !fortran_order) {
        fortran_order = boolean();
      } else if (key == "shape" && !shape) {
        shape = tuple();
      } else {
        wrong(fmt::format("key {} is unknown or given twice", in_quotes(key)));
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!rest().empty()) wrong(fmt::format("{} after its end", in_quotes(rest())));
    if (!descr || !fortran_order || !shape) {
      wrong("it must have the keys 'descr', 'fortran_order' and 'shape'");
    }
    return {*descr, *fortran_order, *shape};
  }

 private:
  [[noreturn]] void wrong(const std::string& reason) const {
    fail(file_, "malformed .npy header: " + reason);
  }

  [[nodiscard]] std::string_view rest() const { return text_.substr(position_); }

  void skip_space() {
    const std::size_t next = text_.find_first_not_of(" \t\r\n", position_);
    position_ = next == std::string_view::npos ? text_.size() : next;
  }

  bool accept(char c) {
    skip_space();
    if (!rest().starts_with(c)) return false;
    ++position_;
    return true;
  }

  void expect(char c) {
    if (!accept(c)) wrong(fmt::format("expected '{}' at {}", c, in_quotes(rest())));
  }

  std::string string() {
    skip_space();
    const char quote = rest().starts_with('"') ? '"' : '\'';
    expect(quote);
    const std::size_t length = rest().find(quote);
    if (length == std::string_view::npos) wrong("a string does not end");
    std::string value(rest().substr(0, length));
    position_ += length + 1;
    return value;
  }

  std::string type() {
    skip_space();
    if (rest().starts_with('[')) {
      fail(file_,
           fmt::format("structured elements are not supported; save one array of {}", kSupported));
    }
    return string();
  }

  bool boolean() {
    skip_space();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true},
                                      std::pair<std::string_view, bool>{"False", false}}) {
      if (rest().starts_with(word)) {
        position_ += word.size();
        return value;
      }
    }
    wrong(fmt::format("expected True or False at {}", in_quotes(rest())));
  }

  std::size_t dimension() {
    skip_space();
    if (rest().starts_with('-')) wrong("a negative dimension in 'shape'");
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(rest().data(), rest().data() + rest().size(), value);
    if (error == std::errc::result_out_of_range) wrong("a dimension in 'shape' is too large");
    if (error != std::errc{}) wrong(fmt::format("expected a dimension at {}", in_quotes(rest())));
    position_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  std::vector<std::size_t> tuple() {
    std::vector<std::size_t> shape;
    expect('(');
    while (!accept(')')) {
      shape.push_back(dimension());
      if (!accept(',')) {
        if (shape.size() == 1) wrong("'shape' is not a tuple");
        expect(')');
        break;
      }
    }
    return shape;
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t position_ = 0;
};

/// Bytes of the data that follow the header; nothing where no std::size_t holds the number.
std::optional<std::size_t> data_size(const std::vector<std::size_t>& shape, std::size_t element) {
  std::size_t size = element;
  bool empty = false;
  for (const std::size_t dimension : shape) {
    if (dimension == 0) {
      empty = true;
    } else if (size > std::numeric_limits<std::size_t>::max() / dimension) {
      return std::nullopt;
    } else {
      size *= dimension;
    }
  }
  return empty ? 0 : size;
}

/// The index of a type in NpyData.
std::size_t element_type(const std::string& descr, const std::string& file) {
  for (std::size_t i = 0; i < kElementTypes.size(); ++i) {
    if (kElementTypes[i].descr == descr) return i;
  }
  if (descr.starts_with('>')) {
    fail(file, fmt::format("big-endian elements {} are not supported; save them as {}",
                           in_quotes(descr), in_quotes(fmt::format("<{}", descr.substr(1)))));
  }
  fail(file, fmt::format("{} {} are not supported; the types that are: {}",
                         descr == "|O" ? "object elements" : "elements of type", in_quotes(descr),
                         kSupported));
}

/// The unsigned little-endian number in `bytes`.
std::size_t number(std::string_view bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8U | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

}  // namespace

NpyArray parse_npy(std::string_view bytes, const std::string& file) {
  // Magic, version, length of the header, header, elements.
  if (!bytes.starts_with(kMagic)) {
    fail(file, "not a .npy file: it does not begin with \\x93NUMPY; write it with numpy.save");
  }
  std::string_view rest = bytes.substr(kMagic.size());
  const auto take = [&rest, &file](std::size_t count) {
    if (rest.size() < count) {
      fail(file,
           fmt::format("truncated .npy header: {} bytes where {} are needed", rest.size(), count));
    }
    const std::string_view taken = rest.substr(0, count);
    rest.remove_prefix(count);
    return taken;
  };

  const std::string_view version = take(2);
  const int major = static_cast<unsigned char>(version[0]);
  const int minor = static_cast<unsigned char>(version[1]);
  if (major < 1 || major > 3 || minor != 0) {
    fail(file,
         fmt::format(".npy version {}.{} is not supported; 1.0, 2.0 and 3.0 are", major, minor));
  }
  const std::size_t header_size = number(take(major == 1 ? 2 : 4));
  const Header header = HeaderParser(take(header_size), file).parse();

  const std::size_t type = element_type(header.descr, file);
  if (header.fortran_order) {
    fail(file, "Fortran order is not supported; save numpy.ascontiguousarray of the array");
  }
  NpyArray array{header.shape, empty_data(type, std::make_index_sequence<kElementTypes.size()>{})};
  std::visit(
      [&](auto& elements) {
        constexpr std::size_t element = sizeof(elements[0]);
        const std::optional<std::size_t> size = data_size(header.shape, element);
        if (!size || *size != rest.size()) {
          const bool truncated = !size || rest.size() < *size;
          fail(file, fmt::format("{}: {} of shape {} needs {} bytes of data, the file has {}",
                                 truncated ? "truncated" : "trailing bytes",
                                 kElementTypes[type].name, shape_text(header.shape),
                                 size ? fmt::to_string(*size) : "more than 2^64", rest.size()));
        }
        elements.resize(rest.size() / element);
        if (!rest.empty()) std::memcpy(elements.data(), rest.data(), rest.size());
      },
      array.data);
  return array;
}

NpyArray load_npy(const std::filesystem::path& path) {
  return parse_npy(base::read_file(path), path.string());
}

std::string to_npy(const NpyArray& array) {
  const auto elements = std::visit(
      [](const auto& data) {
        return std::string_view(reinterpret_cast<const char*>(data.data()),
                                data.size() * sizeof(data[0]));
      },
      array.data);
  assert(data_size(array.shape, 1) ==
         std::visit([](const auto& d) { return d.size(); }, array.data));

  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}",
                  kElementTypes[array.data.index()].descr, shape_text(array.shape));
  // Spaces and a newline, so that the elements begin at a multiple of 64 bytes.
  constexpr std::size_t alignment = 64;
  const std::size_t before = kMagic.size() + 2 + 2;  // magic, version, length
  const std::size_t unpadded = before + header.size() + 1;
  header.append((alignment - unpadded % alignment) % alignment, ' ');
  header += '\n';
  assert(header.size() <= std::numeric_limits<std::uint16_t>::max());

  std::string bytes(kMagic);
  bytes += '\x01';
  bytes += '\x00';
  bytes += static_cast<char>(header.size() & 0xffU);
  bytes += static_cast<char>(header.size() >> 8U);
  bytes += header;
  bytes += elements;
  return bytes;
}

void require_dimensions(const NpyArray& array, const std::string& file,
                        const std::vector<std::string_view>& meaning) {
  if (array.shape.size() == meaning.size()) return;
  fail(file, fmt::format("needs {} dimension{} ({}), has shape {}", meaning.size(),
                         meaning.size() == 1 ? "" : "s", fmt::join(meaning, " x "),
                         shape_text(array.shape)));
}

bool is_integer(const NpyArray& array) {
  return std::visit(
      [](const auto& data) {
        return std::is_integral_v<typename std::decay_t<decltype(data)>::value_type>;
      },
      array.data);
}

std::string_view type_name(const NpyArray& array) {
  return kElementTypes[array.data.index()].name;
}

std::string shape_text(const std::vector<std::size_t>& shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

}  // namespace cimforge::flows
