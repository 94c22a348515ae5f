// NumPy's .npy files: read into and written from typed arrays. Format versions 1.0, 2.0 and 3.0, C
// order, little endian, integers and floats; everything else is refused with what would be right.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace cimforge::flows {

/// The elements of an array, the last index fastest.
using NpyData =
    std::variant<std::vector<std::int8_t>, std::vector<std::uint8_t>, std::vector<std::int16_t>,
                 std::vector<std::uint16_t>, std::vector<std::int32_t>, std::vector<std::uint32_t>,
                 std::vector<std::int64_t>, std::vector<float>, std::vector<double>>;

/// The product of `shape` is the number of elements in `data`.
struct NpyArray {
  std::vector<std::size_t> shape;
  NpyData data;
};

/// Reads the bytes of a file; `file` is the name that messages carry. Throws base::InputError.
NpyArray parse_npy(std::string_view bytes, const std::string& file);

/// Reads a file. Throws base::InputError.
NpyArray load_npy(const std::filesystem::path& path);

/// The bytes of a version 1.0 file.
std::string to_npy(const NpyArray& array);

/// Throws base::InputError unless the array has as many dimensions as `meaning` names, which
/// describes them in order: {"images", "inputs"}.
void require_dimensions(const NpyArray& array, const std::string& file,
                        const std::vector<std::string_view>& meaning);

/// Whether the elements are integers.
bool is_integer(const NpyArray& array);

/// `int8`, `float32`: the type of the elements, as NumPy names it.
std::string_view type_name(const NpyArray& array);

/// `(1000, 784)`, `(10,)`: a shape, as Python writes it.
std::string shape_text(const std::vector<std::size_t>& shape);

}  // namespace cimforge::flows
